"""The report for people: one HTML page that needs nothing else; long parts are folded, and searchable."""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import asdict

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, RunRecord, Status, Waiting
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import COMPLETED, EXIT_OK, EXIT_PROBLEMS
from pleio_profile_sync_client.reports.run_report import (
    ACTION_HEADINGS,
    WAITING_HEADINGS,
    Report,
    ReportedChange,
    ReportedFinding,
    name_code,
    sort_by_code,
)
from pleio_profile_sync_client.reports.summary import advise, count_waiting, describe_end

TEMPLATES = Path(__file__).parent / "templates"
UNFOLDED = 25
"""Groups of at most this many entries are shown unfolded."""

FEWEST_RUNS_TO_PLOT = 3
_SHORT_GUID = 8

SHOWN_RUNS = 60
WIDTH = 360.0
HEIGHT = 72.0
WIDEST_BAR = 16.0
GAP_SHARE = 0.25
LEAST_HEIGHT = 1.5
"""So that the smallest figure can still be seen."""


class NamedChange(Struct, frozen=True):
    """A change with what format 1 lacks: the person's name, and where in the source the row is.

    Either is empty if there is none.
    """

    change: ReportedChange
    name: str
    place: str


class Group(Struct, frozen=True):
    """Entries that belong together, under a heading; `note` is what else they have in common."""

    heading: str
    entries: Sequence[NamedChange] | Sequence[ReportedFinding] | Sequence[Waiting]
    note: str = ""
    may_be_folded: bool = True

    @property
    def is_unfolded(self) -> bool:
        """Tell whether the page shows the entries at once."""
        return not self.may_be_folded or len(self.entries) <= UNFOLDED


class Tile(Struct, frozen=True):
    """A count to be seen at a glance."""

    name: str
    number: int
    is_grave: bool = False


def to_html(
    report: Report,
    runs: Sequence[RunRecord] = (),
    *,
    named: Sequence[tuple[str, str]] = (),
    takes_back: bool = False,
) -> str:
    """Return the report as a page; `runs` are the last real runs, newest first, with this one or without.

    `named` has for each of the report's changes the person's name and the place of the row. `takes_back` is for a run
    that undid another one.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 -- only where a page is made
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    environment.filters["short"] = _short
    style, script = _read("report.css"), _read("report.js")
    shown_runs = _with_this_run(report, runs)
    changes = _by_outcome(report, named)
    return environment.get_template("report.html").render(
        report=report,
        host=urlsplit(report.subsite.url).netloc or report.subsite.url,
        headline=describe_end(report, takes_back=takes_back),
        mood=_mood(report),
        duration_of=describe_duration,
        duration=describe_duration((report.finished - report.started).total_seconds()),
        steps=advise(report),
        problems=_by_code(report.problems),
        warnings=_by_code(report.warnings),
        failed=_by_action(changes[Status.FAILED], may_be_folded=False),
        not_attempted=_by_reason(changes[Status.NOT_ATTEMPTED]),
        changes=_by_action([*changes[Status.PLANNED], *changes[Status.APPLIED]]),
        no_changes=_describe_no_changes(report, takes_back=takes_back),
        tiles=_tiles(report),
        tripped=[(fuse, explain_fuse(fuse, report.fuses)) for fuse in report.fuses if fuse.tripped],
        passed=[fuse.fuse for fuse in report.fuses if not fuse.tripped],
        waiting=_by_wait(report.waiting),
        plots=plot_runs(shown_runs) if len(shown_runs) >= FEWEST_RUNS_TO_PLOT else (),
        plot_width=WIDTH,
        plot_height=HEIGHT,
        runs=[(run, describe_duration(duration_s(run)) if run.finished else "", is_good(run)) for run in shown_runs],
        version=__version__,
        style=Markup(style),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704
        style_digest=_digest(style),
        script_digest=_digest(script),
    )


def _mood(report: Report) -> str:
    if report.exit_code == EXIT_OK:
        return "good"
    return "mixed" if report.exit_code == EXIT_PROBLEMS else "bad"


def _by_outcome(report: Report, named: Sequence[tuple[str, str]]) -> dict[Status, list[NamedChange]]:
    changes: dict[Status, list[NamedChange]] = {status: [] for status in Status}
    for change, (name, place) in zip(report.changes, named or [("", "")] * len(report.changes), strict=True):
        changes[change.outcome].append(NamedChange(change, name, place))
    return changes


def _by_action(changes: Sequence[NamedChange], *, note: str = "", may_be_folded: bool = True) -> list[Group]:
    of_action: dict[Action, list[NamedChange]] = {action: [] for action in ACTION_HEADINGS}
    for named in changes:
        of_action[named.change.action].append(named)
    return [
        Group(ACTION_HEADINGS[action], entries, note, may_be_folded) for action, entries in of_action.items() if entries
    ]


def _by_wait(waiting: Iterable[Waiting]) -> list[Group]:
    """Group the users who wait for removal by the reason; those who are due first come first."""
    of_wait: dict[str, list[Waiting]] = {why: [] for why in WAITING_HEADINGS}
    for one in sorted(waiting, key=lambda one: (one.due is None, one.due or date.min, one.name)):
        of_wait[one.why].append(one)
    return [Group(WAITING_HEADINGS[why], entries) for why, entries in of_wait.items() if entries]


def _tiles(report: Report) -> list[list[Tile]]:
    """Return the counts above 0: what was planned, then what became of it."""
    counts = asdict(report.counts)
    planned = [
        Tile(name, counts[name]) for name in ("unchanged", *(action.value for action in reversed(ACTION_HEADINGS)))
    ]
    withheld = count_waiting(report)["withheld"]
    outcomes = [
        Tile("applied", counts["applied"]),
        Tile("failed", counts["failed"], is_grave=True),
        Tile("not attempted", counts["not_attempted"]),
        Tile("removals withheld", withheld, is_grave=True),
        Tile("waiting", len(report.waiting) - withheld),
        Tile("problems", counts["problems"], is_grave=True),
        Tile("warnings", counts["warnings"]),
    ]
    return [[tile for tile in row if tile.number] for row in (planned, outcomes)]


def _by_reason(changes: Sequence[NamedChange]) -> list[Group]:
    """Group by the reasons that several changes share; changes with their own reason come last, each with it."""
    frequency = Counter(named.change.error for named in changes)
    of_reason: dict[str, list[NamedChange]] = {}
    for named in changes:
        reason = named.change.error or ""
        of_reason.setdefault(reason if frequency[reason] > 1 else "", []).append(named)
    own = of_reason.pop("", [])
    shared = [group for reason, entries in of_reason.items() for group in _by_action(entries, note=reason)]
    return [*shared, *_by_action(own)]


def _describe_no_changes(report: Report, *, takes_back: bool) -> str:
    if report.exit_code not in COMPLETED:
        return "None was planned."
    if takes_back:
        return "None: nothing can be reverted."
    but = "apart from the problems, " if report.problems else ""
    but += "apart from the removals that wait, " if report.waiting else ""
    return f"None: {but}source and subsite agree."


def _by_code(findings: Iterable[ReportedFinding]) -> list[Group]:
    return [Group(name_code(code), of_code, note=code) for code, of_code in sort_by_code(findings).items()]


def _with_this_run(report: Report, runs: Sequence[RunRecord]) -> list[RunRecord]:
    others = [run for run in runs if run.run != report.run]
    if report.dry_run:
        return others
    return [RunRecord(report.run, report.started, report.finished, report.exit_code, asdict(report.counts)), *others]


def _shown(text: object) -> str:
    """Return a value with control characters written out; line breaks are left, since fields may have them."""
    return "\n".join(map(visible, str(text).replace("\r\n", "\n").split("\n")))


def _short(guid: object) -> str:
    """Return the beginning of a guid, enough to distinguish the users of a page; the page has the rest too."""
    return _shown(guid)[:_SHORT_GUID]


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


class Bar(Struct, frozen=True):
    """One run's bar, from its upper left corner; `is_good` says that the run came to its end."""

    x: float
    y: float
    width: float
    height: float
    is_good: bool
    label: str


