"""Contract, section 5: ban and unban."""

import pytest

from tests.contract.site import EMAIL_TAKEN, NOT_FOUND, UNKNOWN_GUID, SandboxSite, Site


@pytest.mark.also_on("model")
@pytest.mark.parametrize("action", ["ban", "unban"])
def test_unknown_and_deleted_users_are_404(site: Site, action: str) -> None:
    guid = site.create()["guid"]
    site.delete(guid)
    for missing in (guid, UNKNOWN_GUID):
        reply = site.post(f"/users/{missing}/{action}")
        assert (reply.status, reply.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("body", [b"", b"{", b'{"is_banned": false}', b"\xff" * 3_000_000])
def test_any_body_is_ignored(site: Site, body: bytes) -> None:
    guid = site.create()["guid"]
    assert site.post_raw(f"/users/{guid}/ban", body).json["user"]["is_banned"] is True
    assert site.post_raw(f"/users/{guid}/unban", body).json["user"]["is_banned"] is False


@pytest.mark.also_on("model")
def test_both_can_be_repeated(site: Site) -> None:
    guid = site.create()["guid"]
    for action, is_banned in (("ban", True), ("ban", True), ("unban", False), ("unban", False)):
        reply = site.post(f"/users/{guid}/{action}")
        assert (reply.status, list(reply.json), reply.json["status"]) == (200, ["status", "user"], 200)
        assert reply.json["user"]["is_banned"] is is_banned
        assert site.listed() == [reply.json["user"]]


@pytest.mark.parametrize(
    ("language", "reason"), [("nl", "Verwijderd door Profile-Sync"), ("en", "Removed by Profile-Sync")]
)
def test_a_ban_overwrites_the_reason(site: SandboxSite, language: str, reason: str) -> None:
    site.configure(language=language)
    guid = site.create()["guid"]
    site.store.ban(guid, "Wangedrag")
    site.post(f"/users/{guid}/ban")
    assert site.store.users[guid].ban_reason == reason


def test_an_unban_empties_the_reason_of_an_administrator_too(site: SandboxSite) -> None:
    guid = site.create()["guid"]
    site.store.ban(guid, "Wangedrag")
    site.post(f"/users/{guid}/unban")
    assert (site.store.users[guid].is_active, site.store.users[guid].ban_reason) == (True, "")


def test_everything_else_stays(site: Site) -> None:
    user = site.create(email=site.email())
    user = site.update(user, profile=dict.fromkeys(user["profile"], "1")).json["user"]
    banned = site.post(f"/users/{user['guid']}/ban").json["user"]
    assert {**banned, "is_banned": False, "time_updated": ""} == {**user, "time_updated": ""}
    assert site.try_create(email=site.email()).json == EMAIL_TAKEN


def test_the_only_superadmin_can_be_banned(site: SandboxSite) -> None:
    guid = site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True, is_superadmin=True).guid
    assert site.post(f"/users/{guid}/ban").json["user"]["is_banned"]
    assert site.store.users[guid].is_superadmin
