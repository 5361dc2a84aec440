"""The sandbox's pages over HTTP: what they show, whom they answer, what they let through."""

import re
from urllib.parse import urlencode

import pytest

from pleio_sandbox.example import EVERYBODY_GROUP, seed_example
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import Role, StoredAvatar
from tests.contract.site import Reply, SandboxSite

JPEG = b"\xff\xd8\xff picture"
HOSTILE = "<script>alert('x')</script>\"&"


def look(site: SandboxSite, path: str, *, headers: dict[str, str] | None = None, status: int = 200) -> str:
    reply = site.ask("GET", path, headers=headers)
    assert reply.status == status
    return reply.body.decode()


def send(site: SandboxSite, fields: dict[str, str], *, headers: dict[str, str] | None = None) -> Reply:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return site.ask("POST", "/rehearsal", urlencode(fields), sent)


# What they show


@pytest.mark.parametrize("path", ["/", "/users", "/groups", "/logs", "/rehearsal"])
def test_an_empty_site_has_pages_too(site: SandboxSite, path: str) -> None:
    assert "</html>" in look(site, path)


def test_the_overview_counts_and_says_how_to_sync(site: SandboxSite) -> None:
    seed_example(site.store)
    page = look(site, "/")
    assert site.sandbox.url in page
    assert site.sandbox.secret in page
    assert re.search(r"<strong>9</strong> active", page)
    assert re.search(r"<strong>3</strong> banned", page)


def test_users_are_found_by_text_and_status(site: SandboxSite) -> None:
    seed_example(site.store)
    page = look(site, "/users?q=WILLEMS")
    assert "Zoë Willems" in page
    assert "Daan Jansen" not in page
    page = look(site, "/users?status=banned")
    assert "Kees Bakker" in page
    assert "Uit dienst" in page
    assert "Daan Jansen" not in page
    assert "Nobody was found" in look(site, "/users?q=niemand")


def test_deleted_users_can_be_looked_at(site: SandboxSite) -> None:
    guid = site.create()["guid"]
    site.delete(guid)
    assert f"{guid}@deleted" in look(site, "/users?status=deleted")
    assert "There is no such user" in look(site, f"/users/{guid}", status=404)


def test_long_lists_come_in_pages(site: SandboxSite) -> None:
    for number in range(120):
        site.store.users.add(name=f"Jan {number:03}", email=f"jan{number}@gemeente.test")
    page = look(site, "/users?q=jan&page=2")
    assert "Jan 050" in page
    assert "Jan 049" not in page
    assert "100 of 120" in page
    links = re.findall(r'href="(\?[^"]*|/users\?[^"]*)" rel="(\w+)"', page)
    assert {rel for _, rel in links} == {"prev", "next"}
    assert "Jan 119" in look(site, links[1][0].replace("&amp;", "&"))
    for odd in ("0", "-1", "99", "abc", "²", "9" * 50):
        assert "Jan " in look(site, "/users?" + urlencode({"page": odd}))


def test_a_user_shows_profile_groups_and_the_reason_of_a_ban(site: SandboxSite) -> None:
    seed_example(site.store)
    user = site.store.users.with_email("kees.bakker@gemeente.test")[0]
    page = look(site, f"/users/{user.guid}")
    for text in ("Kees Bakker", "0009644", "Chauffeur", "Werf Noord", "Alle medewerkers", "Reason: Uit dienst"):
        assert text in page


def test_a_group_shows_its_members_and_their_roles(site: SandboxSite) -> None:
    seed_example(site.store)
    user = site.store.users.with_email("daan.jansen@gemeente.test")[0]
    site.store.groups.set_role(user.guid, EVERYBODY_GROUP, Role.PENDING)
    page = look(site, f"/groups/{EVERYBODY_GROUP}")
    assert "Daan Jansen" in page
    assert "Pending" in page
    assert "10 members" in page
    assert "There is no such group" in look(site, "/groups/elders", status=404)


def test_a_run_shows_its_lines_by_level(site: SandboxSite) -> None:
    lines = [
        "2026-11-24T08:00:00Z INFO Started",
        "2026-11-24T08:00:01Z WARNING Slow",
        "2026-11-24T08:00:02Z ERROR Failed",
        "no such line",
    ]
    site.store.logs.add("run 1/é", "\n".join(lines[:2]))
    site.store.logs.add("run 1/é", "\n".join(lines[2:]))
    listed = look(site, "/logs")
    assert "1 error" in listed
    (link,) = set(re.findall(r'href="(/log\?[^"]*)"', listed))
    page = look(site, link)
    for text in ('<tr class="warning">', '<tr class="error">', "Started", "no such line"):
        assert text in page
    graver = look(site, link + "&level=WARNING")
    assert "Slow" in graver
    assert "Failed" in graver
    assert "Started" not in graver
    look(site, "/log?run=elders", status=404)


def test_what_is_no_page_is_404(site: SandboxSite) -> None:
    for path in ("/elders", "/templates/base.html", "/base.html", "/..%2fserver.py", "/users/a/b"):
        look(site, path, status=404)


# Hostile content


