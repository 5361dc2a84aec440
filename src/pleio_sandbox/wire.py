"""Requests and answers as values: what the subsite reads in a request, and the bodies it answers with.

`api` and `endpoints` decide what is done with them.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from pleio_sandbox.records import SiteSettings

BASE_PATH = "/profile_sync_api"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
BODY_LIMIT_BYTES = 2_621_440
LIMIT_CEILING = 2**63
_ABOUT_PERSON = re.compile(r"/users/([^/]+)(/[^/]+)?")


class Endpoint(StrEnum):
    """What a request to the API is for; a create and an update share path and method."""

    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    BAN = "ban"
    UNBAN = "unban"
    AVATAR = "avatar"
    LOG = "log"
    OTHER = "other"


_ENDPOINTS = {
    "GET /users": Endpoint.LIST,
    "POST /logs": Endpoint.LOG,
    "DELETE /": Endpoint.DELETE,
    "POST /ban": Endpoint.BAN,
    "POST /unban": Endpoint.UNBAN,
    "POST /avatar": Endpoint.AVATAR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, read to its end. Header names are in lower case; of doubled headers the last is kept."""

    method: str
    path: str
    query: str
    headers: Mapping[str, bytes]
    body: bytes

    @property
    def application_body(self) -> bytes:
        """Give the body as the application sees it: a chunked one is taken as empty."""
        return b"" if "transfer-encoding" in self.headers else self.body

    def endpoint(self) -> Endpoint:
        """Tell what the request is for; a write to `/users` that can't be read counts as a create."""
        path = self.path.removeprefix(BASE_PATH)
        if (self.method, path) == ("POST", "/users"):
            return Endpoint.UPDATE if "guid" in self._keys() else Endpoint.CREATE
        found = _ABOUT_PERSON.fullmatch(path)
        place = f"{self.method} {found[2] or '/'}" if found else f"{self.method} {path}"
        return _ENDPOINTS.get(place, Endpoint.OTHER)

    def person(self) -> str | None:
        """Name whom a request is about: the guid, or for a create the e-mail."""
        path = self.path.removeprefix(BASE_PATH)
        if found := _ABOUT_PERSON.match(path):
            return found[1].lower()
        if (self.method, path) != ("POST", "/users"):
            return None
        keys = self._keys()
        return str(keys.get("guid") or keys.get("email") or "").strip().lower() or None

    def _keys(self) -> Mapping[str, object]:
        """Read the body as an object; an empty one where it is none."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. `users_listed` is what makes a list slow."""

    status: int
    content_type: str = JSON
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    users_listed: int = 0

    def with_header(self, name: str, value: str) -> "Answer":
        """Give this answer with one more header."""
        return replace(self, headers={**self.headers, name: value})


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of the sandbox
    """Ends a request with this answer; what was written before stays written."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, content: object, *, users_listed: int = 0) -> Answer:
    """Answer with JSON, ASCII-escaped."""
    body = json.dumps(content, separators=(",", ":")).encode("ascii")
    return Answer(status=status, body=body, users_listed=users_listed)


def html_answer(status: int, text: str) -> Answer:
    """Answer with a web page, as a frontend or the framework does."""
    return Answer(status=status, content_type=HTML, body=text.encode())


def server_error() -> Refusal:
    """Refuse as every unforeseen error is answered, plain mistakes of the client among them."""
    return Refusal(html_answer(500, "Server error"))


def bad_request() -> Refusal:
    """Refuse as the framework does with a body that is too large."""
    return Refusal(html_answer(400, "<h1>Bad Request (400)</h1>"))


def refused(status: int, error: str, pretty_error: str) -> Refusal:
    """Refuse as the application does on create, on the log and on a cursor: the status comes last."""
    return Refusal(json_answer(status, {"error": error, "pretty_error": pretty_error, "status": status}))


def not_found() -> Refusal:
    """Refuse because the user of the path is not there (any more)."""
    return _refused_status_first(404, "not_found", "Could not find user with this guid.")


def not_saved() -> Refusal:
    """Refuse an avatar, whatever was wrong with it."""
    return _refused_status_first(404, "not_saved", "Could not save avatar for user with this guid.")


def could_not_update(pretty_error: str) -> Refusal:
    """Refuse an update; it comes with an empty user."""
    content = {"status": 400, "error": "could_not_update", "pretty_error": pretty_error, "user": {}}
    return Refusal(json_answer(400, content))


def _refused_status_first(status: int, error: str, pretty_error: str) -> Refusal:
    return Refusal(json_answer(status, {"status": status, "error": error, "pretty_error": pretty_error}))


def _page(title: str, text: str, *, length: int) -> str:
    """Make a page of exactly this many characters."""
    head = f"<!doctype html>\n<html lang=nl>\n<head><meta charset=utf-8><title>{title}</title></head>\n<body>\n"
    start, end = f"{head}<h1>{title}</h1>\n<p>{text}</p>\n<!-- ", " -->\n</body>\n</html>\n"
    return f"{start}{'.' * (length - len(start) - len(end))}{end}"


WEB_PAGE: Final = _page("Testdam", "De website van de deelsite.", length=7500)
"""The site's own page, for a GET of a path that is not the API's."""

CSRF_PAGE: Final = _page("403 Forbidden", "CSRF verification failed. Request aborted.", length=1019)
"""What a POST or DELETE to a path that is not the API's gets; not to be confused with the API's own 403."""

LOGIN_PAGE: Final = _page("Inloggen", "Deze site is gesloten. Log in om verder te gaan.", length=2400)
"""The login page of a closed site."""

PLACEHOLDER_PAGE: Final = _page("Pleio", "Deze site is niet gevonden.", length=1235)
"""The answer for a host that no site has."""


def decode_body(request: Request) -> object:
    """Decode a body, whatever its Content-Type; raise `Refusal` where it is too large or not JSON.

    UTF-8 with and without mark, UTF-16 and UTF-32 are understood. Of doubled keys the last wins.
    """
    body = request.application_body
    if len(body) > BODY_LIMIT_BYTES:
        raise bad_request()
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        raise server_error() from None
    return content


def is_storable(text: str) -> bool:
    """Tell whether the database can hold a text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def make_text(value: object, *, most: int | None = None) -> str:
    """Make a text of what was sent, as Python writes it; raise `Refusal` (500) where the database would not take it."""
    text = value if isinstance(value, str) else str(value)
    if value is None or not is_storable(text) or (most is not None and len(text) > most):
        raise server_error()
    return text


