"""Why removals are withheld: a row may be about anybody, or hide others, or whoever was to be protected is not."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import Removal, SkippedRow, SourceReading, SourceUser
from pleio_profile_sync_client.core.patterns import find_unused
from pleio_profile_sync_client.core.places import place_of
from pleio_profile_sync_client.core.policy import Policy


class Doubts(Struct, frozen=True):
    """The reasons, in words: those that concern everybody, and those for users without an external_id alone."""

    of_all: tuple[str, ...] = ()
    of_unlinked: tuple[str, ...] = ()

    def about(self, removal: Removal) -> tuple[str, ...]:
        """Return why this removal is withheld; none where nothing speaks against it."""
        return self.of_all if self.of_all or removal.external_id else self.of_unlinked


def find_doubts(reading: SourceReading, matching: Matching, policy: Policy, removals: Sequence[Removal]) -> Doubts:
    """Return why these removals are withheld, `--force` aside."""
    if not removals:
        return Doubts()
    open_rows = [row for row in reading.skipped if row.code == "bad_quotes" or row.line not in matching.explained]
    return Doubts(
        (
            *reading.doubts,
            *([f"the file looks cut off ({reading.cut_off})"] if reading.cut_off else []),
            *_no_external_ids(reading, removals),
            *_unused_protections(policy, matching),
            *(f"{place_of(row)} ({row.code}) {why}" for row in open_rows if (why := _why_anybody(row))),
        ),
        tuple(
            f"{place_of(row)} ({row.code}) has no valid e-mail, by which alone whoever has no external_id is known"
            for row in open_rows
            if not row.email_valid
        ),
    )


def _no_external_ids(reading: SourceReading, removals: Sequence[Removal]) -> Iterator[str]:
    rows: tuple[SourceUser | SkippedRow, ...] = (*reading.users, *reading.skipped)
    if any(removal.external_id for removal in removals) and not any(row.external_id for row in rows):
        yield "the source has no external_ids, so whoever has another e-mail now is in no row"


def _unused_protections(policy: Policy, matching: Matching) -> Iterator[str]:
    if "unused_pattern" not in policy.accept:
        for glob in find_unused(policy.protect, matching.directory.users):
            yield f"--protect {glob} matches nobody, so whoever is meant is not protected"


def _why_anybody(row: SkippedRow) -> str:
    """Return why a row whose person no trace tells may be about anybody, or hide others."""
    if row.code == "bad_quotes":
        return "may hide other rows"
    if row.is_garbled:
        return "is torn or garbled, and nothing in it tells whose it is"
    if row.external_id_damaged:
        return "has a damaged external_id, and nothing else tells whose it is"
    if not row.external_id and not row.email_valid:
        return "has neither an external_id nor a valid e-mail"
    return ""
