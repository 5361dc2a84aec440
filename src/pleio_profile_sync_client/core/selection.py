"""What of a plan concerns one person: `--only KEY`, and what that waits for."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, keys_of_match, keys_of_skipped
from pleio_profile_sync_client.core.models import Finding, Guid, SkippedRow, SubsiteUser


class Selection(Struct, frozen=True):
    """The lines and the key that `--only` selects."""

    wanted: str
    lines: frozenset[int]

    def has_line(self, line: int | None) -> bool:
        """Tell whether what belongs to this line stays; what belongs to no line does."""
        return line is None or line in self.lines

    def has_keys(self, external_id: str | None, email: str) -> bool:
        """Tell whether one of the two is the key."""
        return self.wanted in (key(external_id), key(email))

    def has_user(self, user: SubsiteUser) -> bool:
        """Tell whether a subsite user has the key."""
        return self.has_keys(user.external_id, user.email)

    def has_finding(self, finding: Finding, users: Mapping[Guid, SubsiteUser]) -> bool:
        """Tell whether a problem or warning concerns the key, or the run as a whole. `users` are the subsite's."""
        if finding.line is not None or finding.guid is None:
            return self.has_line(finding.line)
        return finding.guid not in users or self.has_user(users[finding.guid])


def select(only: str, matches: Iterable[Match], skipped: Iterable[SkippedRow], waits: Mapping[int, int]) -> Selection:
    """Return the selection for an external_id or e-mail, of the row or of the subsite user, with what it waits for.

    `waits` says which line waits for which other one.
    """
    wanted = key(only)
    lines = {match.row.line for match in matches if wanted in keys_of_match(match)}
    lines.update(row.line for row in skipped if wanted in keys_of_skipped(row))
    for line in tuple(lines):
        while line in waits:
            line = waits[line]  # noqa: PLW2901 -- one after the other
            lines.add(line)
    return Selection(wanted, frozenset(lines))
