"""Contract, section 4: deleting a user."""

import pytest

from pleio_sandbox.records import Role
from tests.contract.site import NOT_FOUND, UNKNOWN_GUID, SandboxSite, Site, multipart, part


@pytest.mark.also_on("model", "stand_in")
def test_deleting_answers_without_the_user(site: Site) -> None:
    guid = site.create()["guid"]
    reply = site.delete(guid, body="{nonsense")
    assert (reply.status, reply.json) == (200, {"status": 200})


@pytest.mark.also_on("model")
def test_a_second_delete_and_an_unknown_user_are_404(site: Site) -> None:
    guid = site.create()["guid"]
    site.delete(guid)
    for reply in (site.delete(guid), site.delete(UNKNOWN_GUID)):
        assert (reply.status, reply.json) == (404, NOT_FOUND)


def test_a_deleted_user_is_anonymised_and_the_row_stays(site: SandboxSite) -> None:
    group = site.store.groups.add("G")
    site.store.add_profile_field("phone")
    user = site.create(email="jan@gemeente.test", external_id="1", groups=group.guid, profile={"phone": "1"})
    site.delete(user["guid"])
    (left,) = site.store.users.deleted()
    assert (left.guid, left.name, left.email) == (user["guid"], "Verwijderde gebruiker", f"{user['guid']}@deleted")
    assert (left.external_id, left.is_active, dict(left.profile)) == (None, False, {})
    assert site.store.groups.of_user(user["guid"]) == {}


@pytest.mark.parametrize(("language", "reason"), [("nl", "Verwijderd"), ("en", "Deleted")])
def test_the_reason_of_an_earlier_ban_is_kept(site: SandboxSite, language: str, reason: str) -> None:
    site.configure(language=language)
    site.delete(site.create(external_id="1")["guid"])
    banned = site.create(external_id="2")["guid"]
    site.store.ban(banned, "Wangedrag")
    site.delete(banned)
    assert {left.ban_reason for left in site.store.users.deleted()} == {reason, "Wangedrag"}


def test_nothing_finds_a_deleted_user(site: Site) -> None:
    user = site.create()
    guid = user["guid"]
    site.delete(guid)
    for path in ("ban", "unban"):
        assert site.post(f"/users/{guid}/{path}").json == NOT_FOUND
    assert site.upload(guid, multipart(part(b"x"))).json == NOT_FOUND
    assert site.update(user).is_server_error
    assert site.get(f"/users?cursor={guid}").status == 404


def test_nobody_is_protected(site: SandboxSite) -> None:
    administrator = site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True, is_superadmin=True)
    group = site.store.groups.add("G")
    site.store.groups.set_role(administrator.guid, group.guid, Role.OWNER)
    system = site.store.add_system_user()
    assert site.delete(administrator.guid).status == 200
    assert site.delete(system.guid).status == 200
    assert all(not (left.is_admin or left.is_superadmin) for left in site.store.users.deleted())
    other = site.create(groups=group.guid)
    assert set(site.store.groups.of_user(other["guid"])) == {group.guid}


def test_the_file_of_an_avatar_stays(site: SandboxSite) -> None:
    guid = site.create()["guid"]
    site.upload(guid, multipart(part(b"picture")))
    site.delete(guid)
    avatar = site.store.avatars.get(guid)
    assert avatar is not None
    assert avatar.content == b"picture"
