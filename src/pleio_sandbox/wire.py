"""A request and an answer of the API as values, and the bodies that the subsite answers with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

JSON = "application/json"
HTML = "text/html; charset=utf-8"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. `users_listed` is what makes a list slow."""

    status: int
    content_type: str = JSON
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    users_listed: int = 0

    def with_header(self, name: str, value: str) -> "Answer":
        """Give this answer with one header more."""
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