def trim_text(value: object, *, most: int | None = None) -> str:
    """Trim a text; raise `Refusal` (500) for anything else, and where the database would not take it."""
    if not isinstance(value, str):
        raise server_error()
    return make_text(value.strip(), most=most)


def parse_guid(value: object, settings: SiteSettings) -> str | None:
    """Read a guid as the subsite does: any case, with and without dashes, braces or `urn:uuid:`; else None.

    On a site of numbers, a number or its digits.
    """
    if settings.guid_style != "uuid":
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        return text if (text := str(value)).isascii() and text.isdigit() else None
    if not isinstance(value, str) or not value.isascii() or value != value.strip():
        return None
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return None


def write_guid(guid: str, settings: SiteSettings) -> str | int:
    """Give a guid as the site writes it in JSON."""
    return int(guid) if settings.guid_style == "number" and guid.isdigit() else guid


def parse_limit(text: str | None) -> int:
    """Read `limit` by the rules of Python's `int()`; raise `Refusal` (500) for what is none, negative or too large."""
    if not text:
        return 100
    try:
        limit = int(text)
    except ValueError:
        raise server_error() from None
    if not 0 <= limit < LIMIT_CEILING:
        raise server_error()
    return limit


def parse_groups(value: object, settings: SiteSettings) -> list[str]:
    """Read the string of group guids; what is no guid is dropped, blanks around one make it none.

    Anything falsy is no groups; raises `Refusal` (500) for any other value.
    """
    if not value:
        return []
    if not isinstance(value, str):
        raise server_error()
    guids = (parse_guid(part, settings) for part in value.split(","))
    return [guid for guid in guids if guid is not None]


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file part: its name as sent, and its bytes."""

    file_name: str
    content: bytes


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)


def find_upload(content_type: str, body: bytes, name: str) -> Upload | None:
    """Find the last file part of this name that was sent whole; None if there is none, or no multipart at all."""
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if media_type != b"multipart/form-data" or not boundary or not body:
        return None
    upload = None
    for part in _whole_parts(boundary, body):
        _, disposition = parse_options_header(part.headers.get(b"content-disposition"))
        file_name = disposition.get(b"filename", b"").decode(errors="replace")
        if disposition.get(b"name") == name.encode() and file_name:
            upload = Upload(file_name=file_name, content=bytes(part.content))
    return upload


def _whole_parts(boundary: bytes, body: bytes) -> list[_Part]:
    parts: list[_Part] = []
    open_parts: list[_Part] = []
    header_name = bytearray()
    header_value = bytearray()

    def on_header_end() -> None:
        open_parts[-1].headers[bytes(header_name).lower()] = bytes(header_value)
        header_name.clear()
        header_value.clear()

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": lambda: open_parts.append(_Part()),
            "on_header_field": lambda data, start, end: header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: header_value.extend(data[start:end]),
            "on_header_end": on_header_end,
            "on_part_data": lambda data, start, end: open_parts[-1].content.extend(data[start:end]),
            "on_part_end": lambda: parts.append(open_parts.pop()),
        },
    )
    try:
        parser.write(body)
        parser.finalize()
    except MultipartParseError:
        return []
    # A part that was begun and not ended: the body broke off, and nothing of it counts.
    return [] if open_parts else parts
