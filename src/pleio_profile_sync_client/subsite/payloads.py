"""The only place with the API's names: bodies of requests, and answers read into the core's models.

Answers are first read strictly, which is quick; if a type is unexpected (older sites send numbers as guids, and fields
may be missing or null) each user is read again, tolerantly. What can't be understood raises `SubsiteError`.
"""

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Meta, Struct
from urllib3 import encode_multipart_formdata

from pleio_profile_sync_client.core.models import Guid, Record, SubsiteUser
from pleio_profile_sync_client.core.text import sharing, shortened, visible
from pleio_profile_sync_client.errors import SubsiteError

BODY_LIMIT_BYTES = 2_600_000
"""The subsite refuses JSON bodies above 2,621,440 bytes (observed: 400 text/html)."""

NOT_FOUND = "not_found"
"""The code for a user who is not there, with status 404."""

_HINT = "Check the destination; if it is right, the subsite's version may be one that this client does not know."


class PageUser(Struct, frozen=True, gc=False):
    """A user of a page, with what paging needs; `time` is None if the list leaves it out."""

    user: SubsiteUser
    time: str | None


class ErrorAnswer(Struct, frozen=True):
    """What an error's body says."""

    code: str = ""
    explanation: str = ""
    taken: Literal["email", "external_id"] | None = None


class Shown(Struct, frozen=True):
    """What the answer to a write shows; `is_banned` is None if it does not say."""

    user: SubsiteUser | None
    is_banned: bool | None


class _WireUser(Struct, gc=False, kw_only=True):
    guid: Annotated[str, Meta(min_length=1)] | int
    email: str
    is_banned: bool
    external_id: str | None = None
    name: str = ""
    time_created: str | None = None
    profile: dict[str, str] = {}


class _WirePage(Struct):
    users: list[_WireUser]


class _WireAnswer(Struct):
    user: _WireUser
    status: Literal[200]
    error: None = None


class _WireRecord(Struct, omit_defaults=True):
    name: str
    email: str
    guid: str | int | None = None
    external_id: str | None = None
    groups: str = ""
    profile: dict[str, str] = {}


_encoder = msgspec.json.Encoder()
_page_decoder = msgspec.json.Decoder(_WirePage)
_answer_decoder = msgspec.json.Decoder(_WireAnswer)
_Unreadable = (msgspec.MsgspecError, ValueError, RecursionError)
"""Broken JSON, numbers of thousands of digits, text that is not UTF-8, hundreds of nested lists."""


def shown_guid(guid: Guid) -> str:
    """Return a guid for a message; a subsite may put anything in it."""
    return shortened(visible(_text(guid)), 60)


def list_path(limit: int, cursor: Guid | None) -> str:
    """Return the path of a page of the list."""
    query = {"limit": str(limit)} if cursor is None else {"limit": str(limit), "cursor": str(cursor)}
    return f"/users?{urlencode(query)}"


def user_path(guid: Guid, what: Literal["", "/ban", "/unban", "/avatar"] = "") -> str:
    """Return the path of one user, or of what is done to that user."""
    return f"/users/{quote(str(guid), safe='')}{what}"


def encode_record(record: Record, guid: Guid | None = None) -> bytes:
    """Return the body of a create, or, with a guid, of an update; raise `ValueError` for text that JSON can't
    represent.

    Values that the record lacks are left out, so that the subsite leaves them alone.
    """
    wire = _WireRecord(
        record.name,
        record.email,
        guid=guid,
        external_id=record.external_id or None,
        groups=",".join(record.groups),
        profile=record.profile,
    )
    return _encoder.encode(wire)


def encode_log(run: str, content: str) -> bytes:
    """Return the body of a log upload. The subsite refuses a NUL (500)."""
    return _encoder.encode({"uuid": run, "content": content.replace("\0", "\\x00")})


def encode_avatar(jpeg: bytes) -> tuple[bytes, str]:
    """Return the body of an avatar upload and its content type."""
    return encode_multipart_formdata({"avatar": ("avatar.jpg", jpeg, "image/jpeg")})