def test_everything_shown_is_escaped(site: SandboxSite) -> None:
    site.configure(name=HOSTILE)
    site.store.add_profile_field("about", HOSTILE)
    group = site.store.groups.add(HOSTILE)
    user = site.store.users.add(
        name=HOSTILE,
        email=HOSTILE,
        external_id=HOSTILE,
        ban_reason=HOSTILE,
        is_active=False,
        profile={"about": HOSTILE},
    )
    site.store.groups.set_role(user.guid, group.guid, Role.MEMBER)
    site.store.avatars.put(user.guid, StoredAvatar(file_name=HOSTILE, mime_type=HOSTILE, content=b"x"))
    site.store.logs.add(HOSTILE[:36], f"2026-11-24T08:00:00Z INFO {HOSTILE}\n{HOSTILE}")
    site.get(f"/users?cursor={urlencode({'a': HOSTILE})}")
    query = urlencode({"q": HOSTILE})
    for path in (
        "/",
        "/users",
        f"/users?{query}",
        f"/users/{user.guid}",
        "/groups",
        f"/groups/{group.guid}",
        "/logs",
        "/log?" + urlencode({"run": HOSTILE[:36]}),
        "/rehearsal",
    ):
        page = look(site, path)
        assert "<script" not in page
        assert "&lt;script" in page
    assert "<script" not in send(site, {"latency_ms": HOSTILE}).body.decode()


def test_only_a_jpeg_is_sent_as_a_picture(site: SandboxSite) -> None:
    guid = site.create()["guid"]
    assert site.ask("GET", f"/avatars/{guid}").status == 404
    for content, kind, disposition in (
        (JPEG, "image/jpeg", None),
        (b"<html><script>", "application/octet-stream", "attachment"),
        (b"", "application/octet-stream", "attachment"),
    ):
        site.store.avatars.put(guid, StoredAvatar(file_name="x.html", mime_type="text/html", content=content))
        reply = site.ask("GET", f"/avatars/{guid}")
        assert (reply.status, reply.body) == (200, content)
        assert (reply.headers["content-type"], reply.headers.get("content-disposition")) == (kind, disposition)
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/users", "/style.css", "/icon.svg", "/elders"])
def test_pages_fetch_nothing_from_elsewhere(site: SandboxSite, path: str) -> None:
    reply = site.ask("GET", path)
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?:https?:)?//', reply.body.decode())


# Who is answered


@pytest.mark.parametrize("host", ["elders.test", "127.0.0.1.elders.test", "", "10.0.0.1:8800", "localhost.elders.test"])
def test_a_host_that_is_not_this_machine_is_refused(site: SandboxSite, host: str) -> None:
    assert "this machine only" in look(site, "/users", headers={"Host": host}, status=403)


@pytest.mark.parametrize("host", ["localhost", "localhost:8800", "sandbox.localhost", "127.0.0.1:1", "[::1]:8800"])
def test_the_names_of_this_machine_are_answered(site: SandboxSite, host: str) -> None:
    look(site, "/users", headers={"Host": host})


@pytest.mark.parametrize("origin", ["http://elders.test", "null", "http://127.0.0.1:1", "file://"])
def test_a_form_of_another_origin_is_refused(site: SandboxSite, origin: str) -> None:
    reply = send(site, {"action": "secret"}, headers={"Origin": origin})
    assert reply.status == 403
    assert site.sandbox.faults == Faults()


def test_a_form_of_the_own_origin_or_of_a_program_is_taken(site: SandboxSite) -> None:
    for headers in ({}, {"Origin": site.sandbox.pages_url.rstrip("/")}):
        reply = send(site, {"action": "secret"}, headers=headers)
        assert (reply.status, reply.headers["location"]) == (303, "/rehearsal")
        assert site.get("/users").status == 403
        assert send(site, {"action": "normal"}, headers=headers).status == 303
        assert site.get("/users").status == 200


# The switches


def test_the_form_switches_faults_on_and_shows_them(site: SandboxSite) -> None:
    assert "All is normal" in look(site, "/rehearsal")
    send(site, {"action": "apply", "share_503": "12,5", "share_lose": "50", "capacity": "4", "latency_ms": "1.5"})
    assert site.sandbox.faults == Faults(
        shares={Fault.UNAVAILABLE: 0.125, Fault.LOSE: 0.5}, capacity=4, latency_s=0.0015
    )
    page = look(site, "/rehearsal")
    assert "Faults are switched on" in page
    for name, value in (("share_503", "12.5"), ("share_lose", "50"), ("capacity", "4"), ("latency_ms", "1.5")):
        assert re.search(rf'name="{name}" value="{value}"', page)
    assert "Faults are switched on" in look(site, "/")


def test_a_form_that_cannot_be_changes_nothing_and_keeps_what_was_typed(site: SandboxSite) -> None:
    reply = send(site, {"action": "apply", "share_503": "60", "share_drop": "60", "latency_ms": "5"})
    page = reply.body.decode()
    assert reply.status == 422
    assert "at most 1 together" in page
    assert re.search(r'name="share_drop" value="60"', page)
    assert site.sandbox.faults == Faults()


def test_the_page_shows_the_latest_requests_and_releases_the_hanging_ones(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.BAD_GATEWAY, Fault.HANG])
    site.get("/users?limit=7")
    hanging = SandboxSite(site.sandbox)
    hanging.connection.request(
        "GET", "/profile_sync_api/users", headers={"Authorization": f"Bearer {site.sandbox.secret}"}
    )
    assert site.sandbox.requests.wait_for(lambda requests: requests.hanging == 1)
    page = look(site, "/rehearsal")
    assert "GET /profile_sync_api/users?limit=7" in page
    assert "Release the hanging requests" in page
    assert send(site, {"action": "release"}).status == 303
    assert hanging.connection.getresponse().status == 200
    hanging.connection.close()
