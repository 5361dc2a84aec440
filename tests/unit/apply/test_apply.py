"""Running a plan: writes, then removals, an outcome for each change, and when nothing new is started."""

from functools import partial
from threading import Event, get_ident
from threading import enumerate as enumerate_threads

import pytest

from pleio_profile_sync_client.apply.apply import apply_changes
from pleio_profile_sync_client.apply.changes import carry_out
from pleio_profile_sync_client.core.models import Answer, Change, Outcome, Refused, Status, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.patience import PATIENCE_S, until
from tests.signals import FakeSignals
from tests.unit.apply.fakes import FakeSubsite, ban, create, delete, nobody, read_avatar, update

SERVER_ERROR = Refused(500, "the subsite answered with status 500 and no explanation")
NO_ID = Refused(400, "This external_id is already taken by another user.", "external_id")


class Run:
    """One call of `apply_changes` with all it needs, and what it told."""

    def __init__(self, *changes: Change, room: int = 1, deadline_s: float | None = None) -> None:
        self.changes = changes
        self.subsite = FakeSubsite()
        self.signals = FakeSignals()
        self.clock_s = 100.0
        self.ending = RunEnding(self.signals, deadline_s=deadline_s, clock=self._clock)
        self.told: list[tuple[Change, Outcome]] = []
        self.has_told = Event()
        self.threads: set[int] = set()
        self.trouble: Exception | None = None
        self.before_removals = 0
        self._room = room

    def apply(self) -> bool:
        return apply_changes(
            self.changes,
            partial(carry_out, subsite=self.subsite, read_avatar=read_avatar, find_holder=nobody),
            on_outcome=self._note,
            ending=self.ending,
            room=lambda: self._room,
            before_removals=self._note_removals,
        )

    def _clock(self) -> float:
        return self.clock_s

    def _note(self, change: Change, outcome: Outcome) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.threads.add(get_ident())
        self.told.append((change, outcome))
        self.has_told.set()

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
    assert run.apply()
    assert run.told == []


@pytest.mark.parametrize("room", [1, 4, 16])
def test_every_change_gets_one_outcome_in_the_callers_thread(room: int) -> None:
    run = Run(*[update(number) for number in range(100)], *[ban(number) for number in range(100, 150)], room=room)
    assert run.apply()
    assert run.statuses == [Status.APPLIED] * 150
    assert len(run.told) == 150
    assert run.threads == {get_ident()}
    assert run.subsite.most_per_user == 1


def test_an_outcome_is_told_while_another_change_is_under_way() -> None:
    run = Run(update("slow"), update("quick"), room=2)
    were_told: list[bool] = []
    run.subsite.answers["update", "slow"] = lambda: were_told.append(run.has_told.wait(PATIENCE_S))
    assert run.apply()
    assert were_told == [True]


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
    assert run.apply()
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
    assert errors[1].startswith("not sent")


def test_create_refused_for_its_email_does_not_fail_the_others() -> None:
    run = Run(create("a", None), create("b", None))
    run.subsite.answers["create", "a"] = Refused(400, "This e-mail is already taken.", "email")
    run.apply()
    assert run.statuses == [Status.FAILED, Status.APPLIED]


def test_unusable_subsite_ends_the_run_and_spares_the_removals() -> None:
    run = Run(update("a"), update("b"), update("c"), ban("d"))
    error = SubsiteError("the API secret was refused")

    def give_up() -> Answer:
        run.ending.give_up(error)
        raise error

    run.subsite.answers["update", "b"] = give_up
    assert not run.apply()
    assert run.statuses == [Status.APPLIED, Status.FAILED, Status.NOT_ATTEMPTED, Status.NOT_ATTEMPTED]
    assert run.before_removals == 0
    assert run.outcome(run.changes[2]).error == "not sent: the run was given up"


@pytest.mark.parametrize("trouble", [SERVER_ERROR, Unavailable("status 503; tried 8 times")])
def test_twenty_changes_in_a_row_in_the_subsites_trouble_end_the_run(trouble: Answer) -> None:
    run = Run(*[update(number) for number in range(40)], ban("x"))
    for number in range(5, 40):
        run.subsite.answers["update", number] = trouble
    assert not run.apply()
    assert run.ending.error is not None
    assert str(run.ending.error).startswith("20 changes in a row failed because of the subsite")
    assert run.ending.error.hint
    counted = [run.statuses.count(status) for status in (Status.APPLIED, Status.FAILED, Status.NOT_ATTEMPTED)]
    assert counted == [5, 20, 16]
    assert run.statuses[-1] is Status.NOT_ATTEMPTED


def test_twenty_that_are_the_last_ones_end_it_too() -> None:
    run = Run(*[update(number) for number in range(20)])
    for number in range(20):
        run.subsite.answers["update", number] = SERVER_ERROR
    assert not run.apply()
    assert run.ending.error is not None


