"""What befalls one column of a file while the others stay: inserted, lost, sorted, filled down, shifted."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Column = list[str]
Accident = Callable[[Column, int, "Others"], Column]


@dataclass(frozen=True)
class Others:
    """What else could stand in the column: a new cell, yesterday's column, another town's."""

    filler: str
    yesterday: Sequence[str]
    elsewhere: Sequence[str]


def inserted(cells: Column, place: int, others: Others) -> Column:
    return [*cells[:place], others.filler, *cells[place:-1]]


def inserted_empty(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], "", *cells[place:-1]]


def removed(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *cells[place + 1 :], ""]


def turned_down(cells: Column, place: int, _: Others) -> Column:
    """Shift by one from some place on; the last cell comes first."""
    return [*cells[:place], *cells[-1:], *cells[place:-1]]


def turned_up(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *cells[place + 1 :], *cells[place : place + 1]]


def sorted_alone(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *sorted(cells[place:])]


def sorted_backwards(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *sorted(cells[place:], reverse=True)]


def sorted_up_to(cells: Column, place: int, _: Others) -> Column:
    return [*sorted(cells[:place]), *cells[place:]]


def filled_down(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *[cells[place]] * (len(cells) - place)]


def filled_down_a_little(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *[cells[place]] * len(cells[place : place + 4]), *cells[place + 4 :]]


def neighbours_swapped(cells: Column, place: int, _: Others) -> Column:
    return [*cells[:place], *reversed(cells[place : place + 2]), *cells[place + 2 :]]


def of_yesterday(cells: Column, place: int, others: Others) -> Column:
    return [*cells[:place], *others.yesterday[place:], *cells[max(place, len(others.yesterday)) :]][: len(cells)]


def of_another_town(cells: Column, place: int, others: Others) -> Column:
    return [*cells[:place], *others.elsewhere[place : len(cells)], *cells[max(place, len(others.elsewhere)) :]]


ACCIDENTS: dict[str, Accident] = {
    accident.__name__: accident
    for accident in (
        *(inserted, inserted_empty, removed, turned_down, turned_up, sorted_alone, sorted_backwards, sorted_up_to),
        *(filled_down, filled_down_a_little, neighbours_swapped, of_yesterday, of_another_town),
    )
}


def accidents(
    rows: Sequence[tuple[str, ...]], column: int, others: Others, places: Sequence[int]
) -> Iterator[tuple[str, int, list[tuple[str, ...]]]]:
    """Yield each accident of one column at each place, with the rows that it leaves."""
    cells = [row[column] for row in rows]
    for name, accident in ACCIDENTS.items():
        for place in places:
            spoilt = accident(list(cells), place, others)
            if spoilt != cells:
                yield (
                    name,
                    place,
                    [(*row[:column], cell, *row[column + 1 :]) for row, cell in zip(rows, spoilt, strict=True)],
                )


def some_accident(
    chance: random.Random, rows: Sequence[tuple[str, ...]], column: int, others: Others
) -> tuple[str, list[tuple[str, ...]]]:
    """Return one accident of one column, and the rows that it leaves."""
    name = chance.choice(list(ACCIDENTS))
    cells = ACCIDENTS[name]([row[column] for row in rows], chance.randrange(len(rows)), others)
    return name, [(*row[:column], cell, *row[column + 1 :]) for row, cell in zip(rows, cells, strict=True)]
