"""The names on the wire, and how answers are read."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Record, SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.payloads import (
    decode_error,
    decode_page,
    decode_shown,
    encode_avatar,
    encode_log,
    encode_record,
    list_path,
    user_path,
)
from tests.unit.subsite.fakes import user_object


def read_page(*users: object) -> list[SubsiteUser]:
    return [one.user for one in decode_page(msgspec.json.encode({"users": users}), {})]


def test_create_holds_only_what_the_record_has() -> None:
    assert json.loads(encode_record(Record("Sanne", "s@gemeente.test"))) == {
        "name": "Sanne",
        "email": "s@gemeente.test",
    }


def test_groups_go_as_one_string_without_blanks_and_profile_as_an_object() -> None:
    record = Record("Sanne", "s@gemeente.test", "P1", {"occupation": "", "floor": "2"}, ("a", "b"))
    assert json.loads(encode_record(record, "guid-1")) == {
        "guid": "guid-1",
        "name": "Sanne",
        "email": "s@gemeente.test",
        "external_id": "P1",
        "groups": "a,b",
        "profile": {"occupation": "", "floor": "2"},
    }


def test_empty_name_and_email_are_still_sent() -> None:
    assert json.loads(encode_record(Record("", ""))) == {"name": "", "email": ""}


def test_numeric_guid_is_sent_back_as_the_number_it_came_as() -> None:
    assert json.loads(encode_record(Record("a", "b"), 57979220))["guid"] == 57979220
    assert user_path(57979220, "/ban") == "/users/57979220/ban"
    assert list_path(500, 57979220) == "/users?limit=500&cursor=57979220"


@pytest.mark.parametrize("guid", ["../logs", "a b\r\nX: y", "?x=1", "a/b", "é"])
def test_a_hostile_guid_stays_one_segment_of_the_path(guid: str) -> None:
    for path in (user_path(guid, "/ban").removesuffix("/ban"), list_path(5, guid)):
        assert path.isascii()
        assert not any(character in path for character in " \r\n")
        assert path.count("/") == (2 if path.startswith("/users/") else 1)


def test_log_has_no_nul_which_the_subsite_refuses() -> None:
    assert json.loads(encode_log("run", "a\0b")) == {"uuid": "run", "content": "a\\x00b"}


def test_avatar_is_one_part_of_its_name() -> None:
    body, content_type = encode_avatar(b"\xff\xd8jpeg")
    limit = content_type.removeprefix("multipart/form-data; boundary=").encode()
    assert body == (
        b"--" + limit + b'\r\nContent-Disposition: form-data; name="avatar"; filename="avatar.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8jpeg\r\n--" + limit + b"--\r\n"
    )


def test_page_is_read_with_times() -> None:
    (one,) = decode_page(msgspec.json.encode({"users": [user_object()]}), {})
    assert one.time == "2026-07-01T10:00:00+00:00"
    assert one.user == SubsiteUser(
        "g1",
        "P1",
        "Sanne de Vries",
        "sanne@gemeente.test",
        is_banned=False,
        profile={"occupation": "Beleidsmedewerker"},
    )


def test_missing_fields_are_empty() -> None:
    found = read_page({"guid": "g", "email": "", "is_banned": False})
    assert found == [SubsiteUser("g", None, "", "", is_banned=False, profile={})]


def test_one_odd_user_does_not_change_how_the_others_are_read() -> None:
    normal, odd = read_page(user_object(), user_object("g2", external_id=42, profile=None))
    assert (normal.guid, normal.profile) == ("g1", {"occupation": "Beleidsmedewerker"})
    assert (odd.external_id, odd.profile) == ("42", {})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"guid": 57979220}, {"guid": 57979220}),
        ({"external_id": 42}, {"external_id": "42"}),
        ({"external_id": ""}, {"external_id": ""}),
        ({"name": None}, {"name": ""}),
        ({"email": None}, {"email": ""}),
        ({"name": 7}, {"name": "7"}),
        ({"profile": []}, {"profile": {}}),
        ({"profile": {"floor": 3, "a": None, "b": True}}, {"profile": {"floor": "3", "a": "", "b": "True"}}),
    ],
)
def test_unexpected_types_are_read_tolerantly(fields: dict[str, object], expected: dict[str, object]) -> None:
    (user,) = read_page(user_object() | fields)
    assert msgspec.structs.asdict(user).items() >= expected.items()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not readable JSON"),
        (b"<html>", "not readable JSON"),
        (b'{"users":[', "not readable JSON"),
        (b'{"users":' + b"[" * 100_000, "not readable JSON"),
        (b'{"users":[{"guid":"' + b"\xff" + b'"}]}', "not readable JSON"),
        (b"[]", "something other than an object"),
        (b"{}", "no list of users"),
        (b'{"users":{}}', "no list of users"),
        (b'{"users":null}', "no list of users"),
        (b'{"users":[1]}', "something other than an object"),
        (b'{"users":[{}]}', "without a usable guid"),
        (b'{"users":[{"guid":null}]}', "without a usable guid"),
        (b'{"users":[{"guid":true}]}', "without a usable guid"),
        (b'{"users":[{"guid":1.5}]}', "without a usable guid"),
        (b'{"users":[{"guid":""}]}', "without a usable guid"),
        (b'{"users":[{"guid":"g","email":"","is_banned":"no"}]}', "does not say whether user g is banned"),
        (b'{"users":[{"guid":"g","email":"","is_banned":true,"profile":[1]}]}', "other than an object as a profile"),
    ],
)
def test_what_makes_no_sense_ends_in_a_clear_message(body: bytes, message: str) -> None:
    with pytest.raises(SubsiteError, match=message) as caught:
        decode_page(body, {})
    assert caught.value.hint


NAMED = b'{"users":[{"guid":"g","email":"","is_banned":false,"name":'


def names_or_message(body: bytes) -> list[str] | str:
    try:
        return [one.user.name for one in decode_page(body, {})]
    except SubsiteError as error:
        return str(error)


@pytest.mark.parametrize("digits", [30, 400])
def test_huge_numbers_are_read_as_text(digits: int) -> None:
    assert names_or_message(b'{"users":[{"guid":"g","email":"","is_banned":false,"name":' + b"9" * digits + b"}]}") == [
        "9" * digits
    ]


def test_number_of_thousands_of_digits_ends_in_a_clear_message() -> None:
    found = names_or_message(NAMED + b"9" * 10_000 + b"}]}")
    assert found in (
        "The subsite's answer is not readable JSON.",
        "The subsite sent a number that is too long.",
    )


def test_equal_profile_texts_are_one_object() -> None:
    shared: dict[str, str] = {}
    first, second = (
        decode_page(msgspec.json.encode({"users": [user_object(guid)]}), shared)[0].user for guid in ("a", "b")
    )
    assert first.profile["occupation"] is second.profile["occupation"]


def test_answer_to_a_write_gives_the_user() -> None:
    shown = decode_shown(msgspec.json.encode({"status": 200, "user": user_object(name=42)}))
    assert shown.user is not None
    assert (shown.user.name, shown.is_banned) == ("42", False)


@pytest.mark.parametrize("body", [b"{}", b'{"user":null}', b'{"user":{}}'])
def test_an_answer_to_a_write_may_show_no_user(body: bytes) -> None:
    assert decode_shown(body).user is None


@pytest.mark.parametrize("body", [b"[]", b'{"user":', b'{"user":7}', b"12", b'{"error":"no"}', b'{"status":404}'])
def test_an_answer_to_a_write_that_is_no_object_or_an_error_is_not_this_apis(body: bytes) -> None:
    with pytest.raises(SubsiteError):
        decode_shown(body)


@pytest.mark.parametrize("field", ["guid", "email", "is_banned"])
def test_a_list_whose_users_lack_a_field_that_all_have_is_not_this_apis(field: str) -> None:
    user = user_object()
    del user[field]
    with pytest.raises(SubsiteError):
        read_page(user_object(), user)


@pytest.mark.parametrize("value", [None, "false", 0, "true"])
def test_a_list_that_does_not_say_who_is_banned_is_not_this_apis(value: object) -> None:
    with pytest.raises(SubsiteError, match="banned"):
        read_page(user_object(is_banned=value))


@pytest.mark.parametrize(
    ("explanation", "taken"),
    [
        ("This e-mail is already taken by another user.", "email"),
        ("This external_id is already taken by another user.", "external_id"),
        ("Could not change the email to another email as the id is already taken.", "email"),
        ("Could not change the external_id to another external_id as the id is already taken.", "external_id"),
        ("Could not create the log entry, uuid is missing.", None),
        ("", None),
    ],
)
def test_an_error_tells_which_key_is_taken(explanation: str, taken: str | None) -> None:
    error = decode_error(msgspec.json.encode({"error": "x", "pretty_error": explanation}))
    assert (error.explanation, error.taken) == (explanation, taken)


@pytest.mark.parametrize("body", [b"", b"[]", b"Server error", b'{"error":{}', b"[" * 100_000])
def test_an_unreadable_error_is_an_empty_one(body: bytes) -> None:
    assert decode_error(body).explanation == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
wire_users = st.dictionaries(
    st.sampled_from(["guid", "external_id", "name", "email", "is_banned", "time_created", "profile"]), json_values
)


@given(st.lists(wire_users | json_values, max_size=3))
def test_any_json_gives_users_or_one_clear_line(users: list[object]) -> None:
    found = names_or_message(json.dumps({"users": users}).encode())
    assert found.isprintable() if isinstance(found, str) else all(isinstance(name, str) for name in found)