def test_nineteen_in_a_row_do_not_end_it() -> None:
    run = Run(*[update(number) for number in range(60)])
    for number in range(60):
        if number % 20:
            run.subsite.answers["update", number] = SERVER_ERROR
    assert run.apply()
    assert not run.ending.is_set()


def test_refusals_of_users_do_not_end_it() -> None:
    run = Run(*[update(number) for number in range(60)])
    for number in range(60):
        run.subsite.answers["update", number] = Refused(400, "taken", "email")
    assert run.apply()
    assert set(run.statuses) == {Status.FAILED}
    assert not run.ending.is_set()


def test_stop_before_the_start_attempts_nothing() -> None:
    run = Run(update("a"), ban("b"))
    run.signals.reason = "stopped by SIGTERM"
    assert not run.apply()
    assert run.statuses == [Status.NOT_ATTEMPTED] * 2
    assert run.subsite.calls == []
    assert run.outcome(run.changes[0]).error == "not sent: stopped by SIGTERM"


def test_stop_lets_what_is_under_way_end_and_starts_nothing_new() -> None:
    run = Run(*[update(number) for number in range(50)], ban("x"))

    def stop_now() -> None:
        run.signals.reason = "stopped by SIGINT"

    run.subsite.answers["update", 0] = stop_now
    assert not run.apply()
    assert run.statuses[0] is Status.APPLIED
    assert run.statuses[-1] is Status.NOT_ATTEMPTED
    assert run.statuses.count(Status.NOT_ATTEMPTED) > 40


@pytest.mark.parametrize("reason", ["a signal", "the time"])
def test_what_gets_no_answer_is_left_thirty_seconds_after_the_end_began(reason: str) -> None:
    run = Run(update("hangs"), update("later"), deadline_s=150.0)
    release = Event()

    def hang() -> None:
        if reason == "a signal":
            run.signals.reason = "stopped by SIGTERM"
        else:
            run.clock_s = 151.0
        assert run.ending.is_set()
        run.clock_s += 31.0
        release.wait(PATIENCE_S)

    run.subsite.answers["update", "hangs"] = hang
    assert not run.apply()
    outcome = run.outcome(run.changes[0])
    assert outcome.status is Status.FAILED
    assert outcome.error is not None
    assert "may have been done" in outcome.error
    assert run.statuses == [Status.FAILED, Status.NOT_ATTEMPTED]
    release.set()
    assert len(run.told) == 2


def test_nothing_new_is_started_when_the_time_is_up() -> None:
    run = Run(update("a"), ban("b"), deadline_s=100.0)
    assert not run.apply()
    assert run.statuses == [Status.NOT_ATTEMPTED] * 2
    assert run.outcome(run.changes[0]).error == "not sent: --max-duration has run out"


def test_time_that_is_up_before_the_removals_spares_them() -> None:
    run = Run(update("a"), ban("b"), deadline_s=150.0)

    def take_long() -> None:
        run.clock_s = 160.0

    run.subsite.answers["update", "a"] = take_long
    assert not run.apply()
    assert run.statuses == [Status.APPLIED, Status.NOT_ATTEMPTED]


def test_time_that_is_up_when_all_is_done_cuts_nothing_short() -> None:
    run = Run(update("a"), ban("b"), deadline_s=150.0)

    def take_long() -> None:
        run.clock_s = 160.0

    run.subsite.answers["ban", "b"] = take_long
    assert run.apply()
    assert run.statuses == [Status.APPLIED] * 2


def test_change_that_the_end_cut_off_is_left_out() -> None:
    run = Run(update("a"))

    def cut_off() -> Answer:
        run.signals.reason = "stopped by SIGTERM"
        return Unavailable("status 503; not tried again: stopped by SIGTERM", maybe_done=False)

    run.subsite.answers["update", "a"] = cut_off
    assert not run.apply()
    assert run.statuses == [Status.FAILED]


def test_bug_in_one_change_fails_it_and_is_told() -> None:
    run = Run(update("a"), update("b"))
    bug = ZeroDivisionError("canary")
    run.subsite.answers["update", "a"] = bug
    with pytest.raises(ZeroDivisionError) as raised:
        run.apply()
    assert raised.value is bug
    assert run.statuses == [Status.FAILED, Status.APPLIED]
    assert "canary" not in (run.outcome(run.changes[0]).error or "")


def test_error_of_the_caller_ends_the_run_and_nothing_more_is_sent() -> None:
    run = Run(update("first"), update("second"), update("third"), room=0)
    run.trouble = OSError("disk full")
    has_raised = Event()
    run.subsite.answers["update", "second"] = lambda: until(has_raised.is_set)
    with pytest.raises(OSError, match="disk full"):
        run.apply()
    has_raised.set()
    until(lambda: not any(thread.name == "apply" for thread in enumerate_threads()))
    assert run.subsite.calls == [("update", "first"), ("update", "second")]
