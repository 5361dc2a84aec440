"""No account changes hands without a word: columns that had an accident, at every place of the file; long chains."""

import random
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.properties import changing_hands
from tests.properties.changing_hands import (
    Morning,
    addresses_passed_on,
    others_of,
    settled_town,
    spend_night,
    strangers,
)
from tests.properties.column_accidents import accidents
from tests.properties.exports import EXTERNAL_IDS, Export

FILES_A_TEST = 250
SIZE = 30
DELETE = Policy(removal=Action.DELETE, only_linked=True)


@pytest.mark.parametrize("first", range(0, 500, FILES_A_TEST))
def test_columns_that_are_spoilt_in_several_ways_give_no_account_to_another_person(first: int) -> None:
    wrong = [one for seed in range(first, first + FILES_A_TEST) for one in changing_hands.try_file(seed)]
    assert not wrong, f"{len(wrong)}, the first: {wrong[0]}"


def mornings(column: str, ids: str) -> Iterator[tuple[str, Morning]]:
    """Spend a night with each accident of a column at every place of a town's file."""
    chance = random.Random(f"{column} {ids}")
    town = settled_town(chance, SIZE, ids)
    others = others_of(chance, town, column)
    for name, place, rows in accidents(town.rows, town.place(column), others, range(len(town.rows))):
        spoilt = Export(
            town.headers, tuple(rows), town.users, town.delimiter, town.is_quoted, town.line_end, town.files
        )
        morning = spend_night(spoilt.text_of([spoilt.put_down(row) for row in rows]), spoilt, DELETE)
        if morning is not None:
            yield f"{name} at {place}", morning


@pytest.mark.parametrize("ids", EXTERNAL_IDS)
def test_an_accident_of_the_external_ids_writes_nothing(ids: str) -> None:
    wrong = [
        f"{what}: {[str(change) for change in morning.night.plan.changes]}"
        for what, morning in mornings("external_id", ids)
        if morning.changed or len(morning.after) != len(morning.before)
    ]
    assert not wrong, f"{len(wrong)}, the first: {wrong[0]}"


@pytest.mark.parametrize("ids", EXTERNAL_IDS)
def test_an_accident_of_the_emails_writes_nothing_but_free_addresses(ids: str) -> None:
    """A free address is a change like any other, one row's as well as those of another town, below the limit."""
    wrong = [
        f"{what}: {addresses_passed_on(morning) or morning.changed[:2]}"
        for what, morning in mornings("email", ids)
        if len(morning.after) != len(morning.before)
        or addresses_passed_on(morning)
        or (len(morning.changed) > 1 and not what.startswith("of_another_town"))
    ]
    assert not wrong, f"{len(wrong)}, the first: {wrong[0]}"


@pytest.mark.parametrize("column", ["name", "profile.functie"])
def test_an_accident_of_another_column_changes_that_one_below_the_limit(column: str) -> None:
    for what, morning in mornings(column, "running"):
        assert len(morning.after) == len(morning.before), what
        assert len(morning.changed) <= -(-len(morning.before) * 3 // 10) + 1, what  # one may be emptied
        assert not strangers(morning), what
        for old, new in morning.changed:
            field = column.removeprefix("profile.")
            assert _without(old, field) == _without(new, field), what


def _without(user: SubsiteUser, field: str) -> SubsiteUser:
    if field == "name":
        return replace(user, name="")
    return replace(user, profile={**user.profile, field: ""})


def test_with_force_a_chain_of_a_thousand_comes_right_in_one_run() -> None:
    town = settled_town(random.Random(1), 1_000, "running")
    place = town.place("email")
    emails = ["eerste@gemeente.test", *(row[place] for row in town.rows[:-1])]
    rows = [(*row[:place], email, *row[place + 1 :]) for row, email in zip(town.rows, emails, strict=True)]
    text = town.text_of([town.put_down(row) for row in rows])

    refused = spend_night(text, town, Policy())
    forced = spend_night(text, town, Policy(force=True))

    assert refused is not None
    assert forced is not None
    assert not refused.changed
    assert [forced.after[user.guid].email for user in town.users] == emails


def test_a_link_of_a_chain_that_is_confirmed_brings_whom_it_waits_for() -> None:
    town = settled_town(random.Random(2), 30, "running")
    place, id_place = town.place("email"), town.place("external_id")
    ends = 5
    emails = [row[place] for row in town.rows]
    emails[: ends + 1] = ["eerste@gemeente.test", *emails[:ends]]
    rows = [(*row[:place], email, *row[place + 1 :]) for row, email in zip(town.rows, emails, strict=True)]
    text = town.text_of([town.put_down(row) for row in rows])

    refused = spend_night(text, town, Policy())
    confirmed = spend_night(text, town, Policy(relink=True, only=rows[ends][id_place]))

    assert refused is not None
    assert confirmed is not None
    assert refused.night.codes == ["handed_over"] * (ends + 1)
    assert not refused.changed
    assert [confirmed.after[user.guid].email for user in town.users] == emails
