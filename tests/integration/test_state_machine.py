"""The whole sync as a state machine: random edits of both sides between runs, over the real client and the sandbox.

Runs go through faults, are killed, are refused by a fuse, are for one person or within a scope; two accounts with a
state each take turns, and the clock jumps. An honest run follows. After it everything that is not told as a problem or
warning is in sync, and the next run sends nothing. On the way every exit status is true, nobody is removed whom a row
names, nor before the grace, and a refused run forgets nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, Finding, Memory, Remembered
from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.state.store import peek_memory, peek_runs
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import User
from tests.integration.world import Run, World
from tests.keys import key

NUMBERS = st.sampled_from(["1", "01", "2", "3", "4", "a", "A"])
ADDRESSES = st.sampled_from(["a@x.test", "A@x.test", "b@x.test", "c@x.test", "d@x.test", "é@x.test", "É@x.test"])
NAMES = st.sampled_from(["Anna", "Bram", "Chloë"])
WORDS = st.sampled_from(["", "Griffier", "Jurist"])
GROUPS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
GROUP_CELLS = st.sampled_from(["", GROUPS[0], GROUPS[1], ",".join(GROUPS)])
PLACES = st.integers(0, 5)
PEOPLE = (
    ("1", "a@x.test"),
    ("2", "b@x.test"),
    ("3", "c@x.test"),
    ("04", "d@x.test"),
    ("A", "é@x.test"),
    ("", "f@x.test"),
)
CELLS = {
    "external_id": st.one_of(NUMBERS, st.just("")),
    "name": NAMES,
    "email": ADDRESSES,
    "groups": GROUP_CELLS,
    "profile.occupation": WORDS,
}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """A row of somebody, mostly with the keys that nobody else has."""
    external_id, email = draw(st.sampled_from(PEOPLE))
    drawn = {field: draw(cells) for field, cells in CELLS.items()}
    return drawn if draw(st.integers(0, 5)) == 0 else drawn | {"external_id": external_id, "email": email}


HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S
MOST_A_RUN_S = 36 * HOUR_S
WAITS_S = st.sampled_from(
    [HOUR_S, DAY_S, DAY_S, 2 * DAY_S, 30 * DAY_S, 500 * 365 * DAY_S, -DAY_S, -30 * DAY_S, -80 * 365 * DAY_S]
)
BROKEN = {
    **dict.fromkeys((Fault.UNAVAILABLE, Fault.DROP, Fault.LOSE), 0.08),
    **dict.fromkeys((Fault.TRUNCATE, Fault.BAD_GATEWAY, Fault.DROP_AFTER, Fault.SERVER_ERROR), 0.04),
    **dict.fromkeys((Fault.SERVER_ERROR_AFTER, Fault.TOO_MANY, Fault.NO_USER, Fault.EMPTY), 0.02),
    **dict.fromkeys((Fault.PLACEHOLDER, Fault.REDIRECT_AFTER, Fault.ERROR_200), 0.01),
}
LYING = dict.fromkeys((Fault.STALE, Fault.SWAPPED, Fault.WRONG_BAN, Fault.EMPTY_LIST, Fault.SHORT_LIST), 0.1)
FAULTS = st.builds(
    Faults,
    shares=st.sampled_from([BROKEN, LYING]),
    methods=st.sampled_from([frozenset[str](), frozenset({"POST", "DELETE"})]),
    retry_after_s=st.just(0),
    seed=st.integers(0, 1_000),
)
POLICIES = st.fixed_dictionaries(
    {
        "removal": st.sampled_from([None, Action.BAN, Action.DELETE, Action.DELETE]),
        "grace_s": st.sampled_from([None, DAY_S, 7 * DAY_S]),
        "only_linked": st.sampled_from([None, True, False]),
        "relink": st.booleans(),
        "reactivate": st.sampled_from([None, True, False]),
        "force": st.just(True),
        "accept": st.just(frozenset({"unused_pattern"})),
        "protect": st.sampled_from([(), (), ("d@*",)]),
        "scope": st.sampled_from([(), (), (), ("a@*", "1")]),
    }
)
NOTHING = Limit(Fraction(0))


def as_options(policy: Mapping[str, Any]) -> list[str]:
    """The policy as the command's options."""
    removal, grace_s = policy["removal"], policy["grace_s"]
    said = {name: policy[name] for name in ("force", "relink", "only_linked", "reactivate") if policy[name] is not None}
    return [
        *(f"--{name.replace('_', '-')}={str(value).lower()}" for name, value in said.items()),
        *([f"--{removal}"] if removal else []),
        *([f"--grace={grace_s:.0f}s"] if grace_s else []),
        *(f"--{name}={pattern}" for name in ("protect", "scope") for pattern in policy[name]),
    ]


