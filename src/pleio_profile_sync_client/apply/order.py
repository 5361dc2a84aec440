"""Which change may start, and which can't any more. Pure: no threads, no clock, no requests."""

from collections import defaultdict, deque
from collections.abc import Sequence
from heapq import heappop, heappush

from pleio_profile_sync_client.core.models import Action, Change, Write


class Order:
    """The changes of a plan in its order, except those that have to wait for another one.

    A change with `waits_for` starts after the change of that user was applied. Creates without an external_id start one
    at a time, since the subsite refuses all of them, or nearly all (`POST /users`, create).
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes
        self._next = 0
        self._freed: list[int] = []
        self._waiting_for = _waiting_for(changes)
        self._blocked = {index for waiting in self._waiting_for.values() for index in waiting}
        self._lane: deque[int] = deque()
        self._is_lane_busy = False

    def start_next(self) -> int | None:
        """Return the index of the next change that may start; None if all have to wait for another one to finish."""
        while self._freed or self._next < len(self._changes):
            if self._freed:
                index = heappop(self._freed)
            else:
                index = self._next
                self._next += 1
            if index not in self._blocked and self._enter_lane(index):
                return index
        return None

    def finished(self, index: int, *, applied: bool) -> list[int]:
        """Note that a change has ended; return those that now never start, since they wait for it."""
        if is_unlinked_create(self._changes[index]):
            self._is_lane_busy = False
            if self._lane:
                heappush(self._freed, self._lane.popleft())
        waiting = self._waiting_for.pop(index, [])
        if applied:
            self._blocked.difference_update(waiting)
            for one in waiting:
                if one < self._next:
                    heappush(self._freed, one)
            return []
        for one in waiting:  # the list grows meanwhile, by changes that wait for a waiting one
            waiting += self._waiting_for.pop(one, [])
        return waiting

    def _enter_lane(self, index: int) -> bool:
        if not is_unlinked_create(self._changes[index]):
            return True
        if self._is_lane_busy:
            self._lane.append(index)
            return False
        self._is_lane_busy = True
        return True


def is_unlinked_create(change: Change) -> bool:
    """Tell whether a change creates a user without an external_id."""
    return change.action is Action.CREATE and not change.external_id


def _waiting_for(changes: Sequence[Change]) -> dict[int, list[int]]:
    """Return, by the index of a change, the indexes of those that wait for it.

    A user without a change here is not waited for.
    """
    holder_of = {
        index: str(change.waits_for)
        for index, change in enumerate(changes)
        if isinstance(change, Write) and change.waits_for is not None
    }
    holders = set(holder_of.values())
    index_by_guid = {str(change.guid): index for index, change in enumerate(changes) if str(change.guid) in holders}
    waiting: dict[int, list[int]] = defaultdict(list)
    for index, holder in holder_of.items():
        if holder in index_by_guid:
            waiting[index_by_guid[holder]].append(index)
    return waiting
