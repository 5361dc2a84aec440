"""Running a plan: writes, then removals, an outcome for each change, and when nothing new is started."""

from collections.abc import Callable
from threading import Event, get_ident

import pytest

from pleio_profile_sync_client.apply.apply import Applied, apply_changes
from pleio_profile_sync_client.apply.crew import TROUBLE_LIMIT
from pleio_profile_sync_client.core.models import Answer, Change, Outcome, Refused, Status, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from tests.unit.apply.fakes import FakeSubsite, Stop, ban, create, delete, read_avatar, update

SERVER_ERROR = Refused(500, "the subsite answered with status 500 and no explanation")
NO_ID = Refused(400, "This external_id is already taken by another user.", "external_id")
PATIENCE_S = 20.0


class Run:
    """One call of `apply_changes` with all it needs, and what it told."""

    def __init__(self, *changes: Change, room: int = 1) -> None:
        self.changes = changes
        self.subsite = FakeSubsite()
        self.stop = Stop()
        self.told: list[tuple[Change, Outcome]] = []
        self.threads: set[int] = set()
        self.trouble: Exception | None = None
        self.before_removals = 0
        self.deadline_s: float | None = None
        self.clock: Callable[[], float] = lambda: 100.0
        self._room = room

    def apply(self) -> Applied:
        return apply_changes(
            self.changes,
            subsite=self.subsite,
            read_avatar=read_avatar,
            on_outcome=self._note,
            stop=self.stop,
            room=lambda: self._room,
            before_removals=self._note_removals,
            deadline_s=self.deadline_s,
            clock=self.clock,
        )

    def _note(self, change: Change, outcome: Outcome) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.threads.add(get_ident())
        self.told.append((change, outcome))

    def _note_removals(self) -> None:
        self.before_removals += 1
        self.subsite.calls.append(("before_removals", None))

    @property
    def statuses(self) -> list[Status]:
        """In the plan's order."""
        by_id = {id(change): outcome.status for change, outcome in self.told}
        return [by_id[id(change)] for change in self.changes]

    def outcome(self, change: Change) -> Outcome:
        (found,) = [outcome for other, outcome in self.told if other is change]
        return found


def test_empty_plan_is_applied_at_once() -> None:
    run = Run()
    assert run.apply() == Applied()
    assert run.told == []


@pytest.mark.parametrize("room", [1, 4, 16])
def test_every_change_gets_one_outcome_in_the_callers_thread(room: int) -> None:
    run = Run(*[update(number) for number in range(100)], *[ban(number) for number in range(100, 150)], room=room)
    assert run.apply() == Applied()
    assert run.statuses == [Status.APPLIED] * 150
    assert len(run.told) == 150
    assert run.threads == {get_ident()}
    assert run.subsite.most_per_user == 1


def test_removals_come_after_all_writes_and_are_announced_once() -> None:
    run = Run(ban("x"), update("a"), delete("y"), create("b"), update("c"), room=8)
    run.apply()
    calls = [what for what, _ in run.subsite.calls]
    announced = calls.index("before_removals")
    assert sorted(calls[:announced]) == ["create", "update", "update"]
    assert sorted(calls[announced + 1 :]) == ["ban", "delete"]
    assert run.before_removals == 1


def test_plan_without_removals_announces_none() -> None:
    run = Run(update("a"))
    run.apply()
    assert run.before_removals == 0


def test_one_users_failure_is_that_users_outcome() -> None:
    run = Run(update("a"), update("b"), ban("c"))
    run.subsite.answers["update", "a"] = SERVER_ERROR
    assert run.apply() == Applied()
    assert run.statuses == [Status.FAILED, Status.APPLIED, Status.APPLIED]


def test_what_waits_for_a_failed_change_is_not_attempted() -> None:
    run = Run(create("new", waits_for="a"), update("a", waits_for="b"), update("b"), update("c"), room=4)
    run.subsite.answers["update", "b"] = SERVER_ERROR
    run.apply()
    assert run.statuses == [Status.NOT_ATTEMPTED, Status.NOT_ATTEMPTED, Status.FAILED, Status.APPLIED]
    error = run.outcome(run.changes[1]).error
    assert error is not None
    assert "subsite user b was to give up the e-mail" in error


def test_chain_is_applied_one_after_the_other() -> None:
    run = Run(create("new", waits_for="a"), update("a", waits_for="b"), update("b", waits_for="c"), update("c"), room=8)
    run.apply()
    assert [who for _, who in run.subsite.calls] == ["c", "b", "a", "new"]


def test_further_creates_without_external_id_fail_unsent() -> None:
    run = Run(*[create(name, None) for name in "abcde"], create("f"), room=8)
    run.subsite.answers["create", "b"] = NO_ID
    run.apply()
    assert run.statuses == [Status.APPLIED, *[Status.FAILED] * 4, Status.APPLIED]
    assert sorted(who for _, who in run.subsite.calls) == ["a", "b", "f"]
    errors = [run.outcome(change).error or "" for change in run.changes[1:5]]
    assert all("map external_id to the e-mail" in error for error in errors)
    assert errors[1].startswith("Not sent")


def test_create_refused_for_its_email_does_not_fail_the_others() -> None:
    run = Run(create("a", None), create("b", None))
    run.subsite.answers["create", "a"] = Refused(400, "This e-mail is already taken.", "email")
    run.apply()
    assert run.statuses == [Status.FAILED, Status.APPLIED]


