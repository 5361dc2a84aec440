"""The plots of the last runs: coordinates that a page can draw."""

import pytest

from pleio_profile_sync_client.core.models import RunRecord
from pleio_profile_sync_client.reports.plots import HEIGHT, SHOWN_RUNS, WIDTH, plot_runs

from .builders import START, some_runs


def test_no_runs_no_plots() -> None:
    assert plot_runs([]) == ()


@pytest.mark.parametrize("count", [1, 2, 10, 60, 500])
def test_bars_stand_beside_each_other_within_the_plot_the_newest_last(count: int) -> None:
    plots = plot_runs(some_runs(count))
    assert plots
    for plot in plots:
        assert len(plot.bars) == min(count, SHOWN_RUNS)
        for bar in plot.bars:
            assert 0 <= bar.y <= HEIGHT
            assert 0 <= bar.height <= HEIGHT
            assert bar.y + bar.height == pytest.approx(HEIGHT)
            assert 0 <= bar.x < bar.x + bar.width <= WIDTH
        assert all(left.x + left.width < right.x for left, right in zip(plot.bars, plot.bars[1:], strict=False))
        assert plot.bars[-1].label.startswith(plot.last)


def test_the_highest_bar_fills_the_plot_and_nothing_is_no_bar() -> None:
    runs = [RunRecord(str(made), START, START, 0, {"applied": made}) for made in (50, 0, 1)]
    changes = plot_runs(runs)[0]
    one, nothing, fifty = changes.bars
    assert fifty.height == HEIGHT
    assert nothing.height == 0
    assert 0 < one.height < 3
    assert changes.highest == "50"


def test_runs_that_did_not_come_to_their_end_are_marked_and_say_so() -> None:
    runs = [RunRecord("1", START, START, code, {}) for code in (0, 1, 3, 4, None)]
    bars = plot_runs(runs)[0].bars
    assert [bar.is_good for bar in reversed(bars)] == [True, True, False, False, False]
    assert bars[0].label.endswith("did not end")
    assert bars[1].label.endswith("exit status 4")
