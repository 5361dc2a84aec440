"""Rows that share an external_id or an e-mail: none of them can be trusted, unless they are the same row again."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.core.wording import name_places
from pleio_profile_sync_client.sources.findings import describe_duplicate, shown


class Settled(Struct, frozen=True):
    """The users who are left, the rows that are skipped as duplicates, and what is to be said."""

    users: list[SourceUser]
    skipped: list[SkippedRow]
    problems: list[Finding]
    warnings: list[Finding]


def settle_duplicates(
    users: list[SourceUser],
    skipped: Sequence[tuple[str, str, int]],
    *,
    place: Callable[[int], str],
) -> Settled:
    """Take out rows that share a key with another row.

    `skipped` are the keys of external_id and e-mail, and the line, of the rows that can be read but are skipped for a
    problem of their own. Rows that are identical in all columns that are used stay once, with a warning. `place` names
    a line's place.
    """
    external_ids = [key(user.external_id) for user in users if user.external_id]
    external_ids += [external_id for external_id, _, _ in skipped if external_id]
    emails = [key(user.email) for user in users]
    emails += [email for _, email, _ in skipped if email]
    verdicts: dict[int, Finding | int] = {}
    if len(set(external_ids)) < len(external_ids):
        _judge_all("external_id", _grouped(users, external_ids, "external_id"), skipped, verdicts, place)
    if len(set(emails)) < len(emails):
        _judge_all("email", _grouped(users, emails, "email"), skipped, verdicts, place)
    return _settled(users, verdicts, place) if verdicts else Settled(users, [], [], [])


def _grouped(users: Sequence[SourceUser], keys: Sequence[str], field: str) -> dict[str, list[SourceUser]]:
    """Return the users whose key occurs more than once in `keys`, by that key."""
    shared = {value for value, count in Counter(keys).items() if count > 1}
    groups: dict[str, list[SourceUser]] = defaultdict(list)
    for user in users:
        value = key(user.external_id if field == "external_id" else user.email)
        if value in shared:
            groups[value].append(user)
    return groups


def _judge_all(
    field: str,
    groups: Mapping[str, Sequence[SourceUser]],
    skipped: Sequence[tuple[str, str, int]],
    verdicts: dict[int, Finding | int],
    place: Callable[[int], str],
) -> None:
    lines: dict[str, list[int]] = defaultdict(list)
    for external_id, email, line in skipped:
        lines[external_id if field == "external_id" else email].append(line)
    for value, group in groups.items():
        _judge(field, group, lines.get(value, []), verdicts, place)


def _judge(
    field: str,
    group: Sequence[SourceUser],
    skipped: Sequence[int],
    verdicts: dict[int, Finding | int],
    place: Callable[[int], str],
) -> None:
    """Give each row of a group its problem, or, where all are the same row, the line of the one that stays."""
    first = group[0]
    if not skipped and all(replace(user, line=first.line, place=first.place) == first for user in group):
        for user in group[1:]:
            verdicts.setdefault(user.line, first.line)
        return
    places = [place(line) for line in sorted([*(user.line for user in group), *skipped])]
    for user in group:
        if isinstance(verdicts.get(user.line), Finding):
            continue
        value = user.external_id if field == "external_id" else user.email
        message = describe_duplicate("e-mail" if field == "email" else field, value or "", places)
        verdicts[user.line] = Finding(f"duplicate_{field}", message, user.line, user.external_id, place=user.place)


def _settled(users: Sequence[SourceUser], verdicts: dict[int, Finding | int], place: Callable[[int], str]) -> Settled:
    settled = Settled([], [], [], [])
    copies: dict[int, list[int]] = defaultdict(list)
    for user in users:
        match verdicts.get(user.line):
            case None:
                settled.users.append(user)
            case Finding() as problem:
                settled.problems.append(problem)
                settled.skipped.append(
                    SkippedRow(
                        user.line, problem.code, user.external_id, user.email, email_valid=True, place=user.place
                    )
                )
            case first_line:
                copies[first_line].append(user.line)
    for user in settled.users:
        if user.line in copies:
            lines = [user.line, *copies[user.line]]
            message = f"{shown(user.name)} is in {name_places(list(map(place, lines)))}; it counts once."
            second = place(lines[1]) if user.place else ""
            settled.warnings.append(Finding("identical_rows", message, lines[1], user.external_id, place=second))
    return settled
