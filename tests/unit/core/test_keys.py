"""How external_ids and e-mails compare."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.keys import digest, find_holder, index_users, key
from pleio_profile_sync_client.core.models import Action, Write
from tests.unit.core.builders import user


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna@Gemeente.TEST", "anna@gemeente.test"),
        ("  P1\t", "p1"),
        ("zoe\u0308@gemeente.test", "zo\u00eb@gemeente.test"),
        ("\u00dcN\u00cf", "\u00fcn\u00ef"),
        ("\u00a0P1\u2003", "p1"),
        ("J\u030cana", "\u01f0ana"),
        ("\uff30\uff11", "p1"),
        ("\ufb01lm@gemeente.test", "film@gemeente.test"),
    ],
    ids=[
        "case",
        "blanks around",
        "composed and decomposed",
        "case beyond ascii",
        "unusual blanks around",
        "composed in lower case only",
        "full-width letters",
        "ligatures",
    ],
)
def test_a_key_is_the_same_in_every_spelling(text: str, expected: str) -> None:
    assert (key(text), key(expected)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [("007", "7"), ("P 1", "P1"), ("zoe@gemeente.test", "zo\u00eb@gemeente.test"), ("a@b", "a@b.")],
)
def test_these_are_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize("empty", [None, "", " ", "\t\n", "\u00a0"])
def test_an_empty_one_is_none(empty: str | None) -> None:
    assert key(empty) == ""


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


def test_a_digest_tells_values_apart_by_the_salt_and_is_the_same_in_every_version() -> None:
    assert digest(b"s", "Anna").hex() == "37a20be650b1d50a03fd945a2a437246"
    assert digest(b"s", "Anna") != digest(b"s", "anna")
    assert digest(b"s", "Anna") != digest(b"t", "Anna")


def test_a_lone_surrogate_has_a_digest() -> None:
    assert digest(b"s", "\ud800") != digest(b"s", "?")


def test_users_are_found_by_each_key_and_all_of_those_who_share_one() -> None:
    one, two = user("u1", "P1", "a@x.test"), user("u2", "p1", "b@x.test")
    three, four, five = user("u3", "P3", "A@x.test"), user("u4", None, "d@x.test"), user("u5", "", "e@x.test")
    listed = index_users([one, two, three, four, five])
    assert [listed.with_external_id(wanted) for wanted in ("p1", "p3", "p9", "")] == [(one, two), (three,), (), ()]
    assert [listed.with_email(wanted) for wanted in ("a@x.test", "d@x.test", "q@x.test")] == [(one, three), (four,), ()]
    assert [listed.sharing_with(each) for each in (one, two, four)] == [(two, three), (one,), ()]
    assert listed.ambiguous == {"u1", "u2", "u3"}


@pytest.mark.parametrize(
    ("taken", "external_id", "email", "holder"),
    [
        ("email", None, "Jan@x.test", "u1"),
        ("external_id", "p\u0131", "q@x.test", "u1"),
        ("external_id", " PI ", "q@x.test", "u1"),
        ("external_id", "stra\u00dfe", "q@x.test", "u2"),
        ("external_id", "strasse", "q@x.test", None),
        ("external_id", "jan@x.test", "jan@x.test", None),
        ("external_id", None, "q@x.test", None),
        ("external_id", "\u00df", "q@x.test", None),
        ("email", None, "own@x.test", None),
    ],
)
def test_who_has_what_was_taken_is_found_as_the_database_compares(
    taken: Literal["email", "external_id"], external_id: str | None, email: str, holder: str | None
) -> None:
    users = [
        user("u0", "own", "own@x.test"),
        user("u1", "Pi", "JAN@x.test"),
        user("u2", "STRA\u00dfE", "piet@x.test"),
        user("u3", None, "kim@x.test"),
    ]
    write = Write(Action.UPDATE, "u0", 2, external_id, email, None, {})
    found = find_holder(users, taken, write)
    assert (found and found.guid) == holder
