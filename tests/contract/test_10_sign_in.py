"""Contract, section 10: what sign-in does to users, and administrators on the site."""

from dataclasses import replace

from tests.contract.site import SandboxSite


def test_sign_in_sets_email_and_name_of_the_user_with_that_email(site: SandboxSite) -> None:
    user = site.create(name="Jan", email="jan@gemeente.test", external_id="1")
    signed_in = site.store.sign_in("JAN@gemeente.test", "Jan.Jansen@gemeente.test", "Jan Jansen")
    assert signed_in is not None
    shown = site.shown(user["guid"])
    assert (shown["name"], shown["email"], shown["external_id"]) == ("Jan Jansen", "Jan.Jansen@gemeente.test", "1")
    assert shown["time_updated"] > user["time_updated"]


def test_sign_in_ignores_the_external_id(site: SandboxSite) -> None:
    site.create(email="jan@gemeente.test", external_id="1")
    assert site.store.sign_in("1", "1", "Jan") is None


def test_a_banned_user_is_not_signed_in(site: SandboxSite) -> None:
    user = site.create(email="jan@gemeente.test")
    banned = site.post(f"/users/{user['guid']}/ban").json["user"]
    assert site.store.sign_in("jan@gemeente.test", "jan@gemeente.test", "Anders") is None
    assert site.listed() == [banned]


def test_an_administrator_bans_with_a_reason_and_unbans(site: SandboxSite) -> None:
    guid = site.create()["guid"]
    site.store.ban(guid, "Wangedrag")
    assert site.shown(guid)["is_banned"]
    assert site.store.users[guid].ban_reason == "Wangedrag"
    site.store.unban(guid)
    assert not site.shown(guid)["is_banned"]
    assert site.store.users[guid].ban_reason == ""


def test_a_user_can_be_edited_on_the_site(site: SandboxSite) -> None:
    site.store.add_profile_field("phone")
    site.store.add_profile_field("room")
    user = site.create(external_id="1", profile={"phone": "1", "room": "2"})
    known = site.store.users[user["guid"]]
    site.store.users.save(replace(known, name="Piet", external_id=None, profile={**known.profile, "room": "3"}))
    shown = site.shown(user["guid"])
    assert (shown["name"], shown["email"], shown["external_id"]) == ("Piet", user["email"], None)
    assert shown["profile"] == {"phone": "1", "room": "3"}
