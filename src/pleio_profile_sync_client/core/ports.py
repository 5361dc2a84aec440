"""The seams: what the client needs from the world outside, one page of Protocols.

`sources`, `subsite`, `apply`, `state` and the tests' fakes implement them; `sync` brings them together.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from pleio_profile_sync_client.core.models import Answer, Avatar, Finding, Guid, Record, SourceReading, SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError

Warn = Callable[[Finding], None]
"""Takes a warning, to be told and to be kept for the report."""


class Progress(Protocol):
    """Shows the progress of something long; silent if nobody is watching."""

    def phase(self, what: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a phase of `total` items (None: unknown); call what is given with the number of items done since."""


class Source(Protocol):
    """An identity store that people are read from."""

    @property
    def location(self) -> str:
        """Where it is, for messages and the report."""

    def read(self, progress: Progress, ending: "Ending | None" = None) -> SourceReading:
        """Read all rows; raise `SourceError` if the source as a whole is unusable, or the run is to end first."""

    def is_changed(self) -> bool:
        """Tell whether the source has changed since it was read."""

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Check an avatar; its bytes are read only if size or mtime differ from `known`."""

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read an avatar's bytes, checked again, and describe them."""

    def close(self) -> None:
        """Close the connection for avatars."""


class Subsite(Protocol):
    """The subsite's API. `SubsiteError` ends the run; trouble with one user is an answer."""

    def list_users(self, progress: Progress) -> list[SubsiteUser]:
        """List everybody, in order of creation."""

    def create(self, record: Record) -> Answer:
        """Add a user."""

    def update(self, guid: Guid, record: Record) -> Answer:
        """Overwrite name and e-mail, and everything else in the record; un-bans (`POST /users`, observed)."""

    def unban(self, guid: Guid) -> Answer:
        """Make a user active; empties the ban's reason, an administrator's too."""

    def ban(self, guid: Guid) -> Answer:
        """Make a user inactive; the e-mail stays taken."""

    def delete(self, guid: Guid) -> Answer:
        """Anonymise a user permanently. A user who is already gone counts as done."""

    def send_avatar(self, guid: Guid, jpeg: bytes) -> Answer:
        """Replace a user's avatar; the subsite checks nothing."""

    def upload_log(self, run: str, content: str) -> Answer:
        """Add a text to the log of this run."""


class Ending(Protocol):
    """What ends a run: a signal, `--max-duration` or the subsite given up, whichever came first.

    Any code that waits, pauses or starts something asks it, from any thread.
    """

    def is_set(self) -> bool:
        """Tell whether the run is to end: start nothing new, try nothing again."""

    @property
    def reason(self) -> str:
        """The reason, for changes that were not attempted: `stopped by SIGTERM`; empty while the run is not to end."""

    def give_up(self, error: SubsiteError) -> None:
        """End the run because of the subsite, unless something else ended it before."""

    def left_s(self) -> float:
        """Return how many seconds an answer may still take; infinite if nothing ends the run."""


class Signals(Protocol):
    """SIGINT, SIGTERM and SIGHUP as a run takes them."""

    @property
    def reason(self) -> str | None:
        """The signal that came first, in words: `stopped by SIGTERM`; None if there was none."""

    @property
    def exit_status(self) -> int | None:
        """The exit status of a run that a signal stopped; None if there was none."""

    def deferred(self) -> AbstractContextManager[None]:
        """Within, a signal is noted and the run comes to its end. Before, it ends the process; after, nothing."""

    def at_once(self) -> AbstractContextManager[None]:
        """Within, it ends the process at once nevertheless: for waits that can't be cut short."""


class Slot(Protocol):
    """The right to have one request under way."""

    def answered(self, duration_s: float) -> None:
        """Note how long the answer took."""

    def congested(self) -> None:
        """Note that the subsite had too much to do: 429, 503 or a time-out."""


class Pace(Protocol):
    """Decides how many requests may be under way, by how the subsite answers."""

    def slot(self, operation: str | None) -> AbstractContextManager[Slot]:
        """Wait for a slot; only requests of one `operation` are compared; None is not measured (lists, log uploads)."""

    def hold_back(self, delay_s: float) -> None:
        """Start no request of this run for this long (`Retry-After`)."""
