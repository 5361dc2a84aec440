"""Answers that are not what the request came to, as caches, replicas and proxies make them of the right one.

When such an answer comes is the business of `faults`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pleio_sandbox.faults import Fault
from pleio_sandbox.wire import Answer, Request

_Content = dict[str, Any]

SPOILING = frozenset(
    {
        Fault.EMPTY,
        Fault.NO_USER,
        Fault.STALE,
        Fault.SWAPPED,
        Fault.WRONG_BAN,
        Fault.EMPTY_LIST,
        Fault.SHORT_LIST,
    }
)
"""The faults whose answers are made here."""


def without_cursor(request: Request) -> Request:
    """Give a request for the list as a cache takes it that does not look at the cursor."""
    kept = [part for part in request.query.split("&") if not part.startswith("cursor=")]
    return replace(request, query="&".join(kept))


def spoil(answer: Answer, fault: Fault, *, before: Sequence[Mapping[str, object]], earlier: Answer | None) -> Answer:
    """Make the wrong answer of a right one; an error stays what it is.

    `before` are the users as they were shown before the request was carried out, `earlier` is the answer that the same
    list got the last time.
    """
    if answer.status != 200:
        return answer
    if fault is Fault.EMPTY:
        return replace(answer, body=b"")
    content: _Content = json.loads(answer.body)
    if "users" in content:
        if fault is Fault.STALE:
            return earlier or answer
        content = _spoiled_list(content, fault)
    elif "user" in content:
        content = _spoiled_user(content, fault, before)
    return replace(answer, body=json.dumps(content, separators=(",", ":")).encode("ascii"))


def _spoiled_list(content: _Content, fault: Fault) -> _Content:
    users = content["users"]
    match fault:
        case Fault.NO_USER:
            return {}
        case Fault.WRONG_BAN:
            return {"users": [_turned(user) for user in users]}
        case Fault.EMPTY_LIST:
            return {"users": []}
        case Fault.SHORT_LIST:
            return {"users": users[: len(users) // 2]}
        case _:
            return content


def _spoiled_user(content: _Content, fault: Fault, before: Sequence[Mapping[str, object]]) -> _Content:
    user = content["user"]
    match fault:
        case Fault.NO_USER:
            return {"status": 200}
        case Fault.WRONG_BAN:
            return {**content, "user": _turned(user)}
        case Fault.STALE:
            known = next((one for one in before if one["guid"] == user["guid"]), None)
            return {**content, "user": known or {**user, "profile": dict.fromkeys(user["profile"], "")}}
        case Fault.SWAPPED:
            return {**content, "user": next((one for one in before if one["guid"] != user["guid"]), user)}
        case _:
            return content


def _turned(user: _Content) -> _Content:
    return {**user, "is_banned": not user["is_banned"]}
