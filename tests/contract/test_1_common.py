"""Contract, section 1: what all endpoints share."""

import gzip
import json
import re
import socket
from urllib.parse import quote

import pytest

from tests.contract.site import BASE, NOT_FOUND, UNKNOWN_GUID, HttpSite, SandboxSite, Site

INVALID_TOKEN = {
    "error": "invalid_bearer_token",
    "pretty_error": "You did not supply a valid bearer token.",
    "status": 403,
}
LIMIT = 2_621_440


def raw(site: SandboxSite, request: bytes) -> bytes:
    """Send bytes as they are and read until the other side closes."""
    with socket.create_connection(("127.0.0.1", site.sandbox.port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


# Authentication


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Other", ""),
        ("Authorization", "bearer {secret}"),
        ("Authorization", "Token {secret}"),
        ("Authorization", "{secret}"),
        ("Authorization", "Bearer  {secret}"),
        ("Authorization", "Bearer {secret}2"),
        ("Authorization", "Bearer"),
        ("X-Authorization", "Bearer {secret}"),
    ],
)
def test_anything_but_the_exact_header_is_403(site: Site, name: str, value: str) -> None:
    reply = site.get("/users?limit=0", headers={name: value.format(secret=site.secret)}, token=None)
    assert (reply.status, reply.json) == (403, INVALID_TOKEN)


def test_the_case_of_the_token_matters(site: Site) -> None:
    assert site.get("/users?limit=0", token=site.secret.swapcase()).status == 403


def test_the_token_in_the_query_is_403(site: Site) -> None:
    assert site.get(f"/users?limit=0&token={quote(site.secret)}", token=None).status == 403


def test_a_blank_behind_the_token_is_dropped(site: Site) -> None:
    assert site.get("/users?limit=0", headers={"Authorization": f"Bearer {site.secret}  "}).status == 200


def test_the_token_is_checked_before_the_method(site: Site) -> None:
    assert site.request("PUT", "/users", token="wrong").status == 403
    assert site.request("PUT", "/users").status == 405


@pytest.mark.parametrize("header", ["Bearer ", "Bearer", "Bearer x"])
def test_an_empty_token_in_the_settings_closes_the_api(site: SandboxSite, header: str) -> None:
    site.configure(secret="")
    assert site.get("/users", headers={"Authorization": header}).json == INVALID_TOKEN


