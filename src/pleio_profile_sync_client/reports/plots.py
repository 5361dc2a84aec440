"""How the last runs went, as small bar plots: figures to coordinates, nothing of HTML."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core.models import RunRecord
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import COMPLETED

SHOWN_RUNS = 60
WIDTH = 360.0
HEIGHT = 72.0
WIDEST_BAR = 16.0
GAP_SHARE = 0.25
LEAST_HEIGHT = 1.5
"""What is not nothing can be seen."""


class Bar(Struct, frozen=True):
    """One run's bar, from its upper left corner; `is_good` says that the run came to its end."""

    x: float
    y: float
    width: float
    height: float
    is_good: bool
    label: str


class Plot(Struct, frozen=True):
    """A plot of one figure; `highest` is what its height stands for."""

    title: str
    highest: str
    first: str
    last: str
    bars: tuple[Bar, ...]


def plot_runs(runs: Sequence[RunRecord]) -> tuple[Plot, ...]:
    """Return plots of changes made, problems and duration; `runs` stand newest first, the plots oldest first."""
    shown = list(reversed(runs[:SHOWN_RUNS]))
    if not shown:
        return ()
    return (
        _plot("Changes made", shown, lambda run: run.counts.get("applied", 0), lambda value: f"{value:,.0f}"),
        _plot("Problems", shown, lambda run: run.counts.get("problems", 0), lambda value: f"{value:,.0f}"),
        _plot("Duration", shown, duration_s, describe_duration),
    )


def is_good(run: RunRecord) -> bool:
    """Tell whether the run came to its end, with or without problems."""
    return run.exit_code in COMPLETED


def duration_s(run: RunRecord) -> float:
    """Return how long a run took; 0 where it did not end."""
    return 0.0 if run.finished is None else (run.finished - run.started).total_seconds()


def _plot(
    title: str, runs: Sequence[RunRecord], measure: Callable[[RunRecord], float], show: Callable[[float], str]
) -> Plot:
    values = [measure(run) for run in runs]
    highest = max(values)
    return Plot(
        title,
        show(highest),
        f"{runs[0].started:%Y-%m-%d}",
        f"{runs[-1].started:%Y-%m-%d}",
        tuple(_bars(runs, values, highest, show)),
    )


def _bars(
    runs: Sequence[RunRecord], values: Sequence[float], highest: float, show: Callable[[float], str]
) -> Iterable[Bar]:
    step = min(WIDTH / len(runs), WIDEST_BAR)
    for number, (run, value) in enumerate(zip(runs, values, strict=True)):
        height = max(value / highest * HEIGHT, LEAST_HEIGHT) if value else 0.0
        ended = "did not end" if run.exit_code is None else f"exit status {run.exit_code}"
        yield Bar(
            x=round(WIDTH - (len(runs) - number) * step, 2),
            y=round(HEIGHT - height, 2),
            width=round(step * (1 - GAP_SHARE), 2),
            height=round(height, 2),
            is_good=is_good(run),
            label=f"{run.started:%Y-%m-%d %H:%M}: {show(value)}, {ended}",
        )
