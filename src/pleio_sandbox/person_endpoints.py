"""`/users/<guid>` and what is below it: delete, ban, unban, avatar."""

import mimetypes
import re
import unicodedata
from dataclasses import replace
from pathlib import PurePosixPath

from pleio_sandbox.multipart import find_upload
from pleio_sandbox.records import StoredAvatar, User
from pleio_sandbox.store import Store
from pleio_sandbox.user_object import describe_user
from pleio_sandbox.wire import Answer, Request, json_answer, not_found, not_saved

BAN_REASONS = {"nl": "Verwijderd door Profile-Sync", "en": "Removed by Profile-Sync"}
FILE_NAME_LENGTH = 255


def delete_user(store: Store, guid: str, _request: Request) -> Answer:
    """Anonymise a user for good. Nobody is protected, and a second time there is nobody to find."""
    user = _found(store, guid)
    store.delete(user.guid)
    return json_answer(200, {"status": 200})


def ban_user(store: Store, guid: str, _request: Request) -> Answer:
    """Make a user inactive; an earlier reason is overwritten, everything else stays."""
    user = _found(store, guid)
    banned = store.users.save(replace(user, is_active=False, ban_reason=BAN_REASONS[store.settings.language]))
    return _answer(store, banned)


def unban_user(store: Store, guid: str, _request: Request) -> Answer:
    """Make a user active and empty the reason, an administrator's too."""
    return _answer(store, store.users.save(replace(_found(store, guid), is_active=True, ban_reason="")))


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