class Plot(Struct, frozen=True):
    """A plot of one figure; its height means `highest`."""

    title: str
    highest: str
    first: str
    last: str
    bars: tuple[Bar, ...]


def plot_runs(runs: Sequence[RunRecord]) -> tuple[Plot, ...]:
    """Return plots of changes made, problems and duration; `runs`, at least one, newest first."""
    shown = list(reversed(runs[:SHOWN_RUNS]))
    return (
        _plot("Changes made", shown, lambda run: run.counts.get("applied", 0), lambda value: f"{value:,.0f}"),
        _plot("Problems", shown, lambda run: run.counts.get("problems", 0), lambda value: f"{value:,.0f}"),
        _plot("Duration", shown, duration_s, describe_duration),
    )


def is_good(run: RunRecord) -> bool:
    """Tell whether the run came to its end, with or without problems."""
    return run.exit_code in COMPLETED


def duration_s(run: RunRecord) -> float:
    """Return how long a run took; 0 if it did not end."""
    return 0.0 if run.finished is None else (run.finished - run.started).total_seconds()


def _plot(
    title: str, runs: Sequence[RunRecord], measure: Callable[[RunRecord], float], show: Callable[[float], str]
) -> Plot:
    highest = max(map(measure, runs))
    step = min(WIDTH / len(runs), WIDEST_BAR)
    bars = []
    for number, run in enumerate(runs):
        value = measure(run)
        height = max(value / highest * HEIGHT, LEAST_HEIGHT) if value else 0.0
        ended = "did not end" if run.exit_code is None else f"exit status {run.exit_code}"
        bar = Bar(
            x=round(WIDTH - (len(runs) - number) * step, 2),
            y=round(HEIGHT - height, 2),
            width=round(step * (1 - GAP_SHARE), 2),
            height=round(height, 2),
            is_good=is_good(run),
            label=f"{run.started:%Y-%m-%d %H:%M}: {show(value)}, {ended}",
        )
        bars.append(bar)
    return Plot(title, show(highest), f"{runs[0].started:%Y-%m-%d}", f"{runs[-1].started:%Y-%m-%d}", tuple(bars))