def decode_page(body: bytes, shared: dict[str, str]) -> list[PageUser]:
    """Return the users of a page, in its order; equal profile texts become one object, kept in `shared`."""
    try:
        users = _page_decoder.decode(body).users
    except _Unreadable:
        users = _tolerant_users(body)
    listed = [PageUser(_to_user(wire), wire.time_created) for wire in users]
    share = sharing(shared)
    for one in listed:
        profile = one.user.profile
        for name, value in profile.items():
            profile[name] = share(value, value)
    return listed


def decode_shown(body: bytes) -> Shown:
    """Return what the answer to a write shows; raise `SubsiteError` if it is an error, or makes no sense."""
    try:
        wire = _answer_decoder.decode(body).user
    except _Unreadable:
        return _tolerant_shown(_object(_decode_any(body), "the answer to a write"))
    return Shown(_to_user(wire), wire.is_banned)


def decode_error(body: bytes) -> ErrorAnswer:
    """Return what an error's body says, as far as it can be read."""
    try:
        fields = msgspec.json.decode(body)
    except _Unreadable:
        return ErrorAnswer()
    if not isinstance(fields, dict):
        return ErrorAnswer()
    explanation = str(fields.get("pretty_error") or "")
    return ErrorAnswer(str(fields.get("error") or ""), explanation, _taken(explanation))


def _taken(explanation: str) -> Literal["email", "external_id"] | None:
    # The explanations are English on every site: "This e-mail is already taken by another user.", "Could not change the
    # email to another email as the id is already taken." and the same two with external_id.
    if "already taken" not in explanation:
        return None
    return "external_id" if "external_id" in explanation else "email"


def _to_user(wire: _WireUser) -> SubsiteUser:
    return SubsiteUser(wire.guid, wire.external_id, wire.name, wire.email, wire.is_banned, wire.profile)


def _tolerant_users(body: bytes) -> list[_WireUser]:
    users = _object(_decode_any(body), "the list").get("users")
    if not isinstance(users, list):
        raise SubsiteError("The subsite's answer contains no list of users.", hint=_HINT)
    return [_tolerant_user(user) for user in users]


def _tolerant_shown(fields: dict[str, Any]) -> Shown:
    status = fields.get("status", 200)
    if fields.get("error") or not (isinstance(status, int) and 200 <= status < 300):
        raise SubsiteError("The subsite answered with both success and an error.", hint=_HINT)
    user = fields.get("user")
    if user is None or user == {}:
        return Shown(None, None)
    is_banned = _object(user, "a user").get("is_banned")
    shown = _tolerant_user({"email": None, **user, "is_banned": bool(is_banned)})
    return Shown(_to_user(shown), is_banned if isinstance(is_banned, bool) else None)


def _decode_any(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except _Unreadable as error:
        raise SubsiteError("The subsite's answer is not readable JSON.", hint=_HINT) from error


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SubsiteError(f"The subsite sent something other than an object as {what}.", hint=_HINT)
    return value


def _tolerant_user(value: Any) -> _WireUser:
    fields = _object(value, "a user")
    guid = fields.get("guid")
    if isinstance(guid, bool) or not isinstance(guid, str | int) or guid == "":
        raise SubsiteError("The subsite sent a user without a usable guid.", hint=_HINT)
    if "email" not in fields:
        raise SubsiteError(f"The subsite's user {shown_guid(guid)} has no e-mail field.", hint=_HINT)
    banned = fields.get("is_banned")
    if not isinstance(banned, bool):
        raise SubsiteError(f"The list does not say whether user {shown_guid(guid)} is banned.", hint=_HINT)
    external_id = fields.get("external_id")
    time = fields.get("time_created")
    profile = fields.get("profile") or {}
    return _WireUser(
        guid=guid,
        external_id=None if external_id is None else _text(external_id),
        name=_text(fields.get("name")),
        email=_text(fields["email"]),
        is_banned=banned,
        time_created=time if isinstance(time, str) else None,
        profile={name: _text(text) for name, text in _object(profile, "a profile").items()},
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return str(value)
    except _Unreadable as error:
        raise SubsiteError("The subsite sent a number that is too long.", hint=_HINT) from error
