"""`/users`: the list, create, update. The order of the steps matters, since there is no transaction around them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from pleio_sandbox.records import User
from pleio_sandbox.store import Store
from pleio_sandbox.user_object import describe_user
from pleio_sandbox.users import fold
from pleio_sandbox.values import (
    decode_body,
    is_storable,
    make_text,
    parse_groups,
    parse_guid,
    parse_limit,
    trim_text,
)
from pleio_sandbox.wire import (
    Answer,
    Request,
    could_not_update,
    json_answer,
    refused,
    server_error,
)

NAME_LENGTH = 100
EMAIL_LENGTH = 255
EXTERNAL_ID_LENGTH = 200
START_OF_TIME_US = 315_532_800_000_000
"""1980-01-01: who was created then or before is never listed."""


def list_users(store: Store, request: Request) -> Answer:
    """Answer one page: who was created strictly later than the user that is the cursor.

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
    """Create a user, or update one where the key `guid` is there, even if its value is null.

    First the user's row, then the groups, then the profile: trouble with a later one leaves the earlier ones written.
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
    email = _searchable(content.get("email"))
    if store.users.with_email(email):
        raise refused(400, "could_not_create", "This e-mail is already taken by another user.")
    sent = content.get("external_id")
    external_id = _searchable(sent) if sent else None
    # Without an external_id the search is for users who have none either: one of them, and it is "taken".
    taken = (
        store.users.is_anybody_without_external_id()
        if external_id is None
        else bool(store.users.with_external_id(external_id))
    )
    if taken:
        raise refused(400, "could_not_create", "This external_id is already taken by another user.")
    try:
        user = store.users.add(
            name=make_text(content.get("name"), most=NAME_LENGTH),
            email=make_text(email, most=EMAIL_LENGTH),
            external_id=None if external_id is None else make_text(external_id, most=EXTERNAL_ID_LENGTH),
        )
    except sqlite3.IntegrityError:  # exactly the address of a deleted user's row
        raise server_error() from None
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
    try:
        # An update un-bans whoever was banned, by whomever, and keeps the reason.
        return store.users.save(replace(user, name=name, email=email, external_id=external_id, is_active=True))
    except sqlite3.IntegrityError:  # exactly the address of a deleted user's row
        raise server_error() from None


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


def _searchable(value: object) -> str:
    """Trim a text that is looked for before its length matters."""
    return trim_text(value, most=len(value) if isinstance(value, str) else 0)


def _join_groups(store: Store, user: User, sent: object) -> None:
    """Add the user to the groups; those that are not there are skipped without a word, and nobody is ever taken out."""
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
    return store.users.save(replace(user, profile={**user.profile, **values})) if values else user
