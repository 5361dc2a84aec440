"""What the terminal shows at the end of a run, to be read at a glance.

Lines of text only, without control characters. They name nobody, so they can be uploaded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pleio_profile_sync_client.core.fuses import explain_fuse, explain_way_out
from pleio_profile_sync_client.core.models import Action, Status
from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import counted, name_places, shorten_place
from pleio_profile_sync_client.errors import (
    EXIT_BUG,
    EXIT_FUSE,
    EXIT_OK,
    EXIT_SIGHUP,
    EXIT_SIGINT,
    EXIT_SIGTERM,
    EXIT_UNUSABLE,
)
from pleio_profile_sync_client.reports.run_report import (
    METHODS,
    WAITING_HEADINGS,
    Counts,
    Report,
    ReportedChange,
    ReportedFinding,
    sort_by_code,
)

_SIGNALS = (EXIT_SIGHUP, EXIT_SIGINT, EXIT_SIGTERM)
CUT_SHORT = {
    EXIT_UNUSABLE: "Given up",
    EXIT_BUG: "Stopped by a bug",
    **dict.fromkeys(_SIGNALS, "Stopped by a signal"),
}
_MOST_PLACES = 8
LABEL_WIDTH = 10


def summarise(report: Report, *, takes_back: bool = False) -> list[str]:
    """Return the end of a run: how it ended, the counts, problems by code, fuses that tripped, what to do next.

    `takes_back` is for a run that undid another one. `describe_requests` has the requests, once all are sent,
    `name_report` a report, once it is written.
    """
    counts = report.counts
    lines = [describe_end(report, takes_back=takes_back), _labelled("Changes", _changes(counts))]
    if not report.dry_run:
        lines.append(_labelled("Outcome", _outcomes(counts)))
    lines += [_labelled("Waiting", text) for text in _waiting(report)]
    lines += [_labelled("Problems", text) for text in _by_code(report.problems)]
    lines += [_labelled("Warnings", text) for text in _by_code(report.warnings)]
    lines += [_labelled("Fuse", visible(explain_fuse(fuse, report.fuses))) for fuse in report.fuses if fuse.tripped]
    lines += [_labelled("Next", step) for step in advise(report)]
    return lines


def describe_requests(requests: Mapping[str, int]) -> str:
    """Return how many requests of each method the run sent, including those of the log."""
    return _labelled("Requests", ", ".join(f"{requests.get(method, 0):,} {method}" for method in METHODS))


def name_report(path: str) -> str:
    """Return the line that says where a report is."""
    return _labelled("Report", visible(path))


def describe_end(report: Report, *, takes_back: bool = False) -> str:
    """Return how the run ended, in a sentence; after undoing a run, the subsite is not in sync with the source."""
    counts = report.counts
    planned = counted(len(report.changes), "change")
    if report.exit_code == EXIT_FUSE:
        return (
            f"Refused: {planned} planned, none sent." if report.changes else "Refused, and there was no change to send."
        )
    if report.exit_code in CUT_SHORT:
        made = f"{counts.applied:,} of {planned} made" if counts.applied else "nothing was changed"
        return f"{CUT_SHORT[report.exit_code]}: {made}."
    if report.dry_run:
        return _describe_dry_run(report)
    if report.exit_code == EXIT_OK and takes_back:
        return f"Reverted: {counted(counts.applied, 'change')} made." if counts.applied else "Nothing to revert."
    return _describe_done(report)


def _describe_dry_run(report: Report) -> str:
    waiting = count_waiting(report)
    withheld, removals = waiting["withheld"], waiting["awaiting_approval"]
    writes = sum(_is_held(change) and change.action not in (Action.BAN, Action.DELETE) for change in report.changes)
    planned = f"{counted(len(report.changes) - withheld - removals - writes, 'change')} to make"
    planned += f", {counted(withheld, 'removal')} withheld" if withheld else ""
    if removals or writes:
        planned += f", {counted(removals + writes, 'change' if writes else 'removal')} to approve"
    problems = f" It has {counted(report.counts.problems, 'problem')}." if report.counts.problems else ""
    return f"Dry run, nothing was written: {planned}.{problems}"


def _is_held(change: ReportedChange) -> bool:
    """Tell whether a planned change is held: it is withheld, or waits for an approval."""
    return change.outcome is Status.PLANNED and change.error is not None


def _describe_done(report: Report) -> str:
    counts, number = report.counts, len(report.waiting)
    waiting = f"{counted(number, 'removal')} {'waits' if number == 1 else 'wait'}" if number else ""
    if report.exit_code == EXIT_OK:
        made, unchanged = f"{counted(counts.applied, 'change')} made", f"{counted(counts.unchanged, 'user')} unchanged"
        if not waiting:
            return f"In sync: {made}, {unchanged}."
        return (
            f"Done: {made}, {waiting}, {unchanged}." if counts.applied else f"Nothing to send: {waiting}, {unchanged}."
        )
    wrong = {"problem": counts.problems, "failed change": counts.failed}
    told = " and ".join(counted(count, what) for what, count in wrong.items() if count)
    return (f"Done, with {told}." if told else "Done, but not every change was made.") + (waiting and f" {waiting}.")


def advise(report: Report) -> list[str]:
    """Return what remains to be done after this run, if anything."""
    counts = report.counts
    steps = []
    if report.exit_code == EXIT_FUSE and not report.changes:
        steps += (
            ["Look at the source: the same fault in many rows usually means a wrong column or file"]
            if counts.problems
            else []
        )
    elif report.exit_code == EXIT_FUSE:
        look = "If the plan is right" if report.dry_run else "Look at the plan (--dry-run); if it is right"
        way_out = explain_way_out(report.fuses)
        option = f", or with {way_out}" if way_out else ""
        code = "its code" if report.approval else "the code of a dry run"
        steps.append(f"{look}, run once with --approved and {code}{option}")
    elif report.exit_code == EXIT_UNUSABLE:
        steps.append("Run it again once the cause is gone: it plans again what was not done")
    elif report.exit_code in _SIGNALS:
        steps.append("Nothing has to be fixed: the next run plans again what was not done")
    elif report.exit_code == EXIT_BUG:
        steps.append("Report the bug with what the log says; running it again does no harm")
    elif counts.failed:
        steps.append("Run it again: what failed is tried once more; the log and the report say why")
    if any(problem.code in ACCEPTABLE_PROBLEMS for problem in report.problems):
        steps.append("Fix the problems in the source or on the subsite; --accept CODE for those that you can live with")
    elif counts.problems:
        steps.append("See the problem above: it says what to decide or to fix")
    if report.dry_run and report.exit_code == EXIT_OK and not all(map(_is_held, report.changes)):
        steps.append("Run the same without --dry-run to make these changes")
    return steps


def count_waiting(report: Report) -> Counter[str]:
    """Return how many users wait for removal, by the reason."""
    return Counter(one.why for one in report.waiting)


def _waiting(report: Report) -> Iterator[str]:
    """Say how many users wait for removal, and why, without naming anybody."""
    for why, number in sorted(count_waiting(report).items(), reverse=True):
        first = min((one.due for one in report.waiting if one.why == why and one.due is not None), default=None)
        due = f", the first from {first}" if first is not None else ""
        yield f"{counted(number, 'removal')}: {WAITING_HEADINGS[why].lower()}{due}"


def _changes(counts: Counts) -> str:
    actions = {action: getattr(counts, action.value) for action in Action}
    planned = ", ".join(f"{number:,} {action}" for action, number in actions.items() if number)
    return f"{planned or 'none'}; {counted(counts.unchanged, 'user')} unchanged"


def _outcomes(counts: Counts) -> str:
    return f"{counts.applied:,} applied, {counts.failed:,} failed, {counts.not_attempted:,} not attempted"


def _by_code(findings: Iterable[ReportedFinding]) -> list[str]:
    return [f"{len(of_code):,} {code}{_where(of_code)}" for code, of_code in sort_by_code(findings).items()]


def _where(findings: Iterable[ReportedFinding]) -> str:
    places = list(dict.fromkeys(shorten_place(finding.place) for finding in findings if finding.place))
    return f" ({name_places(places, _MOST_PLACES)})" if places else ""


def _labelled(label: str, text: str) -> str:
    return f"{label + ':':<{LABEL_WIDTH}} {text}"
