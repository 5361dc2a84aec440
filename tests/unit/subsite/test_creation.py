"""Creating a user exactly once, although answers get lost."""

from collections.abc import Sequence

import msgspec
import pytest

from pleio_profile_sync_client.core.models import Answer, Done, Guid, Record, Refused, SubsiteUser, Unavailable
from pleio_profile_sync_client.subsite.creation import Creation
from pleio_profile_sync_client.subsite.transport import Broken, Request, Response
from tests.unit.subsite.fakes import (
    LOST,
    NEVER_SENT,
    TIMED_OUT,
    Bench,
    busy,
    json_answer,
    taken,
    written,
)

RECORD = Record("Sanne de Vries", "sanne@gemeente.test", "P1", {"occupation": "Beleidsmedewerker"})
POST = Request("POST", "/users", b"{}")
SANNE = SubsiteUser(
    "g1", "p1", "Sanne de Vries", "Sanne@gemeente.test", is_banned=False, profile={"occupation": "Beleidsmedewerker"}
)
SOMEBODY = SubsiteUser("g0", "P0", "Joost Bakker", "joost@gemeente.test", is_banned=False)
SERVER_ERROR = Response(500, b"Server error", "text/html", None, None)


class Lookups:
    """Lists that somebody asks for, one after the other, and the updates that follow."""

    def __init__(self, *lists: Sequence[SubsiteUser] | Unavailable) -> None:
        self.starts: list[Guid | None] = []
        self.updates: list[Guid] = []
        self._lists = list(lists)

    def find(self, start: Guid | None) -> list[SubsiteUser] | Unavailable:
        self.starts.append(start)
        found = self._lists.pop(0)
        return found if isinstance(found, Unavailable) else list(found)

    def update(self, guid: Guid, record: Record) -> Answer:
        self.updates.append(guid)
        return Done(SANNE)


def create(bench: Bench, lookups: Lookups, record: Record = RECORD) -> Answer:
    return Creation(bench.exchange, find=lookups.find, update=lookups.update).run(POST, record, "older")


def test_answered_create_is_done_without_a_look() -> None:
    lookups = Lookups()
    answer = create(Bench(written()), lookups)
    assert isinstance(answer, Done)
    assert answer.user is not None
    assert answer.user.guid == "g1"
    assert lookups.starts == []


@pytest.mark.parametrize("trouble", [LOST, TIMED_OUT, busy(502), busy(504)])
def test_lost_create_is_looked_up_and_found(trouble: Response | Broken) -> None:
    bench = Bench(trouble)
    lookups = Lookups([SOMEBODY, SANNE])
    assert create(bench, lookups) == Done(SANNE)
    assert len(bench.sent) == 1
    assert lookups.starts == ["older"]
    assert lookups.updates == []


@pytest.mark.parametrize("trouble", [LOST, busy(502)])
def test_lost_create_that_was_not_done_is_repeated(trouble: Response | Broken) -> None:
    bench = Bench(trouble, written())
    assert isinstance(create(bench, Lookups([SOMEBODY])), Done)
    assert len(bench.sent) == 2


@pytest.mark.parametrize("trouble", [NEVER_SENT, busy(503), busy(429)])
def test_create_that_was_surely_not_done_is_repeated_without_a_look(trouble: Response | Broken) -> None:
    bench = Bench(trouble, written())
    lookups = Lookups()
    assert isinstance(create(bench, lookups), Done)
    assert lookups.starts == []


@pytest.mark.parametrize(
    "half",
    [
        msgspec.structs.replace(SANNE, profile={"occupation": ""}),
        msgspec.structs.replace(SANNE, name="Sanne"),
    ],
)
def test_user_who_was_created_half_is_updated(half: SubsiteUser) -> None:
    lookups = Lookups([half])
    assert create(Bench(LOST), lookups) == Done(SANNE)
    assert lookups.updates == ["g1"]


def test_groups_are_sent_again_since_nothing_shows_them() -> None:
    lookups = Lookups([SANNE])
    create(Bench(LOST), lookups, msgspec.structs.replace(RECORD, groups=("group",)))
    assert lookups.updates == ["g1"]


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(SANNE, external_id="P2"),
        msgspec.structs.replace(SANNE, external_id=None),
        msgspec.structs.replace(SANNE, email="other@gemeente.test"),
    ],
)
def test_somebody_with_only_one_of_the_keys_is_not_the_user(other: SubsiteUser) -> None:
    bench = Bench(LOST, taken())
    answer = create(bench, Lookups([other], [other]))
    assert isinstance(answer, Refused)
    assert answer.taken == "email"


@pytest.mark.parametrize("refusal", [taken(), SERVER_ERROR])
def test_repeat_that_is_refused_is_looked_up_once_more(refusal: Response) -> None:
    bench = Bench(LOST, refusal)
    lookups = Lookups([], [SANNE])
    assert create(bench, lookups) == Done(SANNE)
    assert len(lookups.starts) == 2


@pytest.mark.parametrize("refusal", [taken(), SERVER_ERROR])
def test_first_refusal_is_believed(refusal: Response) -> None:
    lookups = Lookups()
    assert isinstance(create(Bench(refusal), lookups), Refused)
    assert lookups.starts == []


def test_repeat_after_503_that_is_refused_is_looked_up_too() -> None:
    lookups = Lookups([SANNE])
    assert create(Bench(busy(503), taken()), lookups) == Done(SANNE)


def test_create_that_gets_no_answer_at_all_says_that_it_may_be_done() -> None:
    bench = Bench(json_answer({"status": 200}), LOST)
    bench.exchange.send(POST, None)
    answer = create(bench, Lookups(*[[]] * 7))
    assert isinstance(answer, Unavailable)
    assert "may have been created all the same" in answer.message
    assert len(bench.sent) == 1 + 8


def test_create_during_a_deployment_does_not_say_so() -> None:
    answer = create(Bench(busy(503)), Lookups())
    assert isinstance(answer, Unavailable)
    assert "may have been created" not in answer.message


def test_look_that_gets_no_answer_leaves_the_create_open() -> None:
    answer = create(Bench(LOST), Lookups(Unavailable("status 503; tried 8 times")))
    assert isinstance(answer, Unavailable)
    assert "may have been created all the same" in answer.message
