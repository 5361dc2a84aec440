"""A plain HTTP client for the sandbox's tests; nothing of the product's own client is in it."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

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
    """Asks a running sandbox over one kept connection."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)

    @property
    def store(self) -> Store:
        return self.sandbox.store

    def configure(self, **settings: Any) -> None:
        self.store.settings = replace(self.store.settings, **settings)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Reply:
        """Ask; `token` None sends none, empty the right one."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token or self.sandbox.secret}")
        self.connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
        response = self.connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def get(self, path: str, **kwargs: Any) -> Reply:
        return self.request("GET", BASE + path, **kwargs)

    def post(self, path: str, content: object = None, **kwargs: Any) -> Reply:
        return self.request("POST", BASE + path, json.dumps(content), **kwargs)

    def post_raw(self, path: str, body: bytes | str, **kwargs: Any) -> Reply:
        return self.request("POST", BASE + path, body, **kwargs)

    def delete(self, guid: str, **kwargs: Any) -> Reply:
        return self.request("DELETE", f"{BASE}/users/{guid}", **kwargs)

    def create(self, **content: object) -> dict[str, Any]:
        """Create a user, who must be taken; what is not said is made up."""
        reply = self.try_create(**content)
        assert reply.status == 200, reply
        user: dict[str, Any] = reply.json["user"]
        return user

    def try_create(self, **content: object) -> Reply:
        number = len(self.store.users)
        defaults = {"name": "Jan", "email": f"jan{number}@gemeente.test", "external_id": f"made-{number}"}
        return self.post("/users", {**defaults, **content})

    def update(self, user: Mapping[str, Any], **content: object) -> Reply:
        """Update a user; name and e-mail are sent as they are unless said otherwise."""
        return self.post("/users", {"guid": user["guid"], "name": user["name"], "email": user["email"], **content})

    def listed(self, query: str = "limit=1000000") -> list[dict[str, Any]]:
        users: list[dict[str, Any]] = self.get(f"/users?{query}").json["users"]
        return users

    def shown(self, guid: str) -> dict[str, Any]:
        return next(user for user in self.listed() if user["guid"] == guid)

    def pages(self, limit: int) -> list[list[str]]:
        """Walk the list as the cursor has it: the e-mails, page by page, the last one empty."""
        pages, cursor = [], ""
        while True:
            users = self.listed(f"limit={limit}&cursor={quote(cursor)}")
            pages.append([user["email"] for user in users])
            if not users:
                return pages
            cursor = users[-1]["guid"]

    def upload(self, guid: str, body: bytes, *, content_type: str = "multipart/form-data; boundary=edge") -> Reply:
        return self.post_raw(f"/users/{guid}/avatar", body, headers={"Content-Type": content_type})


def part(content: bytes, *, name: str = "avatar", file_name: str | None = "jan.jpg", kind: str = "image/jpeg") -> bytes:
    """Write one part of a multipart body whose boundary is `edge`."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"
