"""Creating a user exactly once, although answers get lost.

A create is not repeatable: `POST /users` without a guid that was carried out makes the next one fail as taken. And an
error is no proof that nothing was written (no transaction around a request: user row, groups, profile).
"""

from collections.abc import Callable

from pleio_profile_sync_client.core.differences import find_not_taken
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Answer, Done, Guid, Record, Refused, SubsiteUser, Unavailable
from pleio_profile_sync_client.subsite.answers import Good
from pleio_profile_sync_client.subsite.exchange import Exchange
from pleio_profile_sync_client.subsite.payloads import decode_user
from pleio_profile_sync_client.subsite.transport import Request

_MAYBE = "; the user may have been created all the same, which the next run will see"


class Creation:
    """Creates users; `find` lists the users after a given one, `update` overwrites one."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        find: Callable[[Guid | None], list[SubsiteUser] | Unavailable],
        update: Callable[[Guid, Record], Answer],
    ) -> None:
        self._exchange = exchange
        self._find = find
        self._update = update

    def run(self, request: Request, record: Record, older: Guid | None) -> Answer:
        """Send the create until it is answered or the user is found; `older` was there before it is first sent."""
        retries = self._exchange.retries()
        kind = "create+groups" if record.groups else "create"
        maybe_done = False
        while True:
            meaning = self._exchange.attempt(request, kind)
            if isinstance(meaning, Good):
                return Done(decode_user(meaning.body))
            if isinstance(meaning, Unavailable):
                return Unavailable(meaning.message + _MAYBE) if maybe_done else meaning
            if isinstance(meaning, Refused):
                may_be_ours = retries.attempts > 1 and meaning.status in {400, 500}
                return (may_be_ours and self._complete(record, older)) or meaning
            maybe_done = maybe_done or meaning.maybe_done
            if not self._exchange.pause(retries, meaning):
                ended = self._exchange.say_ended(retries, meaning)
                return Unavailable(ended + _MAYBE if maybe_done else ended)
            if meaning.maybe_done and (answer := self._complete(record, older)) is not None:
                return answer

    def _complete(self, record: Record, older: Guid | None) -> Answer | None:
        """Look for the user, and add what the create did not come to; None where there is no such user.

        Groups are never shown, so where there are some, they are sent again.
        """
        listed = self._find(older)
        if isinstance(listed, Unavailable):
            return Unavailable(listed.message + _MAYBE)
        user = next((user for user in listed if _is_same(user, record)), None)
        if user is None:
            return None
        if record.groups or find_not_taken(record, user):
            return self._update(user.guid, record)
        return Done(user)


def _is_same(user: SubsiteUser, record: Record) -> bool:
    return key(user.email) == key(record.email) and key(user.external_id) == key(record.external_id)