def check_truth(run: Run) -> None:
    """The exit status says what the report's changes, problems and fuses show."""
    outcomes = {change["outcome"] for change in run.report["changes"]}
    assert run.report["exit_code"] == run.exit_status
    match run.exit_status:
        case 0:
            assert outcomes <= {"applied"}, run.log
            assert run.report["problems"] == []
        case 1:
            assert run.report["problems"] or outcomes - {"applied"}, run.log
        case 3:
            assert any(fuse["tripped"] for fuse in run.report["fuses"])
            assert run.writes == []
            assert outcomes <= {"not_attempted"}
        case 4:
            assert " ERROR " in run.log
        case status:
            raise AssertionError(f"exit status {status}\n{run.log}")


class Absences:
    """For how long users can have been absent at most, as one account's state may count it."""

    def __init__(self) -> None:
        self._counted: dict[str, tuple[float, float | None]] = {}

    def count(self, users: Iterable[User], named: Set[str], now_s: float | None, *, is_certain: bool) -> None:
        """Count a run at this time, None where that is not known; who is named is reset only if it surely counted."""
        for user in users:
            guid = str(user.guid)
            if is_certain and {key(user.external_id), key(user.email)} & named:
                self._counted.pop(guid, None)
            elif guid not in self._counted:
                self._counted[guid] = (0.0, now_s)
            else:
                absent_s, counted_s = self._counted[guid]
                since_s = MOST_A_RUN_S if now_s is None or counted_s is None else now_s - counted_s
                self._counted[guid] = (absent_s + min(max(since_s, 0.0), MOST_A_RUN_S), now_s)

    def at_most_s(self, guid: object) -> float:
        return self._counted.get(str(guid), (0.0, None))[0]


