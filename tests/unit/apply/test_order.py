"""Which change may start, and which can't any more."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.apply.order import Order
from pleio_profile_sync_client.core.models import Change
from tests.unit.apply.fakes import ban, create, update


def started(order: Order) -> list[int]:
    """All that may start now."""
    found = []
    while (index := order.start_next()) is not None:
        found.append(index)
    return found


def test_changes_start_in_the_plans_order() -> None:
    assert started(Order([update("a"), create("b"), update("c"), ban("d")])) == [0, 1, 2, 3]


def test_nothing_starts_where_there_are_no_changes() -> None:
    assert started(Order([])) == []


def test_waiter_starts_when_the_other_change_was_applied() -> None:
    order = Order([update("a", waits_for="b"), update("b"), update("c")])
    assert started(order) == [1, 2]
    assert order.finished(1, applied=True) == []
    assert started(order) == [0]


def test_waiter_that_comes_later_than_its_holders_end_starts_in_its_turn() -> None:
    order = Order([update("b"), update("c"), update("a", waits_for="b")])
    assert order.start_next() == 0
    order.finished(0, applied=True)
    assert started(order) == [1, 2]


def test_waiter_of_a_failed_change_never_starts() -> None:
    order = Order([update("b"), update("a", waits_for="b"), update("z", waits_for="a"), update("c")])
    assert order.start_next() == 0
    assert order.finished(0, applied=False) == [1, 2]
    assert started(order) == [3]


def test_chain_comes_one_after_the_other() -> None:
    order = Order([create("new", waits_for="a"), update("a", waits_for="b"), update("b", waits_for="c"), update("c")])
    seen = []
    while (index := order.start_next()) is not None:
        seen.append(index)
        order.finished(index, applied=True)
    assert seen == [3, 2, 1, 0]


def test_who_has_no_change_here_is_not_waited_for() -> None:
    assert started(Order([update("a", waits_for="elsewhere")])) == [0]


def test_numeric_guid_and_its_text_are_the_same_user() -> None:
    assert started(Order([update("a", waits_for="57"), update(57)])) == [1]


def test_creates_without_external_id_start_one_at_a_time() -> None:
    order = Order([create("a", None), create("b", None), create("c"), create("d", None)])
    assert started(order) == [0, 2]
    order.finished(0, applied=True)
    assert started(order) == [1]
    order.finished(1, applied=False)
    assert started(order) == [3]


def test_changes_that_wait_for_each_other_do_not_start() -> None:
    assert started(Order([update("a", waits_for="b"), update("b", waits_for="a"), update("c")])) == [2]


@st.composite
def plans(draw: st.DrawFn) -> Sequence[Change]:
    count = draw(st.integers(1, 12))
    changes: list[Change] = []
    positions = draw(st.permutations(range(count)))
    for index in range(count):
        # Who is waited for comes earlier in a random order, so that there are chains and no circles.
        earlier = [other for other in range(count) if positions[other] < positions[index]]
        holder = draw(st.sampled_from([None, *earlier]))
        changes.append(update(index, waits_for=holder))
    return changes


@given(plans(), st.sets(st.integers(0, 11)), st.integers(0, 1000))
def test_every_change_either_starts_once_after_what_it_waits_for_or_waits_in_vain(
    changes: Sequence[Change], failing: set[int], seed: int
) -> None:
    order = Order(changes)
    random = Random(seed)
    running: list[int] = []
    applied: set[int] = set()
    ended: list[int] = []
    while True:
        index = order.start_next() if random.random() < 0.7 else None
        if index is None and not running:
            index = order.start_next()
            if index is None:
                break
        if index is not None:
            holder = getattr(changes[index], "waits_for", None)
            assert holder is None or holder in applied
            running.append(index)
        elif running:
            done = running.pop(random.randrange(len(running)))
            ended.append(done)
            if done not in failing:
                applied.add(done)
            ended += order.finished(done, applied=done not in failing)
    assert sorted(ended) == list(range(len(changes)))
