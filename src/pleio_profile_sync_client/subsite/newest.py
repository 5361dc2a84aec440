"""Who was on the subsite before a request was sent: where to begin looking for a user whose creation got no answer."""

from threading import Lock

from pleio_profile_sync_client.core.models import Guid

_MARGIN_S = 2.0
"""The clocks of a subsite's servers may differ a little, and the list goes by them."""


class Newest:
    """Remembers a late user of the list who is certainly older than what is being sent now."""

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