class SyncMachine(RuleBasedStateMachine):
    """Edits of the source, edits of the subsite, and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.world.__enter__()
        self.rows: list[dict[str, str]] = []
        self.now_s = 1_790_000_000.0
        self.absences: dict[Path, Absences] = defaultdict(Absences)

    def teardown(self) -> None:
        self.world.__exit__()

    @initialize(with_administrator=st.booleans())
    def begin(self, *, with_administrator: bool) -> None:
        for guid in GROUPS:
            self.world.sandbox.store.groups.add(guid[:4], guid=guid)
        if with_administrator:
            self.world.sandbox.store.users.add(name="Beheer", email="beheer@x.test", is_admin=True)
        for external_id, email in PEOPLE[:4]:
            row = {"external_id": external_id, "name": "Anna", "email": email, "groups": "", "profile.occupation": ""}
            self.rows.append(row)

    @rule(row=rows())
    def add_row(self, row: dict[str, str]) -> None:
        if len(self.rows) < 6:
            self.rows.append(dict(row))

    @precondition(lambda self: len(self.rows) > 1)
    @rule(place=PLACES)
    def remove_row(self, place: int) -> None:
        del self.rows[place % len(self.rows)]

    @precondition(lambda self: self.rows)
    @rule(place=PLACES, row=st.fixed_dictionaries(CELLS), field=st.sampled_from(list(CELLS)))
    def edit_row(self, place: int, row: dict[str, str], field: str) -> None:
        self.rows[place % len(self.rows)][field] = row[field]

    @precondition(lambda self: len(self.rows) > 1)
    @rule(one=PLACES, other=PLACES)
    def pass_on_addresses(self, one: int, other: int) -> None:
        first, second = self.rows[one % len(self.rows)], self.rows[other % len(self.rows)]
        first["email"], second["email"] = second["email"], first["email"]

    @rule(row=rows(), is_linked=st.booleans())
    def register_on_subsite(self, row: dict[str, str], *, is_linked: bool) -> None:
        store = self.world.sandbox.store
        external_id = row["external_id"] if is_linked and row["external_id"] else None
        if not store.users.with_email(row["email"]) and not (external_id and store.users.with_external_id(external_id)):
            store.users.add(name=row["name"], email=row["email"], external_id=external_id)

    @precondition(lambda self: self.users())
    @rule(place=PLACES)
    def ban_by_administrator(self, place: int) -> None:
        users = self.users()
        self.world.sandbox.store.ban(users[place % len(users)].guid, "Overlast")

    @precondition(lambda self: self.users())
    @rule(place=PLACES)
    def unban_by_administrator(self, place: int) -> None:
        users = self.users()
        self.world.sandbox.store.unban(users[place % len(users)].guid)

    @precondition(lambda self: self.users())
    @rule(place=PLACES, name=NAMES, address=ADDRESSES)
    def sign_in(self, place: int, name: str, address: str) -> None:
        users = self.users()
        email = users[place % len(users)].email
        holders = self.world.sandbox.store.users.with_email(address)
        if all(holder.email == email for holder in holders):
            self.world.sandbox.store.sign_in(email, address, name)

    @rule()
    def lose_the_state(self) -> None:
        self.world.state.unlink(missing_ok=True)

    @rule(name=st.sampled_from(["root", "sync"]))
    def be_another_account(self, name: str) -> None:
        self.world.state = self.world.folder / name / "state.sqlite3"

    @rule(by_s=WAITS_S)
    def wait(self, by_s: float) -> None:
        self.now_s += by_s

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, is_rehearsed=st.booleans())
    def sync(self, policy: dict[str, Any], *, is_rehearsed: bool = False) -> None:
        before = {user.guid: user for user in self.users()}
        promised = self._run(policy, dry_run=True) if is_rehearsed else None
        run = self._run(policy)
        if promised is not None:
            assert promised.writes == []
            assert [_of(change) for change in promised.report["changes"]] == [
                _of(change) for change in run.report["changes"]
            ]
        if run.exit_status == 4:
            assert "no good row" in run.log.lower() or not run.report["source"]["users"], run.log
            assert run.writes == []
            return
        self._check_answers(run)
        self._check_in_sync(run)
        if policy["removal"] is None:
            self._check_nobody_lost_access(before)
        again = self._run(policy)
        assert again.writes == []
        assert again.exit_status == run.exit_status

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, count=st.integers(2, 9))
    def sync_night_after_night(self, policy: dict[str, Any], count: int) -> None:
        for _ in range(count):
            self.now_s += DAY_S
            self._run(policy)

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, faults=FAULTS)
    def sync_through_faults(self, policy: dict[str, Any], faults: Faults) -> None:
        is_misled = faults.shares is LYING and not faults.methods
        self.world.sandbox.faults = faults
        run = self._run(policy, is_certain=False, is_misled=is_misled)
        self.world.sandbox.faults = Faults()
        if run.exit_status == 0 and not is_misled:
            self._check_in_sync(run)
        self.sync(policy)

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, after_requests=st.integers(1, 12))
    def sync_that_is_killed(self, policy: dict[str, Any], after_requests: int) -> None:
        self._write_rows()
        self.world.kill(*as_options(policy), after_requests=after_requests)
        self.absences[self.world.state].count(self.users(), set(), None, is_certain=False)
        self.sync(policy)

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES)
    def sync_that_may_be_refused(self, policy: dict[str, Any]) -> None:
        before, known = self.users(), self._memory()
        run = self._run({**policy, "force": False, "max_removals": NOTHING, "max_changes": NOTHING})
        if run.exit_status != 3:
            return
        assert self.users() == before
        after = self._memory()
        assert after.last_list == known.last_list
        assert {guid: _but_absence(user) for guid, user in known.users.items()}.items() <= {
            guid: _but_absence(user) for guid, user in after.users.items()
        }.items()

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, place=PLACES)
    def sync_one_person(self, policy: dict[str, Any], place: int) -> None:
        row = self.rows[place % len(self.rows)]
        before, known = self.users(), self._memory()
        run = self._run({**policy, "removal": None, "only": row["email"]}, is_partial=True)
        self._check_nobody_lost_access({user.guid: user for user in before})
        if run.exit_status == 4:
            return
        after = self._memory()
        assert after.last_list == known.last_list
        assert known.users.keys() <= after.users.keys()
        absences = ((known.users.get(guid, Remembered()), user) for guid, user in after.users.items())
        assert all((one.absent_s, one.counted_s) == (other.absent_s, other.counted_s) for one, other in absences)

    @invariant()
    def keys_are_unique(self) -> None:
        users = self.users()
        emails = [key(user.email) for user in users]
        assert len(set(emails)) == len(emails)

    def users(self) -> list[User]:
        return [user for user in self.world.sandbox.store.users.everybody() if not user.is_deleted]

    def _run(
        self,
        policy: Mapping[str, Any],
        *,
        is_certain: bool = True,
        is_misled: bool = False,
        is_partial: bool = False,
        dry_run: bool = False,
    ) -> Run:
        """Run the client with the rows as they are; what holds of every run is checked here.

        `is_certain` says that nothing keeps it from counting who is absent, `is_misled` that lists may be untrue.
        """
        self._write_rows()
        before = {str(user.guid): user for user in self.users()}
        timing = Timing(sleep=lambda _s: None, now_s=lambda: self.now_s)
        run = self.world.sync(timing=timing, dry_run=dry_run, **policy)
        absences = self.absences[self.world.state]
        if dry_run:
            return run
        check_truth(run)
        assert peek_runs(self.world.state, warn=_refuse)[0].exit_code == run.exit_status
        if not is_partial:
            is_certain = is_certain and run.exit_status != 4
            absences.count(before.values(), self._named(), self.now_s, is_certain=is_certain)
        for change in run.report["changes"]:
            if change["action"] in {"ban", "delete"}:
                user = before[str(change["guid"])]
                assert is_misled or not {key(user.external_id), key(user.email)} & self._named()
                assert absences.at_most_s(change["guid"]) >= (policy["grace_s"] or 0.0)
        return run

    def _write_rows(self) -> None:
        self.world.write(list[Mapping[str, str]](self.rows))

    def _named(self) -> set[str]:
        return {key(row[field]) for row in self.rows for field in ("external_id", "email")} - {""}

    def _memory(self) -> Memory:
        return peek_memory(self.world.state, subsite_url=self.world.sandbox.url, warn=_refuse)

    def _check_answers(self, run: Run) -> None:
        """Only a first create without an external_id may be refused."""
        refused = [status for status in run.statuses if status != 200]
        failed = [change for change in run.report["changes"] if change["outcome"] == "failed"]
        assert len(refused) <= 1, run.statuses
        assert all(change["action"] == "create" and not change["external_id"] for change in failed), failed

    def _check_in_sync(self, run: Run) -> None:
        failed = {change["line"] for change in run.report["changes"] if change["outcome"] != "applied"}
        told = run.lines_told() | failed
        duplicates: dict[tuple[tuple[str, str], ...], int] = {}
        for line, row in enumerate(self.rows, start=2):
            duplicates.setdefault(tuple(sorted(row.items())), line)
        for line, row in enumerate(self.rows, start=2):
            if line in told or duplicates[tuple(sorted(row.items()))] != line:
                continue
            found = [user for user in self.users() if key(user.email) == key(row["email"])]
            assert len(found) == 1, (line, row, run.log)
            user = found[0]
            assert user.name == row["name"]
            assert not user.is_banned
            if row["external_id"]:
                assert key(user.external_id) == key(row["external_id"])
            if "profile.occupation" in self._columns():
                assert user.profile.get("occupation", "") == row["profile.occupation"]
            groups = self.world.sandbox.store.groups.of_user(user.guid)
            assert set(filter(None, row["groups"].split(","))) <= set(groups)

    def _check_nobody_lost_access(self, before: Mapping[str, User]) -> None:
        active = {user.guid for user in self.users() if not user.is_banned}
        assert {guid for guid, user in before.items() if not user.is_banned} <= active

    def _columns(self) -> set[str]:
        """The columns that are not empty throughout."""
        return {field for row in self.rows for field, cell in row.items() if cell}


def _of(change: Mapping[str, Any]) -> tuple[object, ...]:
    guid = None if change["action"] == "create" else change["guid"]
    return (change["action"], change["line"], guid, change["fields"], change["groups"])


def _but_absence(user: Remembered) -> Remembered:
    return replace(user, absent_s=None, counted_s=None)


def _refuse(finding: Finding) -> None:
    raise AssertionError(finding.message)


class LongSyncMachine(SyncMachine):
    """The same, as often as the profile says."""


TestSync = SyncMachine.TestCase
TestSync.settings = settings(max_examples=40, stateful_step_count=25)
TestSyncLong = pytest.mark.slow(LongSyncMachine.TestCase)
TestSyncLong.settings = settings(stateful_step_count=25)
