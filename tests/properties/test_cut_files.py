"""A file cut off at a thousand places, with ban and with delete: nobody is removed beyond the limit, and nobody at all
where the cut shows.
"""

import csv
import io
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Action, Memory, RemovalAction, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.file import FileSource
from tests.silence import SILENCE

SIZE = 120
PLACES = 1_000
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


def plan_of(source: FileSource, removal: RemovalAction, listed: tuple[SubsiteUser, ...]) -> tuple[Plan, bool]:
    reading = source.read(SILENCE)
    matching = match_rows(reading, listed)
    policy = Policy(removal=removal)
    draft = draft_plan(matching, reading, memory=Memory(), policy=policy, avatars={}, now_s=0.0)
    return make_plan(draft), reading.cut_off is not None


@pytest.mark.parametrize("removal", [Action.BAN, Action.DELETE])
def test_a_cut_file_removes_nobody_beyond_the_limit(removal: RemovalAction, tmp_path: Path) -> None:
    content, listed = whole_file(), users()
    path = tmp_path / "users.csv"
    limit = Policy().max_removals.of(SIZE)
    seen_cut_off = refused = 0
    for place in range(PLACES):
        path.write_bytes(content[: len(content) * (place + 1) // PLACES])
        try:
            plan, is_cut_off = plan_of(FileSource(str(path)), removal, listed)
        except SourceError:
            refused += 1
            continue
        removals = [change for change in plan.changes if change.action is removal]
        is_stopped = plan.withheld or any(fuse.tripped for fuse in plan.fuses)
        sent = 0 if is_stopped else len(removals)
        assert sent <= limit, place
        assert not (is_cut_off and sent), place
        named = {row_of(number)[0] for number in range(SIZE) if row_of(number)[2].encode() in path.read_bytes()}
        assert not named & {change.external_id for change in removals}, place
        seen_cut_off += is_cut_off
    assert seen_cut_off > PLACES // 2
    assert refused < PLACES // 4
