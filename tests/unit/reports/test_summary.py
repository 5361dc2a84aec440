"""The end of a run as the terminal shows it."""

from datetime import date

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.models import Change, Finding, Outcome, Status, Waiting
from pleio_profile_sync_client.reports.summary import advise, describe_end, describe_requests, name_report, summarise

from .builders import BAN, WAITING, a_hostile_report, a_report


def test_a_run_can_be_read_at_a_glance() -> None:
    assert summarise(a_report()) == [
        "Done, with 3 problems and 1 failed change.",
        "Changes:   1 create, 1 update, 1 reactivate, 1 ban; 5 users unchanged",
        "Outcome:   2 applied, 1 failed, 1 not attempted",
        "Problems:  1 undecided",
        "Problems:  2 missing_email (lines 7, 8)",
        "Warnings:  1 unknown_header",
        "Fuse:      active users to be banned or deleted: 4 of 30, where at most 3 may be. If that is right: "
        "--max-removals 4",
        "Next:      Run it again: what failed is tried once more; the log and the report say why",
        "Next:      Fix the problems in the source or on the subsite; --accept CODE for those that you can live with",
    ]


def test_the_requests_and_each_report_are_lines_of_their_own() -> None:
    assert describe_requests({"POST": 6, "GET": 2}) == "Requests:  2 GET, 6 POST, 0 DELETE"
    assert name_report("/var/lib/report.html") == "Report:    /var/lib/report.html"


@pytest.mark.parametrize(
    ("exit_code", "sentence"),
    [
        (0, "In sync: 2 changes made, 5 users unchanged."),
        (1, "Done, with 3 problems and 1 failed change."),
        (3, "Refused: 4 changes planned, none sent."),
        (4, "Given up: 2 of 4 changes made."),
        (70, "Stopped by a bug: 2 of 4 changes made."),
        (130, "Stopped by a signal: 2 of 4 changes made."),
        (143, "Stopped by a signal: 2 of 4 changes made."),
    ],
)
def test_the_first_line_says_how_it_ended(exit_code: int, sentence: str) -> None:
    assert describe_end(a_report(exit_code=exit_code)) == sentence


@pytest.mark.parametrize(
    ("waiting", "changes", "sentence"),
    [
        (WAITING, [], "Nothing to send: 2 removals wait, 5 users unchanged."),
        (WAITING[:1], [], "Nothing to send: 1 removal waits, 5 users unchanged."),
        (WAITING, None, "Done: 2 changes made, 2 removals wait, 5 users unchanged."),
    ],
)
def test_a_run_is_not_called_in_sync_while_removals_wait(
    waiting: tuple[Waiting, ...], changes: list[tuple[Change, Outcome]] | None, sentence: str
) -> None:
    report = a_report(exit_code=0, problems=()) if changes is None else a_report(exit_code=0, changes=changes)
    assert describe_end(replace(report, waiting=waiting)) == sentence


@pytest.mark.parametrize(
    ("problems", "failed", "waiting", "sentence"),
    [
        (3, 0, (), "Done, with 3 problems."),
        (0, 1, (), "Done, with 1 failed change."),
        (1, 0, WAITING[:1], "Done, with 1 problem. 1 removal waits."),
    ],
)
def test_what_was_not_right_is_said_and_no_more(
    problems: int, failed: int, waiting: tuple[Waiting, ...], sentence: str
) -> None:
    report = a_report(exit_code=1)
    counts = replace(report.counts, problems=problems, failed=failed)
    assert describe_end(replace(report, counts=counts, waiting=waiting)) == sentence


def test_a_dry_run_says_that_nothing_was_written_and_has_no_outcomes() -> None:
    report = a_report(dry_run=True, exit_code=0, changes=[(BAN, Outcome(Status.PLANNED))], problems=(), fuses=())
    lines = summarise(report)
    assert lines[0] == "Dry run, nothing was written: 1 change to make."
    assert not [line for line in lines if line.startswith("Outcome")]
    assert advise(report) == ["Run the same without --dry-run to make these changes"]


def test_a_dry_run_tells_removals_that_are_withheld_from_the_changes_to_make() -> None:
    withheld = Finding("removals_withheld", "1 removal withheld")
    report = replace(a_report(dry_run=True, exit_code=1, problems=(withheld,)), waiting=WAITING[1:])
    assert (
        describe_end(report) == "Dry run, nothing was written: 3 changes to make, 1 removal withheld. It has 1 problem."
    )


def test_who_waits_is_counted_by_what_for_with_the_first_day() -> None:
    lines = summarise(replace(a_report(), waiting=WAITING))
    assert "Waiting:   1 removal: withheld, since rows that can't be read reliably may be about them" in lines
    assert "Waiting:   1 removal: not absent for long enough yet, the first from 2026-11-28" in lines


