"""External_ids that look like dates, or like numbers with decimals: damaged, unless the others are so too."""

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.sources.findings import describe
from pleio_profile_sync_client.sources.spreadsheets import SUSPECTS, damage_of, shape_of


class Sifted(Struct, frozen=True):
    """The users who are left, the rows that were skipped already, and the users who have to be now."""

    users: list[SourceUser]
    skipped: list[SkippedRow]
    damaged: list[SourceUser]


def sift_suspects(users: list[SourceUser], skipped: list[SkippedRow], suspects: Collection[int]) -> Sifted:
    """Tell damaged external_ids from those that are as they should be; `suspects` are the lines of all in doubt."""
    if not suspects:
        return Sifted(users, skipped, [])
    rows: list[SourceUser | SkippedRow] = [*users, *skipped]
    external_ids = {row.external_id for row in rows if row.external_id}
    of_suspects = {row.external_id for row in rows if row.line in suspects}
    damaged = _find_damaged(external_ids, of_suspects)
    return Sifted(
        [user for user in users if user.external_id not in damaged],
        [
            replace(row, external_id_damaged=row.external_id in damaged) if row.line in suspects else row
            for row in skipped
        ],
        [user for user in users if user.external_id in damaged],
    )


def as_placeholder(user: SourceUser) -> tuple[SkippedRow, Finding]:
    """Return what a good row becomes whose external_id is damaged, without its cells."""
    message = describe("placeholder", user.name, user.email, user.external_id or "")
    row = SkippedRow(
        user.line,
        "placeholder",
        user.external_id,
        user.email,
        external_id_damaged=True,
        email_valid=True,
        place=user.place,
    )
    return row, Finding("placeholder", message, user.line, user.external_id, place=user.place)


def _find_damaged(external_ids: Collection[str | None], suspects: Iterable[str | None]) -> set[str | None]:
    """Return the suspects whose shape no external_id has that is none; decimals are fine where all have them."""
    sound = [external_id for external_id in external_ids if external_id and damage_of(external_id) not in SUSPECTS]
    if not sound and all(damage_of(external_id or "") == "point_zero" for external_id in external_ids):
        return set()
    shapes = {shape_of(external_id) for external_id in sound if not external_id.isalnum()}
    return {external_id for external_id in suspects if external_id and shape_of(external_id) not in shapes}
