"""One change: its requests in their order, and the outcome that they come to."""

from collections.abc import Callable
from typing import assert_never

from msgspec import Struct, structs

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
    Refused,
    Removal,
    Status,
    Step,
    Unavailable,
    Write,
)
from pleio_profile_sync_client.core.ports import Subsite
from pleio_profile_sync_client.errors import SubsiteError

ReadAvatar = Callable[[str], tuple[Avatar, bytes] | Finding]

NO_EXTERNAL_ID = (
    "it has no external_id, and the subsite takes no second user without one (an administrator is enough); give the "
    "source an external_id column, or map external_id to the e-mail"
)
_HIDDEN = (
    "the list of users showed nobody who has it, which happens where users share the second of their creation at a "
    "page's edge; look on the subsite who has it"
)
_LEFT = {Step.UNBAN: "the unban", Step.USER: "the user's values", Step.AVATAR: "the avatar"}


class Ending(Struct, frozen=True):
    """A change's outcome, and the answer that it ended with (None: not even asked).

    `given_up` is set where the subsite can't be used any more.
    """

    outcome: Outcome
    answer: Answer | None = None
    given_up: SubsiteError | None = None

    @property
    def is_trouble(self) -> bool:
        """Whether it ended in 429, 5xx, a time-out or a broken connection: the subsite's trouble, not the user's."""
        match self.answer:
            case Refused(status=status):
                return status >= 500
            case Unavailable(sent=sent):
                return sent
            case _:
                return False


def carry_out(change: Change, subsite: Subsite, read_avatar: ReadAvatar) -> Ending:
    """Send a change's requests, one after the other, until one fails."""
    if isinstance(change, Removal):
        return _remove(change, subsite)
    return _Writing(change, subsite, read_avatar).run()


def _remove(change: Removal, subsite: Subsite) -> Ending:
    step = Step.BAN if change.action is Action.BAN else Step.DELETE
    try:
        answer = subsite.ban(change.guid) if step is Step.BAN else subsite.delete(change.guid)
    except SubsiteError as error:
        return Ending(Outcome(Status.FAILED, guid=change.guid, error=str(error)), given_up=error)
    match answer:
        case Done():
            return Ending(Outcome(Status.APPLIED, guid=change.guid, steps=(step,)), answer)
        case Unavailable(sent=False):
            return Ending(Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=answer.message), answer)
        case Refused() | Unavailable():
            return Ending(Outcome(Status.FAILED, guid=change.guid, error=answer.message), answer)
        case _ as never:
            assert_never(never)


class _Writing:
    """A create, update or reactivation under way."""

    def __init__(self, change: Write, subsite: Subsite, read_avatar: ReadAvatar) -> None:
        self._change = change
        self._subsite = subsite
        self._read_avatar = read_avatar
        self._guid: Guid | None = change.guid
        self._steps: list[Step] = []
        self._not_taken: dict[str, str] = {}
        self._avatar: Avatar | None = None

    def run(self) -> Ending:
        left = self._steps_to_do()
        answer: Answer = Done()
        while left:
            step = left[0]
            try:
                result = self._take(step)
            except SubsiteError as error:
                return structs.replace(self._failed(str(error), left, None), given_up=error)
            if isinstance(result, Finding):
                return self._failed(result.message, left, None)
            answer = result
            match answer:
                case Done(user=user):
                    self._steps.append(step)
                    if user is not None and self._guid is None:
                        self._guid = user.guid
                case Unavailable(sent=False) if not self._steps:
                    return Ending(Outcome(Status.NOT_ATTEMPTED, guid=self._guid, error=answer.message), answer)
                case Refused() | Unavailable():
                    return self._failed(self._explain(step, answer), left, answer)
                case _ as never:
                    assert_never(never)
            left.pop(0)
        return Ending(self._outcome(Status.APPLIED, None), answer)

    def _steps_to_do(self) -> list[Step]:
        change = self._change
        wanted = {
            Step.UNBAN: change.action is Action.REACTIVATE,
            Step.USER: change.record is not None,
            Step.AVATAR: change.avatar is not None,
        }
        return [step for step, is_wanted in wanted.items() if is_wanted]

    def _take(self, step: Step) -> Answer | Finding:
        if step is Step.USER:
            return self._write_user()
        assert self._guid is not None, "who is unbanned or gets an avatar is there"  # noqa: S101 - the plan's promise
        if step is Step.UNBAN:
            return self._subsite.unban(self._guid)
        return self._send_avatar(self._guid)

    def _write_user(self) -> Answer:
        record = self._change.record
        assert record is not None, "a step of a user has a record"  # noqa: S101 - see _steps_to_do
        guid = self._guid
        answer = self._subsite.create(record) if guid is None else self._subsite.update(guid, record)
        if isinstance(answer, Done) and answer.user is not None:
            self._not_taken = find_not_taken(record, answer.user)
        elif isinstance(answer, Done) and guid is None:
            return Refused(200, "the subsite did not tell the new user's guid")
        return answer

    def _send_avatar(self, guid: Guid) -> Answer | Finding:
        avatar = self._change.avatar
        assert avatar is not None, "a step of an avatar has one"  # noqa: S101 - see _steps_to_do
        read = self._read_avatar(avatar.path)
        if isinstance(read, Finding):
            return read
        found, jpeg = read
        answer = self._subsite.send_avatar(guid, jpeg)
        if isinstance(answer, Done):
            self._avatar = found
        return answer

    def _explain(self, step: Step, answer: Refused | Unavailable) -> str:
        change = self._change
        if change.action is not Action.CREATE or step is not Step.USER:
            return answer.message
        if not isinstance(answer, Refused) or answer.taken is None:
            return answer.message
        if answer.taken == "external_id" and not change.external_id:
            return f"{answer.message} The row's trouble: {NO_EXTERNAL_ID}."
        return f"{answer.message} But {_HIDDEN}."

    def _failed(self, message: str, left: list[Step], answer: Answer | None) -> Ending:
        if self._steps or len(left) > 1:
            what = " and ".join(_LEFT[step] for step in left)
            message = f"{message.rstrip('.')}. Left to do: {what}; the next run does it."
        taken = answer.taken if isinstance(answer, Refused) else None
        return Ending(structs.replace(self._outcome(Status.FAILED, message), taken=taken), answer)

    def _outcome(self, status: Status, error: str | None) -> Outcome:
        return Outcome(
            status,
            guid=self._guid,
            error=error,
            steps=tuple(self._steps),
            avatar=self._avatar,
            not_taken=self._not_taken,
        )
