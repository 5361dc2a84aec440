"""The figures of a run in Prometheus' text format, for the textfile collector of node_exporter.

Every sample has the subsite's host, so that there can be files for several subsites.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.reports.run_report import Report

PREFIX = "pleio_profile_sync_"


class Gauge(NamedTuple):
    """A figure, or one for each value of a label, if it has one: its name without the prefix, and what it says."""

    name: str
    meaning: str
    label: str
    values: Mapping[str, float]


def to_metrics(report: Report) -> str:
    """Return the figures as text; all are gauges of the last run."""
    subsite = urlsplit(report.subsite.url).netloc
    return "".join(_lines(gauge, subsite) for gauge in _gauges(report) if gauge.values)


def _gauges(report: Report) -> Iterable[Gauge]:
    counts = report.counts
    duration_s = (report.finished - report.started).total_seconds()
    yield _single("last_run_timestamp_seconds", "When the last run ended, since the epoch", report.finished.timestamp())
    yield _single("last_run_duration_seconds", "How long the last run took", duration_s)
    yield _single(
        "last_run_exit_code", "Exit status of the last run; 0 is in sync, 1 done with problems", report.exit_code
    )
    yield _single("source_rows", "Records of the source", report.source.rows)
    yield _single("source_users", "Records of the source without a problem", report.source.users)
    yield _single("subsite_users", "Users that the subsite listed", report.subsite.users)
    yield _single("unchanged_users", "Matched users without a change", counts.unchanged)
    planned = {action.value: getattr(counts, action.value) for action in Action}
    yield Gauge("planned_changes", "Changes planned, by action", "action", planned)
    outcomes = {"applied": counts.applied, "failed": counts.failed, "not_attempted": counts.not_attempted}
    yield Gauge("changes", "Changes by what became of them", "outcome", outcomes)
    yield _single("problems", "Rows and users that could not be handled", counts.problems)
    by_code = Counter(problem.code for problem in report.problems)
    yield Gauge("problems_by_code", "Problems, by code", "code", by_code)
    yield _single("warnings", "Warnings", counts.warnings)
    yield Gauge("requests", "Requests sent, repeats and log uploads included", "method", report.requests)
    yield Gauge("fuse_tripped", "1 for a fuse that tripped", "fuse", {f.fuse: int(f.tripped) for f in report.fuses})
    yield Gauge("fuse_value", "What a fuse counted", "fuse", {f.fuse: f.value for f in report.fuses})
    yield Gauge("fuse_limit", "Where a fuse trips", "fuse", {f.fuse: f.limit for f in report.fuses})


def _single(name: str, meaning: str, value: float) -> Gauge:
    return Gauge(name, meaning, "", {"": value})


def _lines(gauge: Gauge, subsite: str) -> str:
    name = PREFIX + gauge.name
    samples = ""
    for key, value in sorted(gauge.values.items()):
        labels = f'subsite="{_escaped(subsite)}"' + (f',{gauge.label}="{_escaped(key)}"' if gauge.label else "")
        samples += f"{name}{{{labels}}} {_number(value)}\n"
    return f"# HELP {name} {gauge.meaning}\n# TYPE {name} gauge\n{samples}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"
