"""Short ways to write rows, subsite users, readings and plans as values, and to look at what a plan holds.

The default row and the default user are the same person, without a difference.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.keys import digest, key
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Finding,
    Fuse,
    Guid,
    Memory,
    Remembered,
    Removal,
    SkippedRow,
    SourceReading,
    SourceUser,
    SubsiteUser,
    Write,
)
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Limit, Policy

SALT = b"a salt"
NOTHING_KNOWN = Memory()
A_NIGHT = Occasion(date(2026, 11, 24), "gemeente.pleio.test/profile_sync_api", is_dry_run=False)
BAN = Policy(removal=Action.BAN, only_linked=True)
DELETE = Policy(removal=Action.DELETE, only_linked=True)
NO_PROFILE: Mapping[str, str] = {}
NO_AVATARS: Mapping[int, Avatar | Finding] = {}


def row(
    line: int = 2,
    external_id: str | None = "P1",
    email: str = "anna@gemeente.test",
    name: str = "Anna de Wit",
    *,
    groups: tuple[str, ...] = (),
    profile: Mapping[str, str] = NO_PROFILE,
    avatar: str | None = None,
) -> SourceUser:
    return SourceUser(line, external_id, name, email, avatar, groups, dict(profile))


def skipped(
    line: int = 2,
    external_id: str | None = None,
    email: str | None = None,
    code: str = "missing_name",
    *,
    name: str = "",
    cells: tuple[str, ...] | None = None,
    damaged: bool = False,
) -> SkippedRow:
    """A skipped row; with `cells` a torn one. Its e-mail counts as valid when it holds one `@`."""
    if cells is not None:
        return SkippedRow(line, code, None, None, cells, is_garbled=True)
    return SkippedRow(
        line,
        code,
        external_id,
        email,
        (external_id or "", name, email or ""),
        frozenset({0, 1, 2}),
        is_garbled=code in {"control_character", "mojibake", "too_long"},
        external_id_damaged=damaged,
        email_valid=(email or "").count("@") == 1,
    )


def user(
    guid: Guid = "u1",
    external_id: str | None = "P1",
    email: str = "anna@gemeente.test",
    name: str = "Anna de Wit",
    *,
    banned: bool = False,
    profile: Mapping[str, str] = NO_PROFILE,
) -> SubsiteUser:
    return SubsiteUser(guid, external_id, name, email, banned, dict(profile))


def reading(
    *rows: SourceUser,
    skipped: Iterable[SkippedRow] = (),
    columns: Iterable[str] | None = None,
    cut_off: str | None = None,
) -> SourceReading:
    """A reading of these rows. `columns` are the fields beyond name and e-mail; by default what the rows have."""
    bad = tuple(skipped)
    if columns is None:
        columns = {f"profile.{name}" for row in rows for name in row.profile} | {"external_id"}
        columns |= {"groups"} if any(row.groups for row in rows) else set()
    return SourceReading(
        location="people.csv",
        rows=len(rows) + len(bad),
        users=rows,
        skipped=bad,
        problems=tuple(Finding(bad_row.code, f"Line {bad_row.line}", line=bad_row.line) for bad_row in bad),
        warnings=(),
        fields=frozenset({"name", "email", *columns}),
        cut_off=cut_off,
    )


def plan(
    source: SourceReading | Iterable[SourceUser],
    users: Iterable[SubsiteUser],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    *,
    memory: Memory = NOTHING_KNOWN,
    avatars: Mapping[int, Avatar | Finding] = NO_AVATARS,
    now_s: float = 0.0,
) -> Plan:
    read = source if isinstance(source, SourceReading) else reading(*source)
    matching = match_rows(read, users)
    draft = draft_plan(matching, read, memory=memory, policy=policy, avatars=avatars, now_s=now_s)
    return make_plan(draft, A_NIGHT)


def people(count: int, start: int = 1) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """So many people who are on both sides and have nothing to change."""
    numbers = range(start, start + count)
    return (
        [row(100 + n, f"N{n}", f"n{n}@gemeente.test", f"Naam {n}") for n in numbers],
        [user(f"n{n}", f"N{n}", f"n{n}@gemeente.test", f"Naam {n}") for n in numbers],
    )


def remember(guid: Guid = "u1", remembered: Remembered = Remembered(banned_by_us=True)) -> Memory:  # noqa: B008 - frozen
    return Memory({str(guid): remembered}, SALT)


def digest_of(text: str) -> bytes:
    return digest(SALT, text)


def digest_of_email(text: str) -> bytes:
    return digest(SALT, key(text))


def number(value: int) -> Limit:
    return Limit(Fraction(value))


def percent(value: str) -> Limit:
    return Limit(Fraction(value), is_percentage=True)


def writes(made: Plan) -> list[Write]:
    return [change for change in made.changes if isinstance(change, Write)]


def only_write(made: Plan) -> Write:
    (write,) = writes(made)
    return write


def written(made: Plan) -> list[tuple[str, int, Guid | None]]:
    """Action, line and guid of each write."""
    return [(write.action.value, write.line, write.guid) for write in writes(made)]


def removed(made: Plan) -> list[tuple[str, Guid]]:
    """Action and guid of each removal."""
    return [(change.action.value, change.guid) for change in made.changes if isinstance(change, Removal)]


def problems(made: Plan) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in made.problems]


def warnings(made: Plan) -> list[tuple[str, int | None]]:
    return [(warning.code, warning.line) for warning in made.warnings]


def fuse(made: Plan, name: str) -> Fuse | None:
    return next((fuse for fuse in made.fuses if fuse.fuse == name), None)


def figures(made: Plan, name: str) -> tuple[int, int, int, bool] | None:
    """Value, total, limit and whether it tripped, of one fuse; None where it does not exist."""
    found = fuse(made, name)
    return None if found is None else (found.value, found.of, found.limit, found.tripped)


def tripped(made: Plan) -> list[str]:
    return [fuse.fuse for fuse in made.fuses if fuse.tripped]
