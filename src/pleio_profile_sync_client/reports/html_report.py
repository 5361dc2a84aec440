"""The report for people: one HTML page that needs nothing else, with what is long folded and searchable.

The coordinates of its plots are reckoned in `plots`.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import asdict

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, RunRecord
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import EXIT_OK, EXIT_PROBLEMS
from pleio_profile_sync_client.reports.plots import HEIGHT, WIDTH, duration_s, is_good, plot_runs
from pleio_profile_sync_client.reports.run_report import Report, ReportedChange, ReportedFinding, sort_by_code
from pleio_profile_sync_client.reports.summary import advise, describe_end

TEMPLATES = Path(__file__).parent / "templates"
GRAVEST_FIRST = (Action.DELETE, Action.BAN, Action.REACTIVATE, Action.CREATE, Action.UPDATE)
UNFOLDED = 25
"""Groups of at most so many entries are shown unfolded."""


class Group(Struct, frozen=True):
    """Entries that belong together, under their common name."""

    name: str
    entries: Sequence[ReportedChange] | Sequence[ReportedFinding]

    @property
    def is_unfolded(self) -> bool:
        """Tell whether the page shows the entries at once."""
        return len(self.entries) <= UNFOLDED


def to_html(report: Report, runs: Sequence[RunRecord] = ()) -> str:
    """Return the report as a page; `runs` are the last real runs, newest first, with this one or without."""
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
    style, script = _read("report.css"), _read("report.js")
    shown_runs = _with_this_run(report, runs)
    return environment.get_template("report.html").render(
        report=report,
        host=urlsplit(report.subsite.url).netloc or report.subsite.url,
        headline=describe_end(report),
        mood=_mood(report),
        duration=describe_duration((report.finished - report.started).total_seconds()),
        steps=advise(report),
        problems=_by_code(report.problems),
        warnings=_by_code(report.warnings),
        changes=_by_action(report.changes),
        fuses=[(fuse, explain_fuse(fuse)) for fuse in report.fuses],
        plots=plot_runs(shown_runs),
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


def _by_action(changes: Sequence[ReportedChange]) -> list[Group]:
    groups = (Group(action, [change for change in changes if change.action is action]) for action in GRAVEST_FIRST)
    return [group for group in groups if group.entries]


def _by_code(findings: Iterable[ReportedFinding]) -> list[Group]:
    return [Group(code, of_code) for code, of_code in sort_by_code(findings).items()]


def _with_this_run(report: Report, runs: Sequence[RunRecord]) -> list[RunRecord]:
    others = [run for run in runs if run.run != report.run]
    if report.dry_run:
        return others
    return [RunRecord(report.run, report.started, report.finished, report.exit_code, asdict(report.counts)), *others]


def _shown(text: object) -> str:
    """Return a value with control characters written out; line breaks are left, since fields may have them."""
    return "\n".join(map(visible, str(text).replace("\r\n", "\n").split("\n")))


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
