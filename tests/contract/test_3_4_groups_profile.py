"""Contract, section 3.4: groups, profile and half-done work."""

from typing import Any

import pytest

from pleio_sandbox.records import Role
from tests.contract.site import EMAIL_TAKEN, UNKNOWN_GUID, SandboxSite, Site

G1 = "11111111-1111-4111-8111-111111111111"
G2 = "22222222-2222-4222-8222-22222222222a"


@pytest.fixture(autouse=True)
def groups_of_the_site(site: Site) -> None:
    if isinstance(site, SandboxSite):
        site.store.groups.add("Een", guid=G1)
        site.store.groups.add("Twee", guid=G2)


def joined(site: SandboxSite, user: dict[str, Any]) -> set[str]:
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
def test_groups_are_one_string_of_guids(site: SandboxSite, sent: object, result: set[str]) -> None:
    user = site.create(groups=sent)
    assert joined(site, user) == result


def test_groups_are_joined_as_member(site: SandboxSite) -> None:
    user = site.create(groups=G1)
    assert site.store.groups.of_user(user["guid"]) == {G1: Role.MEMBER}


@pytest.mark.parametrize("sent", ["", G2, UNKNOWN_GUID])
def test_groups_never_take_anybody_out(site: SandboxSite, sent: str) -> None:
    user = site.create(groups=G1)
    site.update(user, groups=sent)
    assert G1 in joined(site, user)


def test_ban_and_unban_leave_the_groups(site: SandboxSite) -> None:
    user = site.create(groups=G1)
    site.post(f"/users/{user['guid']}/ban")
    assert joined(site, user) == {G1}
    site.post(f"/users/{user['guid']}/unban")
    assert joined(site, user) == {G1}


@pytest.mark.parametrize(
    ("before", "after"),
    [(Role.PENDING, Role.MEMBER), (Role.MEMBER, Role.MEMBER), (Role.ADMIN, Role.ADMIN), (Role.OWNER, Role.OWNER)],
)
def test_pending_becomes_member_and_more_stays(site: SandboxSite, before: Role, after: Role) -> None:
    user = site.create()
    site.store.groups.set_role(user["guid"], G1, before)
    site.update(user, groups=G1)
    assert site.store.groups.of_user(user["guid"]) == {G1: after}


def test_who_left_a_group_is_put_back(site: SandboxSite) -> None:
    user = site.create(groups=G1)
    site.store.groups.leave(user["guid"], G1)
    assert joined(site, user) == set()
    site.update(user, groups=G1)
    assert joined(site, user) == {G1}


# profile


@pytest.mark.also_on("model")
def test_only_the_keys_given_change(site: Site) -> None:
    phone, occupation = site.fields(2)
    user = site.create(profile={phone: "1", occupation: "Jurist"})
    changed = site.update(user, profile={phone: ""}).json["user"]
    assert changed["profile"] == {**user["profile"], phone: "", occupation: "Jurist"}


@pytest.mark.also_on("model")
def test_unknown_keys_and_keys_in_another_case_are_skipped(site: Site) -> None:
    phone, occupation = site.fields(2)
    profile = site.create(profile={phone.swapcase(): "1", f"{phone} ": "2", "un known": "3", occupation: "4"})[
        "profile"
    ]
    assert profile == {**dict.fromkeys(profile, ""), occupation: "4"}


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
    (born,) = site.fields(1)
    assert site.create(profile={born: value})["profile"][born] == stored


@pytest.mark.parametrize("value", [None, "a\0b", "a\ud800", ["\0"]])
def test_a_value_that_cannot_be_stored_leaves_the_old_one_and_the_others_go_on(site: Site, value: object) -> None:
    phone, occupation = site.fields(2)
    user = site.create(profile={phone: "1"})
    profile = site.update(user, profile={phone: value, occupation: "Jurist"}).json["user"]["profile"]
    # Python writes the NUL inside a list as \x00, which can be stored.
    expected = "['\\x00']" if isinstance(value, list) else "1"
    assert profile == {**user["profile"], phone: expected, occupation: "Jurist"}


@pytest.mark.parametrize("nothing", [{}, [], None, "", 0, False])
def test_an_empty_profile_changes_nothing(site: Site, nothing: object) -> None:
    (phone,) = site.fields(1)
    user = site.create(profile={phone: "1"})
    assert site.update(user, profile=nothing).json["user"]["profile"][phone] == "1"


DATE, ANOTHER = "1980-12-31", "1981-01-01"


@pytest.mark.parametrize(
    ("sent", "date"),
    [
        ([DATE], DATE),
        (["31-12-1980"], None),
        (["1980-02-30"], None),
        ([DATE, "31-12-1980"], DATE),
        ([DATE, ""], DATE),
        ([DATE, ANOTHER], ANOTHER),
    ],
)
def test_a_date_field_keeps_the_last_good_date_behind_any_text(
    site: SandboxSite, sent: list[str], date: str | None
) -> None:
    site.store.add_profile_field("born", is_date=True)
    user = site.create()
    for value in sent:
        user = site.update(user, profile={"born": value}).json["user"]
    assert user["profile"]["born"] == sent[-1]
    assert site.store.dates_of(user["guid"]) == ({"born": date} if date else {})


def test_a_deleted_user_has_no_dates(site: SandboxSite) -> None:
    site.store.add_profile_field("born", is_date=True)
    user = site.create(profile={"born": DATE})
    site.delete(user["guid"])
    assert site.store.dates_of(user["guid"]) == {}


# Half-done work


@pytest.mark.parametrize("groups", [[G1], {"a": 1}, 1, True])
def test_groups_that_are_no_string_are_500_and_the_user_is_created(site: Site, groups: object) -> None:
    content = {"email": site.email(), "groups": groups, "profile": "not reached either"}
    assert site.try_create(**content).is_server_error
    assert [user["email"] for user in site.listed()] == [site.email()]
    assert site.try_create(**content).json == EMAIL_TAKEN


def test_groups_that_are_no_string_are_500_and_the_user_is_updated_and_unbanned(site: Site) -> None:
    (phone,) = site.fields(1)
    user = site.create(profile={phone: "1"})
    site.post(f"/users/{user['guid']}/ban")
    assert site.update(user, name="Piet", groups=[G1], profile={phone: "2"}).is_server_error
    shown = site.shown(user["guid"])
    assert (shown["name"], shown["is_banned"], shown["profile"][phone]) == ("Piet", False, "1")


@pytest.mark.parametrize("profile", ["phone", ["phone"], 1, True])
def test_a_profile_that_is_no_object_is_500_and_user_and_groups_are_done(site: SandboxSite, profile: object) -> None:
    assert site.try_create(groups=G1, profile=profile).is_server_error
    (user,) = site.listed()
    assert joined(site, user) == {G1}
