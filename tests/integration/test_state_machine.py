"""The whole sync as a state machine: random edits of both sides between runs, over the real client and the sandbox.

Some runs go through faults, some are killed; a quiet one follows. After each quiet run everything that is not told as a
problem or warning is in sync, and the next run sends nothing.
"""

from collections.abc import Mapping
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Action
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import User
from tests.integration.world import Run, World

NUMBERS = st.sampled_from(["1", "01", "2", "3", "4", "a", "A"])
ADDRESSES = st.sampled_from(["a@x.test", "A@x.test", "b@x.test", "c@x.test", "d@x.test", "é@x.test", "É@x.test"])
NAMES = st.sampled_from(["Anna", "Bram", "Chloë"])
WORDS = st.sampled_from(["", "Griffier", "Jurist"])
GROUPS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
GROUP_CELLS = st.sampled_from(["", GROUPS[0], GROUPS[1], ",".join(GROUPS)])
PLACES = st.integers(0, 5)
ROWS = st.fixed_dictionaries(
    {
        "external_id": st.one_of(NUMBERS, st.just("")),
        "name": NAMES,
        "email": ADDRESSES,
        "groups": GROUP_CELLS,
        "profile.occupation": WORDS,
    }
)
SHARES = {Fault.UNAVAILABLE: 0.1, Fault.DROP: 0.1, Fault.LOSE: 0.1, Fault.TRUNCATE: 0.05, Fault.BAD_GATEWAY: 0.05}
POLICIES = st.fixed_dictionaries(
    {
        "removal": st.sampled_from([None, Action.BAN, Action.DELETE]),
        "only_linked": st.sampled_from([None, True, False]),
        "relink": st.booleans(),
        "reactivate": st.sampled_from([None, True, False]),
        "force": st.just(True),
        "protect": st.sampled_from([(), ("d@*",)]),
    }
)


def as_options(policy: Mapping[str, Any]) -> list[str]:
    """The policy as the command's options."""
    removal, patterns = policy["removal"], policy["protect"]
    said = {name: policy[name] for name in ("force", "relink", "only_linked", "reactivate") if policy[name] is not None}
    return [
        *(f"--{name.replace('_', '-')}={str(value).lower()}" for name, value in said.items()),
        *([f"--{removal}"] if removal else []),
        *(f"--protect={pattern}" for pattern in patterns),
    ]


class SyncMachine(RuleBasedStateMachine):
    """Edits of the source, edits of the subsite, and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.world.__enter__()
        self.rows: list[dict[str, str]] = []

    def teardown(self) -> None:
        self.world.__exit__()

    @initialize(with_administrator=st.booleans())
    def begin(self, *, with_administrator: bool) -> None:
        for guid in GROUPS:
            self.world.sandbox.store.groups.add(guid[:4], guid=guid)
        if with_administrator:
            self.world.sandbox.store.users.add(name="Beheer", email="beheer@x.test", is_admin=True)

    @rule(row=ROWS)
    def add_row(self, row: dict[str, str]) -> None:
        if len(self.rows) < 6:
            self.rows.append(dict(row))

    @precondition(lambda self: len(self.rows) > 1)
    @rule(place=PLACES)
    def remove_row(self, place: int) -> None:
        del self.rows[place % len(self.rows)]

    @precondition(lambda self: self.rows)
    @rule(
        place=PLACES, row=ROWS, field=st.sampled_from(["external_id", "name", "email", "groups", "profile.occupation"])
    )
    def edit_row(self, place: int, row: dict[str, str], field: str) -> None:
        self.rows[place % len(self.rows)][field] = row[field]

    @precondition(lambda self: len(self.rows) > 1)
    @rule(one=PLACES, other=PLACES)
    def pass_on_addresses(self, one: int, other: int) -> None:
        first, second = self.rows[one % len(self.rows)], self.rows[other % len(self.rows)]
        first["email"], second["email"] = second["email"], first["email"]

    @rule(row=ROWS, is_linked=st.booleans())
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

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES)
    def sync(self, policy: dict[str, Any]) -> None:
        self.world.write(list[Mapping[str, str]](self.rows))
        before = {user.guid: user for user in self.users()}
        run = self.world.sync(**policy)
        if run.exit_status == 4:
            assert "no good row" in run.log.lower() or not run.report["source"]["users"], run.log
            assert run.writes == []
            return
        self._check_answers(run)
        self._check_in_sync(run)
        self._check_nobody_named_is_removed(run, before)
        if policy["removal"] is None:
            self._check_nobody_lost_access(before)
        again = self.world.sync(**policy)
        if 400 in run.statuses and ("POST", "/users", 200) in again.writes:
            again = self.world.sync(
                **policy
            )  # that create's obstacle, a user without an external_id, was removed after it
        else:
            assert again.exit_status == run.exit_status
        refused = [write for write in again.writes if write[2] == 400]
        assert len(again.writes) == len(refused) <= 1, again.writes

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, seed=st.integers(0, 1_000))
    def sync_through_faults(self, policy: dict[str, Any], seed: int) -> None:
        self.world.write(list[Mapping[str, str]](self.rows))
        self.world.sandbox.faults = Faults(shares=SHARES, retry_after_s=0, seed=seed)
        self.world.sync(**policy)
        self.world.sandbox.faults = Faults()
        self.sync(policy)

    @precondition(lambda self: self.rows)
    @rule(policy=POLICIES, after_requests=st.integers(1, 12))
    def sync_that_is_killed(self, policy: dict[str, Any], after_requests: int) -> None:
        self.world.write(list[Mapping[str, str]](self.rows))
        self.world.kill(*as_options(policy), after_requests=after_requests)
        self.sync(policy)

    @invariant()
    def keys_are_unique(self) -> None:
        users = self.users()
        emails = [key(user.email) for user in users]
        assert len(set(emails)) == len(emails)

    def users(self) -> list[User]:
        return [user for user in self.world.sandbox.store.users.everybody() if not user.is_deleted]

    def _check_answers(self, run: Run) -> None:
        """Only a first create without an external_id may be refused."""
        refused = [status for status in run.statuses if status != 200]
        failed = [change for change in run.report["changes"] if change["outcome"] == "failed"]
        assert len(refused) <= 1, run.statuses
        assert all(change["action"] == "create" and not change["external_id"] for change in failed), failed

    def _check_in_sync(self, run: Run) -> None:
        failed = {change["line"] for change in run.report["changes"] if change["outcome"] != "applied"}
        told = run.lines_told() | failed
        duplicates = {tuple(sorted(row.items())): line for line, row in enumerate(self.rows, start=2)}
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

    def _check_nobody_named_is_removed(self, run: Run, before: Mapping[str, User]) -> None:
        named = {key(row["external_id"]) for row in self.rows} | {key(row["email"]) for row in self.rows}
        named.discard("")
        for change in run.report["changes"]:
            if change["action"] in ("ban", "delete"):
                user = before[change["guid"]]
                assert not {key(user.external_id), key(user.email)} & named

    def _check_nobody_lost_access(self, before: Mapping[str, User]) -> None:
        active = {user.guid for user in self.users() if not user.is_banned}
        assert {guid for guid, user in before.items() if not user.is_banned} <= active

    def _columns(self) -> set[str]:
        """The columns that are not empty throughout."""
        return {field for row in self.rows for field, cell in row.items() if cell}


TestSync = SyncMachine.TestCase
TestSync.settings = settings(stateful_step_count=25)
