"""Contract, section 3.4: groups, profile and half-done work."""

from typing import Any

import pytest

from pleio_sandbox.records import Role
from tests.sandbox.site import EMAIL_TAKEN, UNKNOWN_GUID, Site

G1 = "11111111-1111-4111-8111-111111111111"
G2 = "22222222-2222-4222-8222-22222222222a"


@pytest.fixture(autouse=True)
def content_of_the_site(site: Site) -> None:
    site.store.groups.add("Een", guid=G1)
    site.store.groups.add("Twee", guid=G2)
    for key in ("phone", "occupation", "born"):
        site.store.add_profile_field(key)


def joined(site: Site, user: dict[str, Any]) -> set[str]:
    return set(site.store.groups.of_user(user["guid"]))


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        (f"{G1},{G2}", {G1, G2}),
        (f"{G1}, {G2}", {G1}),
        (f" {G1} ", set()),
        (G2.upper(), {G2}),
        (G2.replace("-", ""), {G2}),
        (f"{G1};{G2}", set()),
        (f"{UNKNOWN_GUID},{G1}", {G1}),
        (f"abc,,Een,\0,{G1},", {G1}),
        ("57979220,57979234", set()),
        ("", set()),
        (None, set()),
        ([], set()),
        ({}, set()),
        (0, set()),
        (False, set()),
        (f"{G1},{G1}", {G1}),
    ],
)
def test_groups_are_one_string_of_guids(site: Site, sent: object, result: set[str]) -> None:
    user = site.create(groups=sent)
    assert joined(site, user) == result


def test_groups_are_joined_as_member(site: Site) -> None:
    user = site.create(groups=G1)
    assert site.store.groups.of_user(user["guid"]) == {G1: Role.MEMBER}


@pytest.mark.parametrize("sent", ["", G2, UNKNOWN_GUID])
def test_groups_never_take_anybody_out(site: Site, sent: str) -> None:
    user = site.create(groups=G1)
    site.update(user, groups=sent)
    assert G1 in joined(site, user)


def test_ban_and_unban_leave_the_groups(site: Site) -> None:
    user = site.create(groups=G1)
    site.post(f"/users/{user['guid']}/ban")
    assert joined(site, user) == {G1}
    site.post(f"/users/{user['guid']}/unban")
    assert joined(site, user) == {G1}


@pytest.mark.parametrize(
    ("before", "after"),
    [(Role.PENDING, Role.MEMBER), (Role.MEMBER, Role.MEMBER), (Role.ADMIN, Role.ADMIN), (Role.OWNER, Role.OWNER)],
)
def test_pending_becomes_member_and_more_stays(site: Site, before: Role, after: Role) -> None:
    user = site.create()
    site.store.groups.set_role(user["guid"], G1, before)
    site.update(user, groups=G1)
    assert site.store.groups.of_user(user["guid"]) == {G1: after}


def test_who_left_a_group_is_put_back(site: Site) -> None:
    user = site.create(groups=G1)
    site.store.groups.leave(user["guid"], G1)
    assert joined(site, user) == set()
    site.update(user, groups=G1)
    assert joined(site, user) == {G1}


# profile


def test_only_the_keys_given_change(site: Site) -> None:
    user = site.create(profile={"phone": "1", "occupation": "Jurist"})
    changed = site.update(user, profile={"phone": ""}).json["user"]
    assert changed["profile"] == {"phone": "", "occupation": "Jurist", "born": ""}


def test_unknown_keys_and_keys_in_another_case_are_skipped(site: Site) -> None:
    user = site.create(profile={"Phone": "1", "phone ": "2", "unknown": "3", "occupation": "4"})
    assert user["profile"] == {"phone": "", "occupation": "4", "born": ""}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (" x ", " x "),
        (7, "7"),
        (True, "True"),
        (1.5, "1.5"),
        (["a", "b"], "['a', 'b']"),
        ({"a": None}, "{'a': None}"),
        ("31 februari", "31 februari"),
    ],
    ids=str,
)
def test_profile_values_are_stored_as_text_and_not_validated(site: Site, value: object, stored: str) -> None:
    assert site.create(profile={"born": value})["profile"]["born"] == stored


@pytest.mark.parametrize("value", [None, "a\0b", "a\ud800", ["\0"]])
def test_a_value_that_cannot_be_stored_leaves_the_old_one_and_the_others_go_on(site: Site, value: object) -> None:
    user = site.create(profile={"phone": "1"})
    stored = site.update(user, profile={"phone": value, "occupation": "Jurist"})
    # Python writes the NUL inside a list as \x00, which can be stored.
    expected = "['\\x00']" if isinstance(value, list) else "1"
    assert stored.json["user"]["profile"] == {"phone": expected, "occupation": "Jurist", "born": ""}


@pytest.mark.parametrize("nothing", [{}, [], None, "", 0, False])
def test_an_empty_profile_changes_nothing(site: Site, nothing: object) -> None:
    user = site.create(profile={"phone": "1"})
    assert site.update(user, profile=nothing).json["user"]["profile"]["phone"] == "1"


# Half-done work


@pytest.mark.parametrize("groups", [[G1], {"a": 1}, 1, True])
def test_groups_that_are_no_string_are_500_and_the_user_is_created(site: Site, groups: object) -> None:
    content = {"email": "jan@gemeente.test", "external_id": "1", "groups": groups, "profile": {"phone": "1"}}
    assert site.try_create(**content).is_server_error
    (user,) = site.listed()
    assert (user["email"], user["profile"]["phone"]) == ("jan@gemeente.test", "")
    assert site.try_create(**content).json == EMAIL_TAKEN


def test_groups_that_are_no_string_are_500_and_the_user_is_updated_and_unbanned(site: Site) -> None:
    user = site.create(profile={"phone": "1"})
    site.post(f"/users/{user['guid']}/ban")
    reply = site.update(user, name="Piet", groups=[G1], profile={"phone": "2"})
    assert reply.is_server_error
    shown = site.listed()[0]
    assert (shown["name"], shown["is_banned"], shown["profile"]["phone"]) == ("Piet", False, "1")


@pytest.mark.parametrize("profile", ["phone", ["phone"], 1, True])
def test_a_profile_that_is_no_object_is_500_and_user_and_groups_are_done(site: Site, profile: object) -> None:
    assert site.try_create(groups=G1, profile=profile).is_server_error
    (user,) = site.listed()
    assert joined(site, user) == {G1}
