"""One change: its requests in their order, and its outcome."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, assert_never

from msgspec.structs import replace

from pleio_profile_sync_client.core.differences import find_not_taken
from pleio_profile_sync_client.core.models import (
    Action,
    Answer,
    Avatar,
    Change,
    Done,
    Finding,
    Guid,
    Outcome,
    Record,
    Refused,
    Removal,
    Status,
    Step,
    SubsiteUser,
    Unavailable,
    Write,
)
from pleio_profile_sync_client.core.ports import Subsite
from pleio_profile_sync_client.errors import SubsiteError

ReadAvatar = Callable[[str], tuple[Avatar, bytes] | Finding]
FindHolder = Callable[[Literal["email", "external_id"], Write], SubsiteUser | None]
"""Finds the listed user who has the value that a write was refused for."""

NO_EXTERNAL_ID = (
    "it has no external_id, and the subsite takes no second user without one (an administrator is enough); give the "
    "source an external_id column, or map external_id to the e-mail"
)
_HIDDEN = (
    "the list of users showed nobody who has it, which happens at a page's edge to users who were created in the "
    "same second; look up on the subsite who has it"
)
_LEFT = {Step.UNBAN: "the unban", Step.USER: "the user's values", Step.AVATAR: "the avatar"}


def carry_out(change: Change, subsite: Subsite, read_avatar: ReadAvatar, find_holder: FindHolder) -> Outcome:
    """Send a change's requests, one after the other, until one fails."""
    return _UnderWay(change, subsite, read_avatar, find_holder).run()


class _UnderWay:
    """A change while its requests are sent."""

    def __init__(self, change: Change, subsite: Subsite, read_avatar: ReadAvatar, find_holder: FindHolder) -> None:
        self._change = change
        self._subsite = subsite
        self._read_avatar = read_avatar
        self._find_holder = find_holder
        self._guid: Guid | None = change.guid
        self._steps: list[Step] = []
        self._not_taken: dict[str, str] = {}
        self._avatar: Avatar | None = None

    def run(self) -> Outcome:
        left = self._steps_to_do()
        while left:
            step, take = left[0]
            try:
                answer = take()
            except SubsiteError as error:
                return replace(self._failed(str(error), left), is_trouble=True)
            match answer:
                case Done(user=user):
                    self._steps.append(step)
                    if user is not None and self._guid is None:
                        self._guid = user.guid
                case Finding(message=message):
                    return self._failed(message, left)
                case Unavailable(sent=False) if not self._steps:
                    return self._outcome(Status.NOT_ATTEMPTED, answer.message)
                case Unavailable():
                    return replace(self._failed(_tell_failure(answer), left), is_trouble=answer.sent)
                case Refused():
                    failed = self._failed(self._explain(answer), left)
                    return replace(failed, taken=answer.taken, is_trouble=answer.status >= 500)
                case _ as never:
                    assert_never(never)
            left.pop(0)
        return self._outcome(Status.APPLIED, None)

    def _steps_to_do(self) -> list[tuple[Step, Callable[[], Answer | Finding]]]:
        change = self._change
        if isinstance(change, Removal):
            if change.action is Action.BAN:
                return [(Step.BAN, partial(self._subsite.ban, change.guid))]
            return [(Step.DELETE, partial(self._subsite.delete, change.guid))]
        steps: list[tuple[Step, Callable[[], Answer | Finding]]] = []
        if change.action is Action.REACTIVATE:
            steps.append((Step.UNBAN, partial(self._subsite.unban, self._known_guid())))
        if change.record is not None:
            steps.append((Step.USER, partial(self._write_user, change.record)))
        if change.avatar is not None:
            steps.append((Step.AVATAR, partial(self._send_avatar, change.avatar)))
        return steps

    def _known_guid(self) -> Guid:
        assert self._guid is not None, "who is unbanned or gets an avatar is there"  # noqa: S101 - the plan's promise
        return self._guid

    def _write_user(self, record: Record) -> Answer:
        answer = self._subsite.create(record) if self._guid is None else self._subsite.update(self._guid, record)
        if isinstance(answer, Done) and answer.user is not None:
            self._not_taken = find_not_taken(record, answer.user)
        return answer

    def _send_avatar(self, avatar: Avatar) -> Answer | Finding:
        read = self._read_avatar(avatar.path)
        if isinstance(read, Finding):
            return read
        found, jpeg = read
        answer = self._subsite.send_avatar(self._known_guid(), jpeg)
        if isinstance(answer, Done):
            self._avatar = found
        return answer

    def _explain(self, answer: Refused) -> str:
        told = _tell_failure(answer)
        if answer.taken is None or isinstance(self._change, Removal):
            return told
        if answer.taken == "external_id" and not self._change.external_id:
            return f"{told} The row's problem: {NO_EXTERNAL_ID}."
        holder = self._find_holder(answer.taken, self._change)
        return f"{told} But {_HIDDEN}." if holder is None else f"{told} {_say_twin(holder)}"

    def _failed(self, message: str, left: Sequence[tuple[Step, object]]) -> Outcome:
        if self._steps or len(left) > 1:
            what = " and ".join(_LEFT[step] for step, _ in left)
            message = f"{message.rstrip('.')}. Left to do: {what}; the next run does it."
        return self._outcome(Status.FAILED, message)

    def _outcome(self, status: Status, error: str | None) -> Outcome:
        return Outcome(
            status,
            guid=self._guid,
            error=error,
            steps=tuple(self._steps),
            avatar=self._avatar,
            not_taken=self._not_taken,
        )


def _tell_failure(answer: Refused | Unavailable) -> str:
    """Say what the subsite answered, and whether the request was carried out nevertheless, as far as is known."""
    if isinstance(answer, Refused):
        return f"{answer.message}; it may have been done all the same" if answer.status >= 500 else answer.message
    if not answer.sent:
        return answer.message
    return f"{answer.message}; it {'may have been done all the same' if answer.maybe_done else 'was not done'}"


def _say_twin(holder: SubsiteUser) -> str:
    return (
        f"The subsite user {holder.guid} ({holder.email}, external_id {holder.external_id or 'none'}) has it in other "
        "letters, which the subsite's database takes for the same: change one of them, in the source or on the subsite."
    )
