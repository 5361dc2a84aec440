"""Reading the list of users, page by page, so that nobody is missed.

A page has users strictly later than the cursor's `time_created`, so that users with the same time as a page's last one
would get lost (`GET /users`, observed). The next cursor is therefore the last user of the page who is older than its
last one: users at the edge come twice, and are merged by guid.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from pleio_profile_sync_client.core.models import Guid, SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.payloads import PageUser, shown_guid

PAGE_LIMIT = 500
MOST_USERS = 20_000_000
"""A longer list counts as endless."""
_MARGIN_S = 2.0
"""The clocks of a subsite's servers may differ a little, and the list goes by them."""


FetchPage = Callable[[int, Guid | None], Sequence[PageUser] | None]
"""Gets a page of up to this many users after a cursor (None: the first page), or None if the cursor is gone."""


def read_list(
    fetch: FetchPage,
    *,
    start: Guid | None = None,
    advance: Callable[[int], None] = lambda _: None,
    most_users: int = MOST_USERS,
) -> list[SubsiteUser]:
    """Return all users after `start` (None: everybody) in order of creation.

    A cursor that is gone restarts the list from its beginning, once. `advance` is called with the number of new users
    in each page. Raise `SubsiteError` if the list makes no sense.
    """
    for begin in (start, None):
        users = _read_from(fetch, begin, advance, most_users)
        if users is not None:
            return users
    raise SubsiteError(
        "The list of the subsite's users broke off twice, since the user to continue from was deleted.",
        hint="Try again when nobody is deleting users.",
    )


def _read_from(
    fetch: FetchPage, start: Guid | None, advance: Callable[[int], None], most_users: int
) -> list[SubsiteUser] | None:
    merged: dict[str, SubsiteUser] = {}
    cursor = start
    limit = PAGE_LIMIT
    while True:
        page = fetch(limit, cursor)
        if page is None:
            return None
        new = _merge(page, merged)
        advance(new)
        if len(page) < limit:
            return list(merged.values())
        following = next_cursor(page)
        if not new and cursor is not None and following is not None:
            raise SubsiteError(
                "The list of the subsite's users does not come to an end: a full page contained nobody new.",
                hint="Tell the subsite's operator.",
            )
        if len(merged) > most_users:
            raise SubsiteError(
                "The list of the subsite's users does not come to an end.", hint="Check the destination."
            )
        if following is None:
            limit *= 2
        else:
            cursor = following


def next_cursor(page: Sequence[PageUser]) -> Guid | None:
    """Return the guid of the last user who is older than the page's last one; None if all share its time.

    If the last user's time is missing, that user is the cursor.
    """
    last = page[-1]
    if last.time is None:
        return last.user.guid
    for one in reversed(page):
        if one.time != last.time:
            return one.user.guid
    return None


def _merge(page: Sequence[PageUser], merged: dict[str, SubsiteUser]) -> int:
    """Add the page's users; if one comes twice, the later page counts. Return how many are new."""
    before = len(merged)
    by_guid = {str(one.user.guid): one.user for one in page}
    if len(by_guid) < len(page):
        _refuse_twins(page, by_guid)
    merged.update(by_guid)
    return len(merged) - before


def _refuse_twins(page: Sequence[PageUser], by_guid: Mapping[str, SubsiteUser]) -> None:
    for one in page:
        guid = str(one.user.guid)
        if one.user != by_guid[guid]:
            raise SubsiteError(
                f"The list of the subsite's users shows two different ones with guid {shown_guid(guid)}.",
                hint="Tell the subsite's operator.",
            )


class Newest:
    """Remembers a late user of the list who is certainly older than anything that is being sent now.

    The search for a user whose creation got no answer begins there.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._old: Guid | None = None
        self._recent: tuple[Guid, float] | None = None

    def note_listed(self, guid: Guid) -> None:
        """Note the last user of the list, read before anything was sent."""
        with self._lock:
            self._old, self._recent = guid, None

    def note_created(self, guid: Guid, now_s: float) -> None:
        """Note a user whose creation was answered."""
        with self._lock:
            self._promote(now_s)
            if self._recent is None:
                self._recent = (guid, now_s)

    def before(self, now_s: float) -> Guid | None:
        """Return a user who was there before a request sent now; None if none is known."""
        with self._lock:
            self._promote(now_s)
            return self._old

    def _promote(self, now_s: float) -> None:
        if self._recent is not None and now_s - self._recent[1] >= _MARGIN_S:
            self._old, self._recent = self._recent[0], None