def test_what_cannot_be_accepted_is_not_offered_to_be() -> None:
    report = a_report(exit_code=1, problems=(Finding("undecided", "2 users without an external_id"),))
    assert not any("--accept" in step for step in advise(report))


def test_a_run_that_was_given_up_is_told_to_be_run_again_once() -> None:
    assert [step for step in advise(a_report(exit_code=4)) if step.startswith("Run it again")] == [
        "Run it again once the cause is gone: it plans again what was not done"
    ]


@pytest.mark.parametrize("exit_code", [129, 130, 143])
def test_a_run_that_was_stopped_says_that_the_next_one_does_the_rest(exit_code: int) -> None:
    assert "the next run plans again what was not done" in advise(a_report(exit_code=exit_code, problems=()))[0]


def test_a_run_that_never_came_to_a_plan_says_that_nothing_was_changed() -> None:
    report = a_report(exit_code=4, changes=(), problems=(), warnings=(), fuses=())
    assert describe_end(report) == "Given up: nothing was changed."
    assert [step for step in advise(report) if "cause" in step]


def test_a_refused_plan_without_a_change_is_not_told_to_be_approved() -> None:
    report = a_report(exit_code=3, changes=())
    assert describe_end(report) == "Refused, and there was no change to send."
    assert advise(report) == [
        "Look at the source: the same fault in many rows usually means a wrong column or file",
        "Fix the problems in the source or on the subsite; --accept CODE for those that you can live with",
    ]
    assert advise(replace(report, counts=replace(report.counts, problems=0), problems=())) == []


def test_who_looks_at_the_plan_already_is_not_told_to_look_at_it() -> None:
    (refused, _) = advise(a_report(exit_code=3))
    (refused_dry, _) = advise(a_report(exit_code=3, dry_run=True))
    assert "--dry-run" in refused
    assert (
        refused_dry
        == "If the plan is right, run once with --approved and the code of a dry run, or with --max-removals 4"
    )


def test_who_sees_a_code_is_told_to_use_that_one() -> None:
    approval = Approval("plan-20261124-c1b1-aaaaaaaaaaaaaaaa", None, date(2026, 12, 1))
    report = replace(a_report(exit_code=3, problems=(), dry_run=True), approval=approval)
    assert advise(report) == ["If the plan is right, run once with --approved and its code, or with --max-removals 4"]


def test_a_dry_run_tells_removals_that_wait_for_an_approval_from_the_changes_to_make() -> None:
    waiting = replace(WAITING[0], why="awaiting_approval", due=None)
    report = replace(a_report(dry_run=True, exit_code=0, problems=()), waiting=(waiting,))
    assert describe_end(report) == "Dry run, nothing was written: 3 changes to make, 1 removal to approve."


def test_a_run_that_took_another_back_is_not_called_in_sync() -> None:
    assert describe_end(a_report(exit_code=0), takes_back=True) == "Reverted: 2 changes made."
    assert describe_end(a_report(exit_code=0, changes=()), takes_back=True) == "Nothing to revert."


def test_nothing_is_left_to_do_after_a_run_that_is_in_sync() -> None:
    assert advise(a_report(exit_code=0, changes=(), problems=())) == []


def test_ten_thousand_problems_are_a_line_for_each_code() -> None:
    problems = [Finding("missing_email", "no e-mail", line) for line in range(2, 10_002)]
    lines = summarise(a_report(problems=problems))
    assert "Problems:  10,000 missing_email (lines 2, 3, 4, 5, 6, 7, 8, 9 and 9,992 more)" in lines
    assert len(lines) < 12


def test_a_line_is_named_once_for_each_code() -> None:
    warnings = [Finding("unknown_header", "not used", 1), Finding("unknown_header", "not used", 1)]
    assert "Warnings:  2 unknown_header (line 1)" in summarise(a_report(warnings=warnings))


def test_a_row_of_a_sheet_and_an_entry_of_a_directory_are_no_lines_and_name_nobody() -> None:
    sheet = [Finding("no_value", "none", line, place=f"row {line} of the sheet Staff") for line in (3, 4)]
    entry = [Finding("missing_name", "none", 7, place="entry 7, cn=Fatma Yilmaz")]
    lines = summarise(a_report(problems=[*sheet, *entry]))
    assert any("no_value (rows 3, 4)" in line for line in lines)
    assert not [line for line in lines if "Fatma" in line]


def test_no_line_holds_what_a_terminal_would_obey_or_names_anybody() -> None:
    for line in [*summarise(a_hostile_report()), name_report("/srv/\x1b[31m.html")]:
        assert line.isprintable()
    assert not [line for line in summarise(a_report()) if "@" in line or "Fatma" in line]