def test_a_non_ascii_token_works_as_latin_1_only(site: SandboxSite) -> None:
    site.configure(secret="geheim-é")
    head = (
        b"GET /profile_sync_api/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer geheim-"
    )
    assert raw(site, head + "é".encode("latin-1") + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert raw(site, head + "é".encode() + b"\r\n\r\n").startswith(b"HTTP/1.1 403 ")


# Host, redirects


def test_a_secondary_domain_carries_the_request_out_and_answers_301(site: SandboxSite) -> None:
    site.configure(secondary_domains=frozenset({"oud.gemeente.test"}), primary_domain="testdam.gemeente.test")
    reply = site.post("/users", site.new_user(), headers={"Host": "oud.gemeente.test"})
    assert (reply.status, reply.body) == (301, b"")
    assert reply.headers["location"] == f"http://testdam.gemeente.test{BASE}/users"
    assert len(site.listed()) == 1


def test_a_secondary_domain_answers_301_to_a_wrong_token_too(site: SandboxSite) -> None:
    site.configure(secondary_domains=frozenset({"oud.gemeente.test"}))
    reply = site.get("/users?limit=1", headers={"Host": "oud.gemeente.test"}, token="wrong")
    assert (reply.status, reply.body) == (301, b"")
    assert reply.headers["location"] == f"http://localhost{BASE}/users?limit=1"


def test_www_is_stripped_for_the_lookup_and_answered_with_301(site: SandboxSite) -> None:
    site.configure(primary_domain="testdam.gemeente.test")
    reply = site.get("/users", headers={"Host": "www.testdam.gemeente.test"})
    assert (reply.status, reply.headers["location"]) == (301, f"http://testdam.gemeente.test{BASE}/users")
    assert site.get("/users", headers={"Host": "www.elders.test"}).status == 404


def test_the_primary_domain_is_answered(site: SandboxSite) -> None:
    site.configure(primary_domain="testdam.gemeente.test")
    assert site.get("/users", headers={"Host": "testdam.gemeente.test:8800"}).status == 200


def test_x_forwarded_host_counts_as_the_host(site: SandboxSite) -> None:
    site.configure(secondary_domains=frozenset({"oud.gemeente.test"}))
    assert site.get("/users", headers={"X-Forwarded-Host": "oud.gemeente.test"}).status == 301


def test_an_unknown_host_gets_a_placeholder(site: SandboxSite) -> None:
    for headers in ({"Host": "elders.test"}, {"X-Forwarded-Host": "elders.test"}):
        reply = site.get("/users", headers=headers)
        assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert len(reply.body.decode()) == 1235


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/users/",
        "//users",
        "/logs/",
        "/unknown",
        "/Users",
        f"/users/{UNKNOWN_GUID.upper().replace('9999-', 'ABCD-', 1)}",
        f"/users/{UNKNOWN_GUID.replace('-', '')}",
        "/users/57979220",
        f"/users/{UNKNOWN_GUID}/ban/",
        f"/users/{UNKNOWN_GUID}/restore",
    ],
)
def test_a_path_that_is_not_the_apis_is_the_web_site(site: Site, path: str) -> None:
    for token in (None, ""):
        reply = site.get(path, token=token)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
        for method in ("POST", "DELETE"):
            reply = site.request(method, path, token=token)
            assert (reply.status, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")
            assert b"403 Forbidden" in reply.body


@pytest.mark.parametrize("change", [str.upper, lambda guid: guid.replace("-", "")])
def test_a_guid_written_otherwise_in_the_path_does_nothing(site: Site, change: object) -> None:
    assert callable(change)
    user = site.create()
    for reply in (
        site.post(f"/users/{change(user['guid'])}/ban"),
        site.post(f"/users/{user['guid']}/ban/"),
        site.delete(change(user["guid"])),
    ):
        assert (reply.status, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert site.listed() == [user]


def test_the_base_without_a_slash_is_behind_the_login(site: Site) -> None:
    reply = site.get("")
    assert (reply.status, reply.headers["content-type"]) == (401, "text/html; charset=utf-8")


# Methods


@pytest.mark.parametrize(
    ("path", "allow", "others"),
    [
        ("/users", "POST, GET", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]),
        (f"/users/{UNKNOWN_GUID}", "DELETE", ["HEAD", "OPTIONS", "GET", "POST", "PUT", "PATCH"]),
        (f"/users/{UNKNOWN_GUID}/ban", "POST", ["HEAD", "OPTIONS", "GET", "PUT", "PATCH", "DELETE"]),
        (f"/users/{UNKNOWN_GUID}/unban", "POST", ["HEAD", "OPTIONS", "GET", "PUT", "PATCH", "DELETE"]),
        (f"/users/{UNKNOWN_GUID}/avatar", "POST", ["HEAD", "OPTIONS", "GET", "PUT", "PATCH", "DELETE"]),
        ("/logs", "POST", ["HEAD", "OPTIONS", "GET", "PUT", "PATCH", "DELETE"]),
    ],
)
def test_another_method_is_405_with_the_allowed_ones(site: Site, path: str, allow: str, others: list[str]) -> None:
    for method in others:
        reply = site.request(method, path)
        assert (reply.status, reply.body, reply.headers["allow"]) == (405, b"", allow)
        assert reply.headers["content-type"].startswith("text/html")
        assert site.request(method, path, token="wrong").status == 403


# Errors and sizes


def test_a_body_of_the_limit_is_fine_and_one_byte_more_is_400(site: Site) -> None:
    for path, content in (
        ("/users", {**site.new_user(), "avatar": ""}),
        ("/logs", {"uuid": site.mark, "content": ""}),
    ):
        body = json.dumps(content)[:-2]
        fitting = body + "x" * (LIMIT - len(body) - 2) + '"}'
        assert len(fitting) == LIMIT
        assert site.post_raw(path, fitting).status == 200
        reply = site.post_raw(path, fitting + " ")
        assert (reply.status, reply.headers["content-type"]) == (400, "text/html; charset=utf-8")
        assert b"Bad Request (400)" in reply.body


# Bodies


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", None]
)
def test_the_content_type_of_json_is_ignored(site: Site, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert site.post_raw("/users", json.dumps(site.new_user()), headers=headers).status == 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_in_any_unicode_encoding_is_understood(site: Site, encoding: str) -> None:
    body = json.dumps(site.new_user(name="Zoë"), ensure_ascii=False).encode(encoding)
    assert site.post_raw("/users", body).json["user"]["name"] == "Zoë"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"uuid=1&content=x",
        '{"uuid": "1", "content": "é"}'.encode("latin-1"),
        gzip.compress(b'{"uuid": "1", "content": "x"}', mtime=0),
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_object_is_500(site: Site, body: bytes) -> None:
    for path in ("/users", "/logs"):
        assert site.post_raw(path, body).is_server_error
    assert site.listed() == []


def test_of_a_doubled_key_the_last_wins(site: Site) -> None:
    body = json.dumps(site.new_user(name="A")).replace('"name": "A"', '"name": "A", "name": "B"')
    assert site.post_raw("/users", body).json["user"]["name"] == "B"


def test_a_chunked_body_is_taken_as_empty(site: HttpSite) -> None:
    for path, content in (("/users", site.new_user()), ("/logs", {"uuid": site.mark, "content": "x"})):
        assert site.post_chunked(path, json.dumps(content).encode()).is_server_error
    assert site.listed() == []


def test_answers_are_ascii_and_never_compressed(site: Site) -> None:
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "nl"}
    reply = site.post("/users", site.new_user(name="Zoë"), headers=headers)
    assert b"Zo\\u00eb" in reply.body
    assert "content-encoding" not in reply.headers
    assert reply.headers["content-type"] == "application/json"


