"""How the subsite takes what was sent to it: bodies, texts, guids, numbers, lists of groups."""

import json
import uuid

from pleio_sandbox.records import SiteSettings
from pleio_sandbox.wire import Request, bad_request, server_error

BODY_LIMIT_BYTES = 2_621_440
LIMIT_CEILING = 2**63


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


def trim_text(value: object, *, most: int) -> str:
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
