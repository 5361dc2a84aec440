"""Whoever can be read in the file stays, however it was damaged; and nothing waits that need not.

`make fuzz` tries some thirty times as many files.
"""

import pytest

from tests.properties import lost_people, needless_waiting

FILES_A_TEST = 500


@pytest.mark.parametrize("first", range(0, 3_000, FILES_A_TEST))
def test_nobody_is_removed_who_can_still_be_read_in_the_file(first: int) -> None:
    lost = [one for seed in range(first, first + FILES_A_TEST) for one in lost_people.try_file(seed)]
    if lost:
        pytest.fail(f"{len(lost)} lost, the first:\n{lost_people.describe(lost_people.shrink(lost[0]))}")


@pytest.mark.parametrize("first", range(0, 1_000, FILES_A_TEST))
def test_rows_that_hold_nothing_back_let_leavers_go(first: int) -> None:
    held_back = [one for seed in range(first, first + FILES_A_TEST) for one in needless_waiting.try_file(seed)]
    if held_back:
        pytest.fail(f"{len(held_back)} held back, the first:\n{held_back[0]}")