def test_a_request_without_a_session_gets_a_secure_cookie(site: Site) -> None:
    for token in ("", "wrong"):
        cookie = site.get("/users?limit=0", token=token).headers["set-cookie"]
        assert re.match(r"sessionid=\w+;", cookie)
        assert "Secure" in cookie
        session = cookie.partition(";")[0]
        assert "set-cookie" not in site.get("/users?limit=0", token=token, headers={"Cookie": session}).headers


def test_expect_100_continue_is_answered(site: SandboxSite) -> None:
    body = b'{"uuid": "1", "content": "x"}'
    head = (
        f"POST {BASE}/logs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        f"Authorization: Bearer {site.secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.sandbox.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert b" 200 " in b"".join(iter(lambda: connection.recv(65536), b""))


def test_http_1_0_is_answered(site: SandboxSite) -> None:
    head = f"GET {BASE}/users HTTP/1.0\r\nAuthorization: Bearer {site.secret}\r\n\r\n"
    answer = raw(site, head.encode())
    assert b" 200 " in answer.partition(b"\r\n")[0]
    assert answer.endswith(b'{"users":[]}')


def test_a_connection_is_kept(site: HttpSite) -> None:
    site.get("/users?limit=0")
    first = site.connection.sock
    site.get("/users?limit=0")
    assert first is not None
    assert site.connection.sock is first


# The user object


@pytest.mark.also_on("stand_in")
def test_the_user_object_has_these_fields_in_this_order(site: Site) -> None:
    user = site.create(name="Jan", email=site.email("Jan"), external_id=site.id("A1"))
    assert list(user) == [
        "guid",
        "external_id",
        "name",
        "email",
        "is_member",
        "is_banned",
        "time_created",
        "time_updated",
        "icontime",
        "profile",
    ]
    assert (user["external_id"], user["name"], user["email"]) == (site.id("A1"), "Jan", site.email("Jan"))
    assert (user["is_member"], user["is_banned"], user["icontime"]) == (True, False, None)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", user["guid"])
    assert site.listed() == [user]


def test_the_profile_has_every_field_of_the_site_in_its_order(site: SandboxSite) -> None:
    site.store.add_profile_field("phone")
    site.store.add_profile_field("occupation")
    user = site.create(profile={"occupation": "Jurist"})
    assert list(user["profile"].items()) == [("phone", ""), ("occupation", "Jurist")]
    assert site.listed() == [user]


def test_times_leave_out_a_fraction_of_zero(site: SandboxSite) -> None:
    site.store.users.add(name="A", email="a@gemeente.test", time_created_us=1_782_900_000_000_000)
    site.store.users.add(name="B", email="b@gemeente.test", time_created_us=1_782_900_000_000_010)
    assert [user["time_created"] for user in site.listed()] == [
        "2026-07-01T10:00:00+00:00",
        "2026-07-01T10:00:00.000010+00:00",
    ]


@pytest.mark.parametrize("value", [" x ", "<b>&amp;</b>", "a\r\nb", "zero\u200bwidth", "\U0001f600", "x" * 1_000_000])
def test_profile_values_come_back_verbatim(site: Site, value: str) -> None:
    (about,) = site.fields(1)
    user = site.create(profile={about: value})
    assert user["profile"][about] == value
    assert site.shown(user["guid"])["profile"][about] == value


def test_groups_are_not_in_the_user_object(site: SandboxSite) -> None:
    group = site.store.groups.add("G")
    assert "groups" not in site.create(groups=group.guid)
    assert "groups" not in site.listed()[0]


def test_time_updated_moves_even_when_nothing_changed(site: Site) -> None:
    user = site.create()
    replies = (
        site.update(user),
        site.post(f"/users/{user['guid']}/ban"),
        site.post(f"/users/{user['guid']}/ban"),
        site.post(f"/users/{user['guid']}/unban"),
    )
    times = [user["time_updated"], *(reply.json["user"]["time_updated"] for reply in replies)]
    assert times == sorted(set(times))
    assert site.shown(user["guid"])["time_created"] == user["time_created"]


@pytest.mark.parametrize(("name", "stored"), [(42, "42"), (True, "True"), (["a", "b"], "['a', 'b']")])
def test_the_answer_echoes_the_name_as_sent_and_the_list_the_stored_text(site: Site, name: object, stored: str) -> None:
    user = site.create(name=name)
    assert user["name"] == name
    assert site.shown(user["guid"])["name"] == stored


# Older sites


@pytest.mark.parametrize(("style", "kind"), [("number", int), ("numeric_string", str)])
def test_an_older_site_has_numbers_for_guids(site: SandboxSite, style: str, kind: type[int | str]) -> None:
    site.configure(guid_style=style)
    group = site.store.groups.add("G")
    first, second = site.create(groups=group.guid), site.create()
    assert type(first["guid"]) is kind
    assert int(second["guid"]) > int(first["guid"]) > int(group.guid)
    assert set(site.store.groups.of_user(str(first["guid"]))) == {group.guid}
    assert [user["guid"] for user in site.listed(f"cursor={first['guid']}")] == [second["guid"]]
    assert site.update(first, name="Piet").json["user"]["name"] == "Piet"
    assert site.update({**first, "guid": str(first["guid"])}, name="Kees").status == 200
    assert site.post(f"/users/{first['guid']}/ban").json["user"]["is_banned"]
    assert site.delete(str(first["guid"])).status == 200
    assert site.delete("1").json == NOT_FOUND


def test_a_site_can_leave_fields_out(site: SandboxSite) -> None:
    site.configure(hidden_fields=frozenset({"time_created"}))
    assert "time_created" not in site.create()
    assert "time_created" not in site.listed()[0]
