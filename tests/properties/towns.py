"""A town of people who are on both sides, and what happens to the file that an export makes of them.

Person N has the account `uN`. A file is a list of records; `file_of` is the one of last night.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Memory, SkippedRow, SourceReading, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Policy
from tests.keys import key
from tests.model_subsite import ModelSubsite, apply_plan
from tests.unit.core.builders import A_NIGHT


@dataclass(frozen=True)
class Cells:
    """One record of a file."""

    external_id: str
    name: str
    email: str
    functie: str

    def to_row(self, line: int) -> SourceUser:
        return SourceUser(line, self.external_id or None, self.name, self.email, None, (), {"functie": self.functie})


def spelled(number: int) -> str:
    """Return a number as a name: one with a digit in it looks damaged."""
    return str(number).translate(str.maketrans("0123456789", "abcdefghij")).capitalize()


def person(number: int, town: str = "gemeente") -> Cells:
    external_id = f"{number:06}"
    return Cells(
        external_id, f"Naam {spelled(number)} van {town}", f"naam{number}@{town}.test", f"Functie {number % 7}"
    )


def file_of(size: int, town: str = "gemeente") -> list[Cells]:
    return [person(number, town) for number in range(1, size + 1)]


def accounts_of(size: int) -> tuple[SubsiteUser, ...]:
    """The accounts of a town, as last night's run left them."""
    return tuple(
        SubsiteUser(f"u{number}", one.external_id, one.name, one.email, False, {"functie": one.functie})
        for number, one in enumerate(file_of(size), start=1)
    )


def read(records: Iterable[Cells]) -> SourceReading:
    """Read records as a source does: without a name or an e-mail with one `@` a row is skipped, doubled ones too."""
    listed = list(records)
    external_ids = _doubled(one.external_id for one in listed)
    emails = _doubled(one.email for one in listed)
    good: list[SourceUser] = []
    bad: list[SkippedRow] = []
    for line, one in enumerate(listed, start=2):
        code = _problem(one, external_ids, emails)
        if code is None:
            good.append(one.to_row(line))
        else:
            cells = (one.external_id, one.name, one.email)
            own = frozenset(range(len(cells)))
            is_valid = one.email.count("@") == 1
            bad.append(SkippedRow(line, code, one.external_id or None, one.email, cells, own, email_valid=is_valid))
    fields = frozenset({"external_id", "name", "email", "profile.functie"})
    return SourceReading("x", len(listed), tuple(good), tuple(bad), (), (), fields)


def _doubled(keys: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    doubled: set[str] = set()
    for one in map(key, keys):
        (doubled if one in seen else seen).add(one)
    return doubled - {""}


def _problem(one: Cells, external_ids: set[str], emails: set[str]) -> str | None:
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("missing_name", lambda: not one.name),
        ("missing_email", lambda: not one.email),
        ("invalid_email", lambda: one.email.count("@") != 1),
        ("duplicate_external_id", lambda: key(one.external_id) in external_ids),
        ("duplicate_email", lambda: key(one.email) in emails),
    ]
    return next((code for code, is_so in checks if is_so()), None)


@dataclass(frozen=True)
class Night:
    """What one run did to the accounts: the plan, and the accounts after it."""

    plan: Plan
    subsite: ModelSubsite
    size: int

    @property
    def tripped(self) -> set[str]:
        return {fuse.fuse for fuse in self.plan.fuses if fuse.tripped}

    @property
    def removed(self) -> int:
        """How many of the town's accounts can no longer be used."""
        accounts = self.subsite.accounts
        return sum(f"u{n}" not in accounts or accounts[f"u{n}"].is_banned for n in range(1, self.size + 1))

    @property
    def handed_over(self) -> int:
        """How many accounts carry another person's address, who would become that user at the next sign-in."""
        owners = {person(number).email: f"u{number}" for number in range(1, self.size + 1)}
        return sum(
            owners.get(key(account.email), account.guid) != account.guid for account in self.subsite.accounts.values()
        )


def run(
    records: Iterable[Cells], accounts: Iterable[SubsiteUser], policy: Policy, memory: Memory | None = None
) -> Night:
    """Plan a night, and carry it out unless a fuse trips, or no row is good (that ends a run before its plan)."""
    users = tuple(accounts)
    remembered = memory or Memory()
    reading = read(records)
    matching = match_rows(reading, users)
    draft = draft_plan(matching, reading, memory=remembered, policy=policy, avatars={}, now_s=0.0)
    plan = make_plan(draft, A_NIGHT)
    subsite = ModelSubsite(users, ("functie",))
    is_refused = not policy.force and any(fuse.tripped for fuse in plan.fuses)
    if reading.users and not is_refused:
        applied = apply_plan(subsite, plan, remembered, now_s=0.0, seed=len(users))
        assert not applied.refused
    return Night(plan, subsite, sum(str(user.guid).startswith("u") for user in users))