def test_unusable_subsite_ends_the_run_and_spares_the_removals() -> None:
    run = Run(update("a"), update("b"), update("c"), ban("d"))
    error = SubsiteError("the API secret was refused")
    run.subsite.answers["update", "b"] = error
    assert run.apply() == Applied(given_up=error)
    assert run.statuses == [Status.APPLIED, Status.FAILED, Status.NOT_ATTEMPTED, Status.NOT_ATTEMPTED]
    assert run.before_removals == 0
    assert run.outcome(run.changes[2]).error == "Not attempted: the run was given up."


@pytest.mark.parametrize("trouble", [SERVER_ERROR, Unavailable("status 503; tried 8 times")])
def test_twenty_changes_in_a_row_in_the_subsites_trouble_end_the_run(trouble: Answer) -> None:
    run = Run(*[update(number) for number in range(40)], ban("x"))
    for number in range(5, 40):
        run.subsite.answers["update", number] = trouble
    applied = run.apply()
    assert applied.given_up is not None
    assert str(TROUBLE_LIMIT) in str(applied.given_up)
    assert applied.given_up.hint
    counted = [run.statuses.count(status) for status in (Status.APPLIED, Status.FAILED, Status.NOT_ATTEMPTED)]
    assert counted[0] == 5
    assert counted[1] >= TROUBLE_LIMIT
    assert run.statuses[-1] is Status.NOT_ATTEMPTED


def test_nineteen_in_a_row_do_not_end_it() -> None:
    run = Run(*[update(number) for number in range(60)])
    for number in range(60):
        if number % 20:
            run.subsite.answers["update", number] = SERVER_ERROR
    assert run.apply().given_up is None


def test_refusals_of_users_do_not_end_it() -> None:
    run = Run(*[update(number) for number in range(60)])
    for number in range(60):
        run.subsite.answers["update", number] = Refused(400, "taken", "email")
    assert run.apply().given_up is None
    assert set(run.statuses) == {Status.FAILED}


def test_stop_before_the_start_attempts_nothing() -> None:
    run = Run(update("a"), ban("b"))
    run.stop.reason = "stopped by SIGTERM"
    assert run.apply() == Applied(stopped="stopped by SIGTERM")
    assert run.statuses == [Status.NOT_ATTEMPTED] * 2
    assert run.subsite.calls == []
    assert run.outcome(run.changes[0]).error == "Not attempted: stopped by SIGTERM."


def test_stop_lets_what_is_under_way_end_and_starts_nothing_new() -> None:
    run = Run(*[update(number) for number in range(50)], ban("x"))
    noticed = Event()

    def stop_now() -> None:
        run.stop.reason = "stopped by SIGINT"
        noticed.wait(PATIENCE_S)

    def clock() -> float:
        """Without a deadline, the time is asked only once a stop was noticed."""
        noticed.set()
        return 100.0

    run.subsite.answers["update", 0] = stop_now
    run.clock = clock
    assert run.apply().stopped == "stopped by SIGINT"
    assert run.statuses[0] is Status.APPLIED
    assert run.statuses[-1] is Status.NOT_ATTEMPTED
    assert run.statuses.count(Status.NOT_ATTEMPTED) > 40


def test_what_gets_no_answer_after_a_stop_is_left_after_thirty_seconds() -> None:
    run = Run(update("hangs"), update("later"))
    release = Event()
    clock_s = [100.0]

    def hang() -> None:
        run.stop.reason = "stopped by SIGTERM"
        release.wait(PATIENCE_S)

    def clock() -> float:
        clock_s[0] += 10.0
        return clock_s[0]

    run.subsite.answers["update", "hangs"] = hang
    run.clock = clock
    assert run.apply().stopped == "stopped by SIGTERM"
    outcome = run.outcome(run.changes[0])
    assert outcome.status is Status.FAILED
    assert outcome.error is not None
    assert "may have been done" in outcome.error
    assert run.statuses == [Status.FAILED, Status.NOT_ATTEMPTED]
    release.set()
    assert len(run.told) == 2


def test_nothing_new_is_started_when_the_time_is_over() -> None:
    run = Run(update("a"), ban("b"))
    run.deadline_s = 100.0
    assert run.apply() == Applied(stopped="--max-duration is over", is_out_of_time=True)
    assert run.statuses == [Status.NOT_ATTEMPTED] * 2


def test_time_that_is_over_before_the_removals_spares_them() -> None:
    run = Run(update("a"), ban("b"))
    clock_s = [0.0]
    run.deadline_s = 50.0
    run.clock = lambda: clock_s[0]

    def take_long() -> None:
        clock_s[0] = 60.0

    run.subsite.answers["update", "a"] = take_long
    assert run.apply().is_out_of_time
    assert run.statuses == [Status.APPLIED, Status.NOT_ATTEMPTED]


def test_bug_in_one_change_fails_it_and_is_told() -> None:
    run = Run(update("a"), update("b"))
    bug = ZeroDivisionError("canary")
    run.subsite.answers["update", "a"] = bug
    applied = run.apply()
    assert applied.bug is bug
    assert run.statuses == [Status.FAILED, Status.APPLIED]
    assert "canary" not in (run.outcome(run.changes[0]).error or "")


def test_error_of_the_caller_ends_the_run() -> None:
    run = Run(*[update(number) for number in range(500)])
    run.trouble = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        run.apply()
