"""A subsite as its tests ask it: over plain HTTP, with nothing of the product's own client in it.

What is made is told apart by a mark in e-mail and external_id, so that the tests can look at their own users on a site
that others use, and ban them in the end.
"""

import http.client
import json
import secrets
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from pleio_sandbox.server import RunningSandbox
from pleio_sandbox.store import Store

BASE = "/profile_sync_api"
UNKNOWN_GUID = "99999999-9999-4999-8999-999999999999"

NOT_FOUND = {"status": 404, "error": "not_found", "pretty_error": "Could not find user with this guid."}
NOT_SAVED = {"status": 404, "error": "not_saved", "pretty_error": "Could not save avatar for user with this guid."}
EMAIL_TAKEN = {
    "error": "could_not_create",
    "pretty_error": "This e-mail is already taken by another user.",
    "status": 400,
}
EXTERNAL_ID_TAKEN = {
    "error": "could_not_create",
    "pretty_error": "This external_id is already taken by another user.",
    "status": 400,
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def is_server_error(self) -> bool:
        return (self.status, self.headers["content-type"], self.body) == (
            500,
            "text/html; charset=utf-8",
            b"Server error",
        )


class Site:
    """What tests ask of any subsite.

    Where it is not `is_ours` alone, lists begin behind the user `first`, made by an earlier test or by this one.
    """

    secret = ""
    is_ours = True

    def __init__(self, first: str | None = None) -> None:
        self.mark = f"t{secrets.token_hex(4)}"
        self._made = 0
        self._first = first

    @abstractmethod
    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Reply:
        """Ask for a path of the API; `token` None sends none, empty the right one."""

    def get(self, path: str, **kwargs: Any) -> Reply:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, content: object = None, **kwargs: Any) -> Reply:
        return self.request("POST", path, json.dumps(content), **kwargs)

    def post_raw(self, path: str, body: bytes | str, **kwargs: Any) -> Reply:
        return self.request("POST", path, body, **kwargs)

    def delete(self, guid: str, **kwargs: Any) -> Reply:
        return self.request("DELETE", f"/users/{guid}", **kwargs)

    def email(self, name: str = "jan") -> str:
        """An e-mail that this test alone uses; the same one for the same name."""
        return f"{name}.{self.mark}@gemeente.test"

    def id(self, name: str = "1") -> str:
        """An external_id that this test alone uses; the same one for the same name."""
        return f"{self.mark}-{name}"

    def create(self, **content: object) -> dict[str, Any]:
        """Create a user, who must be taken; what is not said is made up."""
        reply = self.try_create(**content)
        assert reply.status == 200, reply
        user: dict[str, Any] = reply.json["user"]
        return user

    def try_create(self, **content: object) -> Reply:
        return self.post("/users", self.new_user(**content))

    def new_user(self, **content: object) -> dict[str, object]:
        """What is sent to create a user; keys with `...` are left out."""
        self.first()
        self._made += 1
        made_up = {"name": "Jan", "email": self.email(f"u{self._made}"), "external_id": self.id(f"u{self._made}")}
        return {key: value for key, value in (made_up | content).items() if value is not ...}

    def update(self, user: Mapping[str, Any], **content: object) -> Reply:
        """Update a user; name and e-mail are sent as they are unless said otherwise."""
        return self.post("/users", {"guid": user["guid"], "name": user["name"], "email": user["email"], **content})

    def first(self) -> str:
        """The cursor behind which everybody is whom the test makes."""
        if self._first is None and self.is_ours:
            self._first = ""
        elif self._first is None:
            user = {"name": "Contract", "email": self.email("first"), "external_id": self.id("first")}
            self._first = str(self.post("/users", user).json["user"]["guid"])
            self.post(f"/users/{self._first}/ban")
        return self._first

    def fields(self, number: int) -> list[str]:
        """The keys of so many profile fields; where the site has fewer, the test is skipped."""
        keys = list(self.create()["profile"])
        if len(keys) < number:
            pytest.skip(f"the site has {len(keys)} profile fields, not {number}")
        return keys[:number]

    def listed(self, query: str = "limit=1000") -> list[dict[str, Any]]:
        """List whom the test has made."""
        cursor = "" if "cursor=" in query else f"&cursor={quote(self.first())}"
        users = self.get(f"/users?{query}{cursor}").json["users"]
        return [user for user in users if self.is_ours or self._has_mark(user)]

    def shown(self, guid: str) -> dict[str, Any]:
        return next(user for user in self.listed() if user["guid"] == guid)

    def pages(self, limit: int) -> list[list[str]]:
        """Walk the list as the cursor has it: the guids, page by page, the last one empty."""
        pages: list[list[str]] = []
        cursor = self.first()
        while True:
            pages.append([user["guid"] for user in self.listed(f"limit={limit}&cursor={quote(cursor)}")])
            if not pages[-1]:
                return pages
            cursor = pages[-1][-1]

    def ban_what_was_made(self) -> str | None:
        """Ban everybody whom the test has made; give the user behind whom the next one is made."""
        if self._made:
            made = [user["guid"] for user in self.listed()]
            for guid in made:
                assert self.post(f"/users/{guid}/ban").status == 200
            return made[-1] if made else self._first
        return self._first

    def _has_mark(self, user: Mapping[str, Any]) -> bool:
        return self.mark in f"{user['email']} {user['external_id']}".lower()

    def upload(self, guid: str, body: bytes, *, content_type: str = "multipart/form-data; boundary=edge") -> Reply:
        return self.post_raw(f"/users/{guid}/avatar", body, headers={"Content-Type": content_type})


class HttpSite(Site):
    """A subsite at an address, asked over one kept connection."""

    is_ours = False

    def __init__(self, url: str, secret: str, first: str | None = None) -> None:
        super().__init__(first)
        self.secret = secret
        address = urlsplit(url)
        self.base = address.path.rstrip("/")
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(address.netloc, timeout=120)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Reply:
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token or self.secret}")
        return self.ask(method, self.base + path, body, sent)

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask for any path of the host, as anybody may."""
        self.connection.request(method, path, body.encode() if isinstance(body, str) else body, headers or {})
        return self._reply()

    def post_chunked(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Post a body without saying how long it is."""
        sent = {"Authorization": f"Bearer {self.secret}", "Transfer-Encoding": "chunked", **(headers or {})}
        self.connection.request("POST", self.base + path, iter([body]), sent, encode_chunked=True)
        return self._reply()

    def close(self) -> None:
        self.connection.close()

    def _reply(self) -> Reply:
        response = self.connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


class SandboxSite(HttpSite):
    """A sandbox that the test has for itself, with a look at its database."""

    is_ours = True

    def __init__(self, sandbox: RunningSandbox) -> None:
        super().__init__(sandbox.url, sandbox.secret)
        self.sandbox = sandbox

    @property
    def store(self) -> Store:
        return self.sandbox.store

    def fields(self, number: int) -> list[str]:
        keys = [f"field{position}" for position in range(number)]
        for key in keys:
            self.store.add_profile_field(key)
        return keys

    def configure(self, **settings: Any) -> None:
        self.store.settings = replace(self.store.settings, **settings)
        self.secret = self.sandbox.secret


def part(content: bytes, *, name: str = "avatar", file_name: str | None = "jan.jpg", kind: str = "image/jpeg") -> bytes:
    """Write one part of a multipart body whose boundary is `edge`."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"
