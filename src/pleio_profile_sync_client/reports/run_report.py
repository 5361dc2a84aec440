"""What a run did, as values: format 1 of the report. Every report file and the summary are made from it.

The names and the order of the fields are the format's: they change only with its number. The headings for the codes of
problems are here too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.models import Action, Change, Finding, Fuse, Guid, Outcome, Status, Waiting, Write
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import place_of

FORMAT = 1
METHODS = ("GET", "POST", "DELETE")

PROBLEM_HEADINGS = {
    "removals_withheld": "Bans and deletes are withheld",
    "awaiting_approval": "Changes wait for an approval",
    "undecided": "To decide: users without an external_id",
    "group_missing": "Groups that the directory does not have",
    "unused_pattern": "Patterns that match nobody",
    "other_person": "The external_id is another person's now",
    "handed_over": "An address passes from one person to another",
    "circle": "People who would take each other's addresses",
    "other_id": "The address belongs to a user with another external_id",
    "taken": "The address is taken by somebody else",
    "same_name": "The name or a key of a user who has no row",
    "lost_zeros": "The external_id has lost its leading zeros",
    "ambiguous": "Users who differ in letter case only",
    "needs_external_id": "Nobody can be added without an external_id",
    "not_reverted": "Not reverted",
    "bad_quotes": "Quotes that can't be read reliably",
    "ragged_row": "Rows with too many or too few cells",
    "control_character": "Invisible or control characters",
    "no_value": "A spreadsheet's error instead of a value",
    "missing_name": "No name",
    "missing_email": "No e-mail",
    "invalid_email": "Not a valid e-mail",
    "too_long": "Values that are too long",
    "scientific_number": "An external_id that a spreadsheet took for a number",
    "placeholder": "A placeholder instead of an external_id",
    "mojibake": "Garbled letters",
    "duplicate_external_id": "Several rows with the same external_id",
    "duplicate_email": "Several rows with the same e-mail",
    "avatar_missing": "The avatar's file is missing",
    "avatar_outside": "The avatar is outside the source's folder",
    "avatar_not_jpeg": "The avatar is not a JPEG",
    "avatar_too_large": "The avatar is too large",
}
"""By code, the worst first: what stops the removals, then what touches accounts, then rows, then avatars."""

ACTION_HEADINGS = {
    Action.DELETE: "Delete",
    Action.BAN: "Ban",
    Action.REACTIVATE: "Reactivate",
    Action.CREATE: "Create",
    Action.UPDATE: "Update",
}
"""The gravest first."""

WAITING_HEADINGS = {
    "withheld": "Withheld, since rows that can't be read reliably may be about them",
    "awaiting_approval": "Waiting for an approval",
    "grace": "Not absent for long enough yet",
}


class ReportedSource(Struct, frozen=True):
    """The source: where it is, its rows, and those without a problem."""

    location: str
    rows: int
    users: int


class ReportedSubsite(Struct, frozen=True):
    """The subsite: its address, and how many users it listed."""

    url: str
    users: int


class Counts(Struct, frozen=True):
    """How many users, changes, outcomes, problems and warnings; the actions are those planned."""

    unchanged: int
    create: int
    update: int
    reactivate: int
    ban: int
    delete: int
    applied: int
    failed: int
    not_attempted: int
    problems: int
    warnings: int


class ReportedChange(Struct, frozen=True):
    """A change and what became of it. `external_id` and `email` are the row's, or for a removal the user's."""

    action: Action
    guid: Guid | None
    external_id: str | None
    email: str
    line: int | None
    fields: dict[str, tuple[str | None, str | None]]
    groups: tuple[str, ...]
    avatar: str | None
    marks: tuple[str, ...]
    outcome: Status
    error: str | None


class ReportedFinding(Struct, frozen=True):
    """A problem or a warning; `line`, `place` and `external_id` are None if there is none."""

    code: str
    line: int | None
    place: str | None
    external_id: str | None
    message: str


class Report(Struct, frozen=True):
    """Everything about a run."""

    format_number: int = field(name="format")
    run: str
    started: datetime
    finished: datetime
    dry_run: bool
    exit_code: int
    source: ReportedSource
    subsite: ReportedSubsite
    counts: Counts
    changes: tuple[ReportedChange, ...]
    problems: tuple[ReportedFinding, ...]
    warnings: tuple[ReportedFinding, ...]
    fuses: tuple[Fuse, ...]
    requests: dict[str, int]
    waiting: tuple[Waiting, ...] = ()
    approval: Approval | None = None


class PastReport(Struct, frozen=True):
    """The part of a report that is read again, to undo its run."""

    format_number: int = field(name="format")
    run: str
    dry_run: bool
    subsite: ReportedSubsite
    changes: tuple[ReportedChange, ...]


def build_report(
    *,
    run: str,
    started: datetime,
    finished: datetime,
    dry_run: bool,
    exit_code: int,
    source: ReportedSource,
    subsite: ReportedSubsite,
    unchanged: int,
    changes: Sequence[tuple[Change, Outcome]],
    problems: Sequence[Finding],
    warnings: Sequence[Finding],
    fuses: Sequence[Fuse],
    requests: Mapping[str, int],
    waiting: Sequence[Waiting] = (),
    approval: Approval | None = None,
) -> Report:
    """Bring together everything about a run; `changes` are in the plan's order, `unchanged` counts matched users."""
    return Report(
        format_number=FORMAT,
        run=run,
        started=_in_utc(started),
        finished=_in_utc(finished),
        dry_run=dry_run,
        exit_code=exit_code,
        source=replace(source, location=visible(source.location)),  # a file's name may not even be text
        subsite=subsite,
        counts=_count(unchanged, changes, problems=len(problems), warnings=len(warnings)),
        changes=tuple(_change(change, outcome) for change, outcome in changes),
        problems=tuple(map(_finding, problems)),
        warnings=tuple(map(_finding, warnings)),
        fuses=tuple(fuses),
        requests={method: requests.get(method, 0) for method in METHODS},
        waiting=tuple(waiting),
        approval=approval,
    )


