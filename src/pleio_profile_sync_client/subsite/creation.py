"""Creating a user exactly once, although answers get lost.

A create is not repeatable: `POST /users` without a guid that was carried out makes the next one fail as taken. And an
error is no proof that nothing was written (no transaction around a request: user row, groups, profile).
"""

from collections.abc import Callable
from threading import Lock

from pleio_profile_sync_client.core.differences import find_not_taken
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Answer, Done, Guid, Record, Refused, SubsiteUser, Unavailable
from pleio_profile_sync_client.subsite.answers import Temporary, believe_write
from pleio_profile_sync_client.subsite.exchange import Exchange, Tries
from pleio_profile_sync_client.subsite.transport import Request

_MARGIN_S = 2.0
"""The clocks of a subsite's servers may differ a little, and the list goes by them."""


class Creation:
    """Creates users; `find` lists the users after a given one, `update` overwrites one."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        find: Callable[[Guid | None], list[SubsiteUser] | Unavailable],
        update: Callable[[Guid, Record], Answer],
        clock: Callable[[], float],
    ) -> None:
        self.newest = Newest()
        self._exchange = exchange
        self._find = find
        self._update = update
        self._clock = clock

    def run(self, request: Request, record: Record) -> Answer:
        """Send the create until it is answered or the user is found."""
        older = self.newest.before(self._clock())
        with self._exchange.tries() as tries:
            answer = self._send(request, record, tries, older)
        if isinstance(answer, Done) and answer.user is not None:
            self.newest.note_created(answer.user.guid, self._clock())
        return answer

    def _send(self, request: Request, record: Record, tries: Tries, older: Guid | None) -> Answer:
        kind = "create+groups" if record.groups else "create"
        while True:
            meaning = self._exchange.attempt(request, kind, tries)
            match meaning:
                case Temporary():
                    if ended := self._exchange.pause(tries, meaning):
                        return ended
                    if meaning.maybe_done and (answer := self._complete(record, older)) is not None:
                        return answer
                case Refused():
                    may_be_ours = tries.attempts and meaning.status in {400, 500}
                    return (may_be_ours and self._complete(record, older)) or meaning
                case Unavailable():
                    return meaning
                case _:
                    return believe_write(meaning.body, email=record.email)

    def _complete(self, record: Record, older: Guid | None) -> Answer | None:
        """Look for the user, and add what the create did not come to; None where there is no such user.

        Groups are never shown, so where there are some, they are sent again.
        """
        listed = self._find(older)
        if isinstance(listed, Unavailable):
            return Unavailable(f"{listed.message}, so it is not known whether the user was created")
        user = next((user for user in listed if _is_same(user, record)), None)
        if user is None:
            return None
        if not record.groups and not find_not_taken(record, user):
            return Done(user)
        answer = self._update(user.guid, record)
        return (
            Unavailable(f"created, but not all of it: {answer.message}") if isinstance(answer, Unavailable) else answer
        )


class Newest:
    """Remembers a late user of the list who is certainly older than what is being sent now.

    That is where to begin looking for a user whose creation got no answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._old: Guid | None = None
        self._recent: tuple[Guid, float] | None = None

    def note_listed(self, guid: Guid) -> None:
        """Take the last user of the list, read before anything was sent."""
        with self._lock:
            self._old, self._recent = guid, None

    def note_created(self, guid: Guid, now_s: float) -> None:
        """Take a user whose creation was answered."""
        with self._lock:
            self._promote(now_s)
            if self._recent is None:
                self._recent = (guid, now_s)

    def before(self, now_s: float) -> Guid | None:
        """Return a user who was there before a request sent now; None where none is known."""
        with self._lock:
            self._promote(now_s)
            return self._old

    def _promote(self, now_s: float) -> None:
        if self._recent is not None and now_s - self._recent[1] >= _MARGIN_S:
            self._old, self._recent = self._recent[0], None


def _is_same(user: SubsiteUser, record: Record) -> bool:
    return key(user.email) == key(record.email) and key(user.external_id) == key(record.external_id)
