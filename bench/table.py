"""One line of the table for each figure: what was measured, the goal, and whether it was met."""

from dataclasses import dataclass

MISSED = "MISSED"
BUSY = 0.7
"""Above this share of the time, the stand-in may be what makes a run slow, and not the client."""


@dataclass(frozen=True)
class Figure:
    """A measured figure. `goal` is the most that it may be; None where there is no goal, only something to know."""

    name: str
    value: float
    unit: str
    goal: float | None = None


def show_head() -> None:
    """Print the names of the columns."""
    print(f"{'figure':<58} {'measured':>9} {'goal':>7}  unit", flush=True)


def show(figure: Figure) -> None:
    """Print a figure's line."""
    goal = "" if figure.goal is None else f"{figure.goal:7g}"
    verdict = "" if figure.goal is None else "met" if figure.value <= figure.goal else MISSED
    line = f"{figure.name:<58} {_short(figure.value):>9} {goal:>7}  {figure.unit:<22} {verdict}"
    print(line.rstrip(), flush=True)


def tell_bottleneck(name: str, cpu_s: float, wall_s: float) -> None:
    """Say so where the stand-in had hardly time left: then the figures of this run tell little of the client."""
    share = cpu_s / wall_s
    if share > BUSY:
        print(f"{name}: the stand-in was busy for {share:.0%} of the time and may be the bottleneck", flush=True)


def _short(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}"