def read_report(content: bytes) -> PastReport:
    """Return the report that a JSON file holds; raise ValueError where it is none of format 1."""
    try:
        report = msgspec.json.decode(content, type=PastReport)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if report.format_number != FORMAT:
        raise ValueError(f"its format is {report.format_number}, and this client knows {FORMAT}")
    return report


def complete_report(
    report: Report, *, finished: datetime, exit_code: int, requests: Mapping[str, int], warnings: Sequence[Finding]
) -> Report:
    """Return the report with what came after it was made, while the run ended; the changes stay the same."""
    return replace(
        report,
        finished=_in_utc(finished),
        exit_code=exit_code,
        counts=replace(report.counts, warnings=len(warnings)),
        warnings=tuple(map(_finding, warnings)),
        requests={method: requests.get(method, 0) for method in METHODS},
    )


def to_json(report: Report) -> bytes:
    """Return the report for programs: indented UTF-8 JSON, ending in a line break; times are ISO 8601 in UTC."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def name_code(code: str) -> str:
    """Return what a code is called; one without a heading of its own is spelled out."""
    return PROBLEM_HEADINGS.get(code) or code.replace("_", " ").capitalize()


def sort_by_code(findings: Iterable[ReportedFinding]) -> dict[str, list[ReportedFinding]]:
    """Sort problems or warnings by their code, the worst code first, then the most frequent."""
    of_code: dict[str, list[ReportedFinding]] = defaultdict(list)
    for finding in findings:
        of_code[finding.code].append(finding)
    ranks = {code: rank for rank, code in enumerate(PROBLEM_HEADINGS)}
    return dict(sorted(of_code.items(), key=lambda item: (ranks.get(item[0], len(ranks)), -len(item[1]), item[0])))


def _count(unchanged: int, changes: Sequence[tuple[Change, Outcome]], *, problems: int, warnings: int) -> Counts:
    """Count the planned actions and their outcomes, and add them to the other counts."""
    actions = Counter(change.action for change, _ in changes)
    outcomes = Counter(outcome.status for _, outcome in changes)
    return Counts(
        unchanged=unchanged,
        create=actions[Action.CREATE],
        update=actions[Action.UPDATE],
        reactivate=actions[Action.REACTIVATE],
        ban=actions[Action.BAN],
        delete=actions[Action.DELETE],
        applied=outcomes[Status.APPLIED],
        failed=outcomes[Status.FAILED],
        not_attempted=outcomes[Status.NOT_ATTEMPTED],
        problems=problems,
        warnings=warnings,
    )


def _change(change: Change, outcome: Outcome) -> ReportedChange:
    write = change if isinstance(change, Write) else None
    return ReportedChange(
        action=change.action,
        guid=outcome.guid,
        external_id=change.external_id or None,
        email=change.email,
        line=write.line if write else None,
        fields=write.fields if write else {},
        groups=write.groups if write else (),
        avatar=write.avatar.path if write and write.avatar else None,
        marks=write.marks if write else (),
        outcome=outcome.status,
        error=outcome.error,
    )


def _finding(finding: Finding) -> ReportedFinding:
    return ReportedFinding(
        finding.code, finding.line, place_of(finding) or None, finding.external_id or None, finding.message
    )


def _in_utc(time: datetime) -> datetime:
    exact = time.astimezone(UTC)
    return exact.replace(microsecond=exact.microsecond // 1000 * 1000)
