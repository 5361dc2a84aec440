"""The endpoints of the API, with the rules that were observed: users, one user, the log.

There is no transaction around a request: the order of the steps matters, and what was written stays written.
"""

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import parse_qsl

from pleio_sandbox.records import SiteSettings, StoredAvatar, User
from pleio_sandbox.store import Store
from pleio_sandbox.tables import fold
from pleio_sandbox.wire import (
    Answer,
    Request,
    could_not_update,
    decode_body,
    find_upload,
    is_storable,
    json_answer,
    make_text,
    not_found,
    not_saved,
    parse_groups,
    parse_guid,
    parse_limit,
    refused,
    server_error,
    trim_text,
    write_guid,
)

NAME_LENGTH = 100
EMAIL_LENGTH = 255
EXTERNAL_ID_LENGTH = 200
BAN_REASONS = {"nl": "Verwijderd door Profile-Sync", "en": "Removed by Profile-Sync"}
FILE_NAME_LENGTH = 255
UUID_LENGTH = 36
ALSO_WITHOUT_CONTENT = (["uuid"], "uuid")
"""Bodies that are not objects, yet pass for one with a uuid: the application only asks whether `uuid` is in it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START_OF_TIME_US = 315_532_800_000_000
"""1980-01-01: users created then or before are never listed."""


def list_users(store: Store, request: Request) -> Answer:
    """Answer one page: the users created strictly later than the user who is the cursor.

    So of several users with one `time_created` at the edge of a page, some are in no page.
    """
    # Of a parameter given twice the last counts.
    parameters = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace"))
    limit = parse_limit(parameters.get("limit"))
    after_us = START_OF_TIME_US
    cursor = parameters.get("cursor")
    if cursor:
        guid = parse_guid(cursor, store.settings)
        user = store.users.get(guid) if guid else None
        if user is None:
            raise refused(404, "not_found", "Could not find user with this guid.")
        after_us = max(after_us, user.time_created_us)
    users = store.users.after(after_us, limit)
    keys = store.profile_keys()
    content = {"users": [describe_user(user, keys, store.settings) for user in users]}
    return json_answer(200, content, users_listed=len(users))


def write_user(store: Store, request: Request) -> Answer:
    """Create a user, or update one if there is a key `guid`, even with the value null.

    First the user's row, then the groups, then the profile: trouble with a later step leaves the earlier ones written.
    """
    content = decode_body(request)
    if not isinstance(content, dict):
        raise server_error()
    user = _updated(store, content) if "guid" in content else _created(store, content)
    _join_groups(store, user, content.get("groups"))
    user = _fill_profile(store, user, content.get("profile"))
    # The answer echoes the name as it was sent, a number as a number; the list shows the text that was stored.
    shown = {**describe_user(user, store.profile_keys(), store.settings), "name": content["name"]}
    return json_answer(200, {"status": 200, "user": shown})


def _created(store: Store, content: Mapping[str, object]) -> User:
    email = trim_text(content.get("email"))  # the search for its user comes before the check of its length
    if store.users.with_email(email):
        raise refused(400, "could_not_create", "This e-mail is already taken by another user.")
    sent = content.get("external_id")
    external_id = trim_text(sent) if sent else None
    # Without an external_id the search is for users who have none either: one of them, and it is "taken".
    taken = (
        store.users.is_anybody_without_external_id()
        if external_id is None
        else bool(store.users.with_external_id(external_id))
    )
    if taken:
        raise refused(400, "could_not_create", "This external_id is already taken by another user.")
    user = store.users.add(
        name=make_text(content.get("name"), most=NAME_LENGTH),
        email=make_text(email, most=EMAIL_LENGTH),
        external_id=None if external_id is None else make_text(external_id, most=EXTERNAL_ID_LENGTH),
    )
    for group in store.groups.automatic():
        store.groups.join(user.guid, group.guid)
    return user


def _updated(store: Store, content: Mapping[str, object]) -> User:
    guid = parse_guid(content["guid"], store.settings)
    user = store.users.get(guid) if guid else None
    if user is None:
        raise server_error()
    email = _changed_email(store, user, content.get("email"))
    external_id = _changed_external_id(store, user, content.get("external_id"))
    name = make_text(content.get("name"), most=NAME_LENGTH)
    # An update un-bans a banned user, whoever made the ban, and keeps the reason.
    return store.users.save(replace(user, name=name, email=email, external_id=external_id, is_active=True))


def _changed_email(store: Store, user: User, sent: object) -> str:
    email = trim_text(sent, most=EMAIL_LENGTH)
    if fold(email) == fold(user.email):
        return user.email  # the old spelling stays
    others = store.users.with_email(email)
    if len(others) == 1:
        raise could_not_update("Could not change the email to another email as the id is already taken.")
    return user.email if others else email  # two others: silently not changed


def _changed_external_id(store: Store, user: User, sent: object) -> str | None:
    external_id = trim_text(sent, most=EXTERNAL_ID_LENGTH) if sent else ""
    if not external_id or (user.external_id is not None and fold(external_id) == fold(user.external_id)):
        return user.external_id  # it cannot be cleared, and the old spelling stays
    others = store.users.with_external_id(external_id)
    if len(others) == 1:
        raise could_not_update("Could not change the external_id to another external_id as the id is already taken.")
    return user.external_id if others else external_id


def _join_groups(store: Store, user: User, sent: object) -> None:
    """Add the user to the groups; missing ones are skipped silently, and nobody is ever taken out."""
    for guid in parse_groups(sent, store.settings):
        if store.groups.get(guid) is not None:
            store.groups.join(user.guid, guid)


def _fill_profile(store: Store, user: User, sent: object) -> User:
    """Store the values of the keys that the site has; a value that cannot be stored leaves the old one, silently."""
    if not sent:
        return user
    if not isinstance(sent, dict):
        raise server_error()
    keys = set(store.profile_keys())
    values = {
        key: text
        for key, value in sent.items()
        if key in keys and value is not None and is_storable(text := value if isinstance(value, str) else str(value))
    }
    store.keep_dates(user.guid, values)
    return store.users.save(replace(user, profile={**user.profile, **values})) if values else user


def delete_user(store: Store, guid: str, _request: Request) -> Answer:
    """Anonymise a user permanently. Nobody is protected, and a second time there is nobody to find."""
    user = _found(store, guid)
    store.delete(user.guid)
    return json_answer(200, {"status": 200})


def ban_user(store: Store, guid: str, _request: Request) -> Answer:
    """Make a user inactive; an earlier reason is overwritten, everything else stays."""
    user = _found(store, guid)
    return _answer(store, store.ban(user.guid, BAN_REASONS[store.settings.language]))


def unban_user(store: Store, guid: str, _request: Request) -> Answer:
    """Make a user active and empty the reason, an administrator's too."""
    return _answer(store, store.unban(_found(store, guid).guid))


