"""The exit status of a run: of all that fit, the first in the order of the command's documentation."""

from datetime import UTC, datetime
from itertools import product

import pytest

from pleio_profile_sync_client.core.models import Action, Finding, Fuse, Removal
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.errors import EXIT_MEANINGS, SubsiteError
from pleio_profile_sync_client.sync.result import RunResult

FUSE = Fuse("removals", 9, 10, 1, tripped=True)
PROBLEM = Finding("missing_email", "no e-mail", 2)
WHATEVER = [*product([None, 129, 130, 143], [False, True], [False, True], [False, True])]


def a_result(
    stopped: int | None = None,
    *,
    is_given_up: bool = False,
    is_refused: bool = False,
    has_problems: bool = False,
    dry_run: bool = False,
) -> RunResult:
    result = RunResult("run", datetime(2026, 11, 24, tzinfo=UTC), dry_run=dry_run, force=False)
    result.plan = Plan(
        changes=(),
        problems=(PROBLEM,) if has_problems else (),
        warnings=(),
        fuses=(FUSE,),
        unchanged=0,
        withheld=frozenset(),
        waiting=(),
        memos=(),
        absences={},
        refusing=(FUSE,) if is_refused else (),
    )
    result.stopped = stopped
    result.error = SubsiteError("The subsite is down.") if is_given_up else None
    result.has_ended = not is_given_up
    return result


@pytest.mark.parametrize(("stopped", "is_given_up", "is_refused", "has_problems"), WHATEVER)
def test_the_gravest_counts(stopped: int | None, is_given_up: bool, is_refused: bool, has_problems: bool) -> None:
    result = a_result(stopped, is_given_up=is_given_up, is_refused=is_refused, has_problems=has_problems)
    fitting = [*([stopped] if stopped else []), *[4] * is_given_up, *[3] * is_refused, *[1] * has_problems, 0]
    assert result.exit_status() == fitting[0]
    assert fitting[0] in EXIT_MEANINGS


@pytest.mark.parametrize(("stopped", "is_refused", "has_problems"), [*product([None, 129, 143], *[[False, True]] * 2)])
def test_a_bug_goes_before_everything(stopped: int | None, is_refused: bool, has_problems: bool) -> None:
    result = a_result(stopped, is_refused=is_refused, has_problems=has_problems)
    result.has_ended = False
    assert result.exit_status() == 70


def test_a_plan_that_nobody_can_read_goes_before_what_it_comes_to() -> None:
    result = a_result(is_refused=True, has_problems=True, dry_run=True)
    result.lose_output("No space left on device")
    assert result.exit_status() == 4
    assert "The plan could not be written: No space left on device." in str(result.error)


def test_a_real_run_does_without_its_output() -> None:
    result = a_result(has_problems=True)
    result.lose_output("No space left on device")
    assert result.exit_status() == 1


def test_lost_output_hides_no_bug() -> None:
    result = a_result(dry_run=True)
    result.has_ended = False
    result.lose_output("No space left on device")
    assert result.exit_status() == 70


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_was_not_done_names_its_user_too(*, dry_run: bool) -> None:
    ban = Removal(Action.BAN, "u1", "P1", "sanne@gemeente.test", "Sanne de Vries")
    assert a_result(dry_run=dry_run).outcome_of(ban).guid == "u1"
