"""A file cut off at hundreds of places, with ban and with delete: nobody is removed beyond the limit, and nobody at all
where the cut shows.
"""

import csv
import io

import pytest

from pleio_profile_sync_client.core.models import Action, Memory, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.properties.planning import Files, plan_night, read_file

SIZE = 120
HEADERS = ("external_id", "name", "email", "profile.occupation")


def row_of(number: int) -> tuple[str, str, str, str]:
    return (f"{number:05}", f"Zoë {number} Visser", f"p{number}@gemeente.test", f'Coördinator, "team"\n{number % 7}')


def users() -> tuple[SubsiteUser, ...]:
    rows = map(row_of, range(SIZE))
    return tuple(
        SubsiteUser(
            f"guid-{external_id}", external_id, name, email, is_banned=False, profile={"occupation": occupation}
        )
        for external_id, name, email, occupation in rows
    )


def whole_file() -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEADERS, *map(row_of, range(SIZE))])
    return text.getvalue().encode()


@pytest.mark.parametrize("places", [200, pytest.param(2_000, marks=pytest.mark.slow)])
def test_a_cut_file_removes_nobody_beyond_the_limit(places: int) -> None:
    content, listed = whole_file(), users()
    limit = Policy().max_removals.of(SIZE)
    seen_cut_off = refused = 0
    for place in range(places):
        data = content[: len(content) * (place + 1) // places]
        reading = read_file(data, Files())
        if reading is None:
            refused += 1
            continue
        seen_cut_off += reading.cut_off is not None
        named = {external_id for external_id, _, email, _ in map(row_of, range(SIZE)) if email.encode() in data}
        for removal in (Action.BAN, Action.DELETE):
            night = plan_night(reading, listed, Policy(removal=removal), Memory())
            removals = [change for change in night.plan.changes if change.action is removal]
            sent = 0 if night.plan.withheld or night.tripped else len(removals)
            assert sent <= limit, place
            assert not (reading.cut_off and sent), place
            assert not named & {change.external_id for change in removals}, place
    assert seen_cut_off > places // 2
    assert refused < places // 4