def save_avatar(store: Store, guid: str, request: Request) -> Answer:
    """Take any file for an avatar: nothing about it is checked, its type is guessed from its name."""
    user = _found(store, guid)
    content_type = request.headers.get("content-type", b"").decode("latin-1")
    upload = find_upload(content_type, request.application_body, "avatar")
    marker = store.settings.virus_marker
    if upload is None or (marker is not None and marker in upload.content):
        raise not_saved()
    name = _slug(upload.file_name)
    mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    store.avatars.put(user.guid, StoredAvatar(file_name=name, mime_type=mime_type, content=upload.content))
    return _answer(store, user)


def _found(store: Store, guid: str) -> User:
    user = store.users.get(guid)
    if user is None:
        raise not_found()
    return user


def _answer(store: Store, user: User) -> Answer:
    return json_answer(200, {"status": 200, "user": describe_user(user, store.profile_keys(), store.settings)})


def _slug(file_name: str) -> str:
    """Write a file name as the site stores it: ASCII letters, digits, `_`, `-` and the dot before its ending."""
    path = PurePosixPath(file_name.replace("\\", "/"))
    stem, ending = (_ascii_slug(part) for part in (path.stem, path.suffix.lstrip(".")))
    return f"{stem[: FILE_NAME_LENGTH - len(ending) - 1]}.{ending}" if ending else stem[:FILE_NAME_LENGTH]


def _ascii_slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip())


def add_log(store: Store, request: Request) -> Answer:
    """Store an upload; any text of 36 characters passes for a uuid, and anything for content."""
    content = decode_body(request)
    if content in ALSO_WITHOUT_CONTENT:
        raise refused(400, "could_not_create", "Invalid data")
    if not isinstance(content, dict):
        raise server_error()
    if "uuid" not in content:
        raise refused(400, "could_not_create", "Could not create the log entry, uuid is missing.")
    if "content" not in content:
        raise refused(400, "could_not_create", "Invalid data")
    store.logs.add(make_text(content["uuid"], most=UUID_LENGTH), make_text(content["content"]))
    return json_answer(200, {"status": 200, "log": {"uuid": content["uuid"]}})


def describe_user(user: User, field_keys: list[str], settings: SiteSettings) -> dict[str, object]:
    """Describe a user: every profile field of the site in its order, neither groups nor avatar.

    `is_member` is always true and `icontime` always null, also for somebody with an avatar.
    """
    content: dict[str, object] = {
        "guid": write_guid(user.guid, settings),
        "external_id": user.external_id,
        "name": user.name,
        "email": user.email,
        "is_member": True,
        "is_banned": user.is_banned,
        "time_created": write_time(user.time_created_us),
        "time_updated": write_time(user.time_updated_us),
        "icontime": None,
        "profile": {key: user.profile.get(key, "") for key in field_keys},
    }
    for name in settings.hidden_fields:
        content.pop(name, None)
    return content


def write_time(time_us: int) -> str:
    """Write a time as the API does: microseconds, left out when they are 0, and `+00:00`."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat()
