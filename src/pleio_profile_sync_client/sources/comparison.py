"""Rows compared with each other: which of their external_ids are damaged, and which rows share a key."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.core.wording import name_places
from pleio_profile_sync_client.sources.faults import describe
from pleio_profile_sync_client.sources.values import SUSPECTS, damage_of, shape_of, shown


class Compared(Struct, frozen=True):
    """The users who are left, the rows that were skipped before, those that are skipped now, and the findings.

    `late` have no cells yet.
    """

    users: list[SourceUser]
    skipped: list[SkippedRow]
    late: list[SkippedRow] = []
    problems: list[Finding] = []
    warnings: list[Finding] = []


def compare_rows(
    users: list[SourceUser],
    skipped: list[SkippedRow],
    *,
    suspects: Collection[int],
    place: Callable[[int], str],
) -> Compared:
    """Take out rows whose external_id is damaged, and those that share a key with another row.

    `suspects` are the lines of rows whose external_id looks like a date, or like a number with decimals: it is damaged
    unless the others are like that too. Of rows that are identical in all used columns one is kept, with a warning.
    `place` names a line's place.
    """
    return _settle_duplicates(_sift_suspects(users, skipped, suspects), place)


def _sift_suspects(users: list[SourceUser], skipped: list[SkippedRow], suspects: Collection[int]) -> Compared:
    if not suspects:
        return Compared(users, skipped)
    rows: list[SourceUser | SkippedRow] = [*users, *skipped]
    external_ids = {row.external_id for row in rows if row.external_id}
    of_suspects = {row.external_id for row in rows if row.line in suspects}
    damaged = _find_damaged(external_ids, of_suspects)
    return Compared(
        [user for user in users if user.external_id not in damaged],
        [
            replace(row, external_id_damaged=row.external_id in damaged) if row.line in suspects else row
            for row in skipped
        ],
        [_as_skipped(user, "placeholder") for user in users if user.external_id in damaged],
        [_as_placeholder(user) for user in users if user.external_id in damaged],
    )


def _as_placeholder(user: SourceUser) -> Finding:
    message = describe("placeholder", user.name, user.email, user.external_id or "")
    return Finding("placeholder", message, user.line, user.external_id, place=user.place)


def _as_skipped(user: SourceUser, code: str) -> SkippedRow:
    return SkippedRow(
        user.line,
        code,
        user.external_id,
        user.email,
        external_id_damaged=code == "placeholder",
        email_valid=True,
        place=user.place,
    )


def _settle_duplicates(found: Compared, place: Callable[[int], str]) -> Compared:
    verdicts: dict[int, Finding | int] = {}
    for field in ("external_id", "email"):
        skipped: dict[str, list[int]] = defaultdict(list)
        for row in (*found.skipped, *found.late):
            if value := key(getattr(row, field)):
                skipped[value].append(row.line)
        keys = list(map(key, map(attrgetter(field), found.users)))
        for shared, group in _group_by_key(keys, found.users, skipped).items():
            _judge(field, group, skipped.get(shared, []), verdicts, place)
    return _settled(found, verdicts, place) if verdicts else found


def _group_by_key(
    keys: Sequence[str], users: Sequence[SourceUser], skipped: Collection[str]
) -> dict[str, list[SourceUser]]:
    """Return the users who share their key with another one, or with a skipped row, by that key."""
    unique = set(keys)
    if len(unique) == len(keys) and unique.isdisjoint(skipped):  # as mostly
        return {}
    shared = {value for value, count in Counter(keys).items() if value and (count > 1 or value in skipped)}
    groups: dict[str, list[SourceUser]] = defaultdict(list)
    for value, user in zip(keys, users, strict=True):
        if value in shared:
            groups[value].append(user)
    return groups


def _judge(
    field: str,
    group: Sequence[SourceUser],
    skipped: Sequence[int],
    verdicts: dict[int, Finding | int],
    place: Callable[[int], str],
) -> None:
    """Give each row of a group its problem, or, if all are the same row, the line of the one that is kept."""
    first = group[0]
    if not skipped and all(replace(user, line=first.line, place=first.place) == first for user in group):
        for user in group[1:]:
            verdicts.setdefault(user.line, first.line)
        return
    places = [place(line) for line in sorted([*(user.line for user in group), *skipped])]
    for user in group:
        if isinstance(verdicts.get(user.line), Finding):
            continue
        name = "e-mail" if field == "email" else field
        message = f"The {name} {shown(getattr(user, field))} is in {name_places(places)}. Each person needs their own."
        verdicts[user.line] = Finding(f"duplicate_{field}", message, user.line, user.external_id, place=user.place)


def _settled(found: Compared, verdicts: Mapping[int, Finding | int], place: Callable[[int], str]) -> Compared:
    users: list[SourceUser] = []
    late, problems, warnings = list(found.late), list(found.problems), list(found.warnings)
    copies: dict[int, list[int]] = defaultdict(list)
    for user in found.users:
        match verdicts.get(user.line):
            case None:
                users.append(user)
            case Finding() as problem:
                problems.append(problem)
                late.append(_as_skipped(user, problem.code))
            case first_line:
                copies[first_line].append(user.line)
    for user in users:
        if user.line in copies:
            lines = [user.line, *copies[user.line]]
            message = f"{shown(user.name)} is in {name_places(list(map(place, lines)))}; it counts once."
            second = place(lines[1]) if user.place else ""
            warnings.append(Finding("identical_rows", message, lines[1], user.external_id, place=second))
    return Compared(users, found.skipped, late, problems, warnings)


def _find_damaged(external_ids: Collection[str | None], suspects: Iterable[str | None]) -> set[str | None]:
    """Return the suspects unlike any sound external_id in shape; decimals are fine if all external_ids have them."""
    sound = [external_id for external_id in external_ids if external_id and damage_of(external_id) not in SUSPECTS]
    if not sound and all(damage_of(external_id or "") == "point_zero" for external_id in external_ids):
        return set()
    shapes = {shape_of(external_id) for external_id in sound if not external_id.isalnum()}
    return {external_id for external_id in suspects if external_id and shape_of(external_id) not in shapes}
