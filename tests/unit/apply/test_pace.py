"""The gate that gives slots to threads."""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.signals import FakeSignals

PATIENCE_S = 20.0


class Holder:
    """A thread that takes a slot and keeps it until it is told to leave."""

    def __init__(self, pace: AdaptivePace, kind: str | None = "create") -> None:
        self.has_place = Event()
        self._leave = Event()
        self._pace = pace
        self._kind = kind
        self._thread = Thread(target=self._hold, daemon=True)
        self._thread.start()

    def _hold(self) -> None:
        with self._pace.slot(self._kind):
            self.has_place.set()
            self._leave.wait(PATIENCE_S)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(PATIENCE_S)


def grown(pace: AdaptivePace, parallelism: int) -> None:
    """Answer quickly until so many slots are given."""
    while pace.room() < parallelism:
        with pace.slot("create") as slot:
            slot.answered(0.01)


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to have come so far."""
    waiting = Event()
    for _ in range(2_000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come so far")


def test_one_place_at_first() -> None:
    pace = AdaptivePace(16)
    assert pace.room() == 1
    with pace.slot("create"):
        assert pace.room() == 0
    assert pace.room() == 1


def test_second_thread_gets_the_place_when_the_first_leaves() -> None:
    pace = AdaptivePace(16)
    first = Holder(pace)
    assert first.has_place.wait(PATIENCE_S)
    second = Holder(pace)
    until(lambda: pace.room() == -1)
    assert not second.has_place.is_set()
    first.leave()
    assert second.has_place.wait(PATIENCE_S)
    second.leave()


def test_places_are_given_in_the_order_of_coming() -> None:
    pace = AdaptivePace(16)
    holders = [Holder(pace)]
    assert holders[0].has_place.wait(PATIENCE_S)
    for waiting in range(1, 5):
        holders.append(Holder(pace))
        until(lambda waiting=waiting: pace.room() == -waiting)  # type: ignore[misc]
    for number in range(4):
        holders[number].leave()
        assert holders[number + 1].has_place.wait(PATIENCE_S)
        assert not any(holder.has_place.is_set() for holder in holders[number + 2 :])
    holders[-1].leave()


def test_place_comes_back_after_an_error() -> None:
    pace = AdaptivePace(16)
    with pytest.raises(ValueError, match="trouble"), pace.slot("create"):
        raise ValueError("trouble")
    assert pace.room() == 1


def test_lists_and_logs_hold_a_place_but_are_not_measured() -> None:
    pace = AdaptivePace(16)
    for _ in range(100):
        with pace.slot(None) as slot:
            slot.answered(0.01)
    assert pace.room() == 1


def test_quick_answers_give_more_places_and_refusals_take_them() -> None:
    pace = AdaptivePace(16)
    grown(pace, 4)
    with pace.slot("create") as slot:
        slot.congested()
    assert pace.room() < 4


def test_nobody_gets_a_place_while_the_run_is_held_back() -> None:
    now_s = [100.0]
    pace = AdaptivePace(16, lambda: now_s[0])
    pace.hold_back(30.0)
    assert pace.room() == 0
    holder = Holder(pace)
    now_s[0] += 29.0
    assert not holder.has_place.wait(0.01)
    now_s[0] += 1.0
    assert holder.has_place.wait(PATIENCE_S)
    holder.leave()
    assert pace.room() == 1


def test_shorter_delay_does_not_shorten_a_longer_one() -> None:
    now_s = [100.0]
    pace = AdaptivePace(16, lambda: now_s[0])
    pace.hold_back(30.0)
    pace.hold_back(1.0)
    now_s[0] += 5.0
    assert pace.room() == 0


def test_end_of_the_run_ends_the_waiting() -> None:
    signals = FakeSignals()
    pace = AdaptivePace(16, lambda: 100.0, ending=RunEnding(signals))
    pace.hold_back(600.0)
    holder = Holder(pace)
    signals.reason = "stopped by SIGTERM"
    assert holder.has_place.wait(PATIENCE_S)
    holder.leave()
