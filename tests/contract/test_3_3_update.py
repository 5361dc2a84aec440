"""Contract, section 3.3: updating a user."""

from typing import Any

import pytest

from tests.contract.site import UNKNOWN_GUID, SandboxSite, Site

EMAIL_REFUSED = {
    "status": 400,
    "error": "could_not_update",
    "pretty_error": "Could not change the email to another email as the id is already taken.",
    "user": {},
}
EXTERNAL_ID_REFUSED = {
    **EMAIL_REFUSED,
    "pretty_error": "Could not change the external_id to another external_id as the id is already taken.",
}


@pytest.fixture
def user(site: Site) -> dict[str, Any]:
    return site.create(name="Jan", email=site.email("Jan"), external_id=site.id("Id1"))


def test_a_guid_may_be_in_upper_case_or_without_dashes(site: Site, user: dict[str, Any]) -> None:
    for guid in (user["guid"].upper(), user["guid"].replace("-", "")):
        reply = site.update({**user, "guid": guid}, name=guid)
        assert (reply.status, reply.json["user"]["guid"]) == (200, user["guid"])
        assert site.shown(user["guid"])["name"] == guid


@pytest.mark.parametrize("guid", [UNKNOWN_GUID, None, "", "abc", "57979220", 57979220, ["a"], False])
def test_a_guid_that_nobody_has_is_500_and_creates_nobody(site: Site, guid: object) -> None:
    assert site.try_create(guid=guid).is_server_error
    assert site.listed() == []


def test_a_guid_with_blanks_around_it_is_500(site: Site, user: dict[str, Any]) -> None:
    assert site.update({**user, "guid": f" {user['guid']}"}).is_server_error


def test_a_deleted_user_is_500(site: Site, user: dict[str, Any]) -> None:
    site.delete(user["guid"])
    assert site.update(user).is_server_error


def test_name_and_email_are_required_every_time(site: Site, user: dict[str, Any]) -> None:
    assert site.post("/users", {"guid": user["guid"], "name": "Piet"}).is_server_error
    assert site.post("/users", {"guid": user["guid"], "email": user["email"]}).is_server_error
    assert site.listed() == [user]


@pytest.mark.also_on("model")
def test_a_free_email_is_taken_over(site: Site, user: dict[str, Any]) -> None:
    assert site.update(user, email=f" {site.email('Piet')} ").json["user"]["email"] == site.email("Piet")
    assert site.create(email=site.email("jan"))["email"] == site.email("jan")


@pytest.mark.also_on("model", "stand_in")
def test_the_name_is_overwritten(site: Site, user: dict[str, Any]) -> None:
    assert site.update(user, name="Piet").json["user"]["name"] == "Piet"
    assert site.shown(user["guid"])["name"] == "Piet"


@pytest.mark.also_on("model")
def test_the_own_keys_in_another_case_keep_their_spelling(site: Site, user: dict[str, Any]) -> None:
    reply = site.update(user, email=user["email"].swapcase(), external_id=user["external_id"].swapcase(), name="Piet")
    assert reply.status == 200
    shown = site.shown(user["guid"])
    assert (shown["name"], shown["email"], shown["external_id"]) == ("Piet", user["email"], user["external_id"])


@pytest.mark.parametrize(
    ("keys", "refusal"),
    [
        (["email"], EMAIL_REFUSED),
        (["external_id"], EXTERNAL_ID_REFUSED),
        (["email", "external_id"], EMAIL_REFUSED),
    ],
)
@pytest.mark.also_on("model")
def test_keys_of_another_user_are_400_and_nothing_changes(
    site: Site, user: dict[str, Any], keys: list[str], refusal: dict[str, Any]
) -> None:
    other = site.create()
    for guid in (user["guid"], other["guid"]):
        site.post(f"/users/{guid}/ban")
    before = site.listed()
    profile = dict.fromkeys(user["profile"], "1")
    reply = site.update(user, name="Anders", profile=profile, **{key: f" {other[key].upper()}" for key in keys})
    assert (reply.status, reply.json) == (400, refusal)
    assert site.listed() == before


def test_a_refused_update_joins_no_groups(site: SandboxSite, user: dict[str, Any]) -> None:
    group = site.store.groups.add("G")
    assert site.update(user, email=site.create()["email"], groups=group.guid).json == EMAIL_REFUSED
    assert site.store.groups.of_user(user["guid"]) == {}


@pytest.mark.also_on("model")
def test_a_refused_external_id_leaves_a_free_email_unchanged(site: Site, user: dict[str, Any]) -> None:
    other = site.create()
    refused = site.update(user, email=site.email("new"), external_id=other["external_id"])
    assert refused.json == EXTERNAL_ID_REFUSED
    assert site.shown(user["guid"])["email"] == user["email"]


def test_keys_that_two_others_hold_are_silently_not_changed(site: SandboxSite, user: dict[str, Any]) -> None:
    site.store.users.add(name="A", email="piet@gemeente.test", external_id="id2")
    site.store.users.add(name="B", email="PIET@gemeente.test", external_id="ID2")
    reply = site.update(user, name="Anders", email="Piet@gemeente.test", external_id="Id2")
    assert reply.status == 200
    shown = site.shown(user["guid"])
    assert (shown["name"], shown["email"], shown["external_id"]) == ("Anders", user["email"], user["external_id"])


@pytest.mark.also_on("model")
@pytest.mark.parametrize("nothing", [..., None, ""])
def test_an_external_id_that_is_not_sent_stays(site: Site, user: dict[str, Any], nothing: object) -> None:
    content = {} if nothing is ... else {"external_id": nothing}
    assert site.update(user, **content).json["user"]["external_id"] == user["external_id"]


@pytest.mark.parametrize("nothing", ["  ", 0, False])
def test_an_external_id_cannot_be_cleared(site: Site, user: dict[str, Any], nothing: object) -> None:
    assert site.update(user, external_id=nothing).json["user"]["external_id"] == user["external_id"]


def test_an_external_id_can_be_given_and_changed(site: SandboxSite) -> None:
    user = site.create(external_id=None)
    for external_id in ("Id1", "Id2"):
        assert site.update(user, external_id=external_id).json["user"]["external_id"] == external_id


@pytest.mark.also_on("model")
def test_an_update_unbans(site: Site, user: dict[str, Any]) -> None:
    site.post(f"/users/{user['guid']}/ban")
    assert site.update(user).json["user"]["is_banned"] is False


def test_an_update_keeps_the_reason_of_a_ban(site: SandboxSite, user: dict[str, Any]) -> None:
    site.store.ban(user["guid"], "Wangedrag")
    site.update(user)
    stored = site.store.users[user["guid"]]
    assert (stored.is_active, stored.ban_reason) == (True, "Wangedrag")


def test_a_superadmin_can_be_updated_and_stays_one(site: SandboxSite) -> None:
    site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True, is_superadmin=True)
    administrator = site.listed()[0]
    assert site.update(administrator, name="Jan", email="jan@gemeente.test", external_id="1").status == 200
    stored = site.store.users[administrator["guid"]]
    assert (stored.name, stored.email, stored.external_id) == ("Jan", "jan@gemeente.test", "1")
    assert (stored.is_admin, stored.is_superadmin) == (True, True)


@pytest.mark.also_on("model")
def test_what_is_left_out_stays(site: Site) -> None:
    (phone,) = site.fields(1)
    user = site.create(profile={phone: "1"})
    shown = site.update(user).json["user"]
    assert (shown["external_id"], shown["profile"]) == (user["external_id"], user["profile"])
