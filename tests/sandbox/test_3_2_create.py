"""Contract, section 3.2: creating a user."""

import pytest

from pleio_sandbox.records import Role
from tests.sandbox.site import EMAIL_TAKEN, EXTERNAL_ID_TAKEN, Site


def test_an_email_in_use_is_400_in_any_case(site: Site) -> None:
    site.create(email="Jan@Gemeente.test")
    reply = site.try_create(email=" jAN@gemeente.TEST ")
    assert (reply.status, reply.json) == (400, EMAIL_TAKEN)


def test_an_email_of_a_banned_user_is_in_use(site: Site) -> None:
    user = site.create(email="jan@gemeente.test")
    site.post(f"/users/{user['guid']}/ban")
    assert site.try_create(email="jan@gemeente.test").json == EMAIL_TAKEN


def test_the_email_is_checked_first(site: Site) -> None:
    site.create(email="jan@gemeente.test", external_id="1")
    assert site.try_create(email="jan@gemeente.test", external_id="1").json == EMAIL_TAKEN


@pytest.mark.parametrize(("held", "sent"), [("abc", "ABC"), ("Ünï", "üNÏ"), ("a1", " a1\t")])
def test_an_external_id_in_use_is_400_in_any_case(site: Site, held: str, sent: str) -> None:
    user = site.create(external_id=held)
    site.post(f"/users/{user['guid']}/ban")
    reply = site.try_create(external_id=sent)
    assert (reply.status, reply.json) == (400, EXTERNAL_ID_TAKEN)


@pytest.mark.parametrize("sent", ["a%", "a_", "%", "_1"])
def test_percent_and_underscore_are_no_wildcards(site: Site, sent: str) -> None:
    site.create(external_id="a1")
    assert site.try_create(external_id=sent).status == 200


@pytest.mark.parametrize("none", [..., None, "", 0, False])
def test_without_an_external_id_it_is_taken_once_anybody_has_none(site: Site, none: object) -> None:
    without = {"name": "Jan", "email": "jan@gemeente.test"} | ({} if none is ... else {"external_id": none})
    first = site.post("/users", without)
    assert (first.status, first.json["user"]["external_id"]) == (200, None)
    second = site.post("/users", {**without, "email": "piet@gemeente.test"})
    assert (second.status, second.json) == (400, EXTERNAL_ID_TAKEN)


def test_an_administrator_without_an_external_id_is_enough(site: Site) -> None:
    administrator = site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True)
    site.store.ban(administrator.guid, "Uit dienst")
    assert site.try_create(external_id=None).json == EXTERNAL_ID_TAKEN


def test_a_deleted_user_without_an_external_id_does_not_count(site: Site) -> None:
    site.delete(site.create(external_id=None)["guid"])
    assert site.try_create(external_id=None).status == 200


def test_an_external_id_of_blanks_is_stored_empty_once(site: Site) -> None:
    assert site.create(external_id="  ")["external_id"] == ""
    assert site.try_create(external_id="\t").json == EXTERNAL_ID_TAKEN


def test_keys_of_a_deleted_user_can_be_used_at_once(site: Site) -> None:
    user = site.create(email="jan@gemeente.test", external_id="1")
    site.delete(user["guid"])
    again = site.create(email="jan@gemeente.test", external_id="1")
    assert again["guid"] != user["guid"]


def test_the_address_of_what_is_left_of_a_deleted_user_is_500(site: Site) -> None:
    guid = site.create()["guid"]
    site.delete(guid)
    assert site.try_create(email=f"{guid}@deleted").is_server_error


def test_the_case_of_an_email_is_kept(site: Site) -> None:
    assert site.create(email="Jan.Jansen@Gemeente.test")["email"] == "Jan.Jansen@Gemeente.test"
    assert site.listed()[0]["email"] == "Jan.Jansen@Gemeente.test"


def test_a_new_user_joins_the_groups_with_automatic_membership(site: Site) -> None:
    automatic = site.store.groups.add("Iedereen", is_automatic=True)
    site.store.groups.add("Anders")
    user = site.create()
    assert site.store.groups.of_user(user["guid"]) == {automatic.guid: Role.MEMBER}
