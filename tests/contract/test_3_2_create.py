"""Contract, section 3.2: creating a user."""

import pytest

from pleio_sandbox.records import Role
from tests.contract.site import EMAIL_TAKEN, EXTERNAL_ID_TAKEN, SandboxSite, Site


@pytest.mark.also_on("model")
def test_an_email_in_use_is_400_in_any_case(site: Site) -> None:
    site.create(email=site.email("Jan").title())
    reply = site.try_create(email=f" {site.email('jAN')} ")
    assert (reply.status, reply.json) == (400, EMAIL_TAKEN)


@pytest.mark.also_on("stand_in")
def test_an_email_in_use_is_400(site: Site) -> None:
    site.create(email=site.email())
    reply = site.try_create(email=site.email())
    assert (reply.status, reply.json["error"]) == (400, "could_not_create")


@pytest.mark.also_on("model")
def test_an_email_of_a_banned_user_is_in_use(site: Site) -> None:
    user = site.create(email=site.email())
    site.post(f"/users/{user['guid']}/ban")
    assert site.try_create(email=site.email()).json == EMAIL_TAKEN


@pytest.mark.also_on("model")
def test_the_email_is_checked_first(site: Site) -> None:
    site.create(email=site.email(), external_id=site.id())
    assert site.try_create(email=site.email(), external_id=site.id()).json == EMAIL_TAKEN


@pytest.mark.also_on("model")
@pytest.mark.parametrize(("held", "sent"), [("abc", "ABC"), ("Ünï", "üNÏ"), ("a1", "a1\t")])
def test_an_external_id_in_use_is_400_in_any_case(site: Site, held: str, sent: str) -> None:
    user = site.create(external_id=site.id(held))
    site.post(f"/users/{user['guid']}/ban")
    reply = site.try_create(external_id=f" {site.id(sent)}")
    assert (reply.status, reply.json) == (400, EXTERNAL_ID_TAKEN)


@pytest.mark.parametrize(
    ("held", "sent", "status"),
    [
        ("\N{LATIN SMALL LETTER DOTLESS I}", "I", 400),
        ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}", 400),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i", 200),
        ("\N{LATIN SMALL LETTER SHARP S}", "ss", 200),
        ("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}", 200),
        ("\N{LATIN SMALL LIGATURE FI}", "fi", 200),
    ],
)
def test_case_is_folded_one_character_for_one(site: Site, held: str, sent: str, status: int) -> None:
    site.create(external_id=site.id(held))
    assert site.try_create(external_id=site.id(sent)).status == status


@pytest.mark.parametrize("sent", ["a%", "a_", "%", "_1"])
def test_percent_and_underscore_are_no_wildcards(site: Site, sent: str) -> None:
    site.create(external_id=site.id("a1"))
    assert site.try_create(external_id=site.id(sent)).status == 200


@pytest.mark.parametrize("none", [..., None, "", 0, False])
def test_without_an_external_id_it_is_taken_once_anybody_has_none(site: SandboxSite, none: object) -> None:
    first = site.try_create(external_id=none)
    assert (first.status, first.json["user"]["external_id"]) == (200, None)
    second = site.try_create(external_id=none)
    assert (second.status, second.json) == (400, EXTERNAL_ID_TAKEN)


def test_an_administrator_without_an_external_id_is_enough(site: SandboxSite) -> None:
    administrator = site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True)
    site.store.ban(administrator.guid, "Uit dienst")
    assert site.try_create(external_id=None).json == EXTERNAL_ID_TAKEN


def test_a_deleted_user_without_an_external_id_does_not_count(site: SandboxSite) -> None:
    site.delete(site.create(external_id=None)["guid"])
    assert site.try_create(external_id=None).status == 200


def test_an_external_id_of_blanks_is_stored_empty_once(site: SandboxSite) -> None:
    assert site.create(external_id="  ")["external_id"] == ""
    assert site.try_create(external_id="\t").json == EXTERNAL_ID_TAKEN


@pytest.mark.also_on("model")
def test_keys_of_a_deleted_user_can_be_used_at_once(site: Site) -> None:
    user = site.create(email=site.email(), external_id=site.id())
    site.delete(user["guid"])
    again = site.create(email=site.email(), external_id=site.id())
    assert again["guid"] != user["guid"]


def test_the_address_of_what_is_left_of_a_deleted_user_is_500(site: Site) -> None:
    guid = site.create()["guid"]
    site.delete(guid)
    assert site.try_create(email=f"{guid}@deleted").is_server_error


def test_keys_of_a_banned_user_who_looks_deleted_are_500(site: SandboxSite) -> None:
    user = site.create(name="Verwijderde gebruiker")
    site.post(f"/users/{user['guid']}/ban")
    assert site.listed() == []
    assert site.try_create(email=user["email"]).is_server_error
    assert site.try_create(external_id=user["external_id"]).is_server_error


@pytest.mark.also_on("model", "stand_in")
def test_the_case_of_an_email_is_kept(site: Site) -> None:
    user = site.create(email=site.email("Jan.Jansen").title())
    assert user["email"] == site.shown(user["guid"])["email"] == site.email("Jan.Jansen").title()


def test_a_new_user_joins_the_groups_with_automatic_membership(site: SandboxSite) -> None:
    automatic = site.store.groups.add("Iedereen", is_automatic=True)
    site.store.groups.add("Anders")
    user = site.create()
    assert site.store.groups.of_user(user["guid"]) == {automatic.guid: Role.MEMBER}
