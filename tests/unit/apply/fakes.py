"""Changes to apply, and a subsite that answers as the test says."""

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

from pleio_profile_sync_client.core.models import (
    Action,
    Answer,
    Avatar,
    Done,
    Finding,
    Guid,
    Record,
    Removal,
    SubsiteUser,
    Write,
)
from pleio_profile_sync_client.core.ports import Progress

AVATAR = Avatar("sanne.jpg", "digest", 4, 1)


def record(name: str, external_id: str | None) -> Record:
    return Record(name, f"{name}@gemeente.test", external_id)


def create(
    name: str, external_id: str | None = "", *, avatar: Avatar | None = None, waits_for: Guid | None = None
) -> Write:
    external_id = f"P-{name}" if external_id == "" else external_id
    return Write(
        Action.CREATE,
        None,
        2,
        external_id,
        f"{name}@gemeente.test",
        record=record(name, external_id),
        avatar=avatar,
        waits_for=waits_for,
    )


def update(
    guid: Guid, *, avatar: Avatar | None = None, waits_for: Guid | None = None, only_avatar: bool = False
) -> Write:
    name = f"user-{guid}"
    sent = None if only_avatar else record(name, f"P-{guid}")
    return Write(
        Action.UPDATE, guid, 3, f"P-{guid}", f"{name}@gemeente.test", record=sent, avatar=avatar, waits_for=waits_for
    )


def reactivate(guid: Guid, *, with_record: bool = True, avatar: Avatar | None = None) -> Write:
    name = f"user-{guid}"
    sent = record(name, f"P-{guid}") if with_record else None
    return Write(Action.REACTIVATE, guid, 4, f"P-{guid}", f"{name}@gemeente.test", record=sent, avatar=avatar)


def ban(guid: Guid) -> Removal:
    return Removal(Action.BAN, guid, f"P-{guid}", f"{guid}@gemeente.test", str(guid))


def delete(guid: Guid) -> Removal:
    return Removal(Action.DELETE, guid, f"P-{guid}", f"{guid}@gemeente.test", str(guid))


class FakeSubsite:
    """Does what is asked and notes it; `answers` gives, by call, what to answer (or raise, or do) instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[tuple[str, Any], Answer | Exception | Callable[[], Answer | None]] = {}
        self.most_per_user = 0
        self._under_way: Counter[Any] = Counter()
        self._lock = Lock()

    def list_users(self, progress: Progress) -> list[SubsiteUser]:
        raise NotImplementedError

    def create(self, record: Record) -> Answer:
        return self._call("create", record.name, record)

    def update(self, guid: Guid, record: Record) -> Answer:
        return self._call("update", guid, record)

    def unban(self, guid: Guid) -> Answer:
        return self._call("unban", guid)

    def ban(self, guid: Guid) -> Answer:
        return self._call("ban", guid)

    def delete(self, guid: Guid) -> Answer:
        return self._call("delete", guid)

    def send_avatar(self, guid: Guid, jpeg: bytes) -> Answer:
        return self._call("avatar", guid)

    def upload_log(self, run: str, content: str) -> Answer:
        raise NotImplementedError

    def _call(self, what: str, who: Guid, record: Record | None = None) -> Answer:
        with self._lock:
            self.calls.append((what, who))
            self._under_way[who] += 1
            self.most_per_user = max(self.most_per_user, self._under_way[who])
        try:
            answer = self.answers.get((what, who))
            if callable(answer):
                answer = answer()
            if isinstance(answer, Exception):
                raise answer
            return answer or Done(_user(who, record))
        finally:
            with self._lock:
                self._under_way[who] -= 1


def nobody(_taken: str, _write: Write) -> SubsiteUser | None:
    return None


def _user(who: Guid, record: Record | None) -> SubsiteUser:
    guid = f"new-{who}" if record and record.name == who else who
    if record is None:
        return SubsiteUser(guid, None, "", "", is_banned=False)
    return SubsiteUser(guid, record.external_id, record.name, record.email, is_banned=False, profile=record.profile)


def read_avatar(path: str) -> tuple[Avatar, bytes] | Finding:
    return AVATAR, b"\xff\xd8"


def no_avatar(path: str) -> tuple[Avatar, bytes] | Finding:
    return Finding("avatar_missing", f"The avatar {path} is not there.", line=2)
