"""The seeds of what is drawn by chance: three in every run of the tests, many more in `make fuzz`."""

import pytest

ORDINARY = 3


def seeds(number: int) -> list[object]:
    """Give so many seeds, of which all but the first few are slow."""
    return [pytest.param(seed, marks=[pytest.mark.slow] if seed > ORDINARY else []) for seed in range(1, number + 1)]
