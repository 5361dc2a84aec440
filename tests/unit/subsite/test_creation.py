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
    Scripted,
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


def server_error(request: Request) -> Response:
    """Answer a write with 500, and a question as always."""
    is_question = request.method == "GET"
    return json_answer({"users": []}) if is_question else Response(500, b"Server error", "text/html", None, None)


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
    creation = Creation(bench.exchange, find=lookups.find, update=lookups.update, clock=bench.time.clock)
    creation.newest.note_listed("older")
    return creation.run(POST, record)


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


@pytest.mark.parametrize("refusal", [taken(), server_error])
def test_repeat_that_is_refused_is_looked_up_once_more(refusal: Scripted) -> None:
    bench = Bench(LOST, refusal)
    lookups = Lookups([], [SANNE])
    assert create(bench, lookups) == Done(SANNE)
    assert len(lookups.starts) == 2


@pytest.mark.parametrize("refusal", [taken(), server_error])
def test_first_refusal_is_believed(refusal: Scripted) -> None:
    lookups = Lookups()
    assert isinstance(create(Bench(refusal), lookups), Refused)
    assert lookups.starts == []


def test_repeat_after_503_that_is_refused_is_looked_up_too() -> None:
    lookups = Lookups([SANNE])
    assert create(Bench(busy(503), taken()), lookups) == Done(SANNE)


def test_create_that_gets_no_answer_at_all_may_be_done() -> None:
    bench = Bench(json_answer({"status": 200}), LOST)
    bench.exchange.send(POST, None)
    answer = create(bench, Lookups(*[[]] * 7))
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert len(bench.sent) == 1 + 8


def test_create_during_a_deployment_was_not_done() -> None:
    answer = create(Bench(busy(503)), Lookups())
    assert isinstance(answer, Unavailable)
    assert not answer.maybe_done


@pytest.mark.parametrize("sent", [True, False])
def test_look_that_gets_no_answer_leaves_the_create_open(sent: bool) -> None:
    answer = create(Bench(LOST), Lookups(Unavailable("status 503; tried 8 times", sent=sent, maybe_done=False)))
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert "not known whether the user was created" in answer.message


def test_create_answered_with_another_user_has_failed_and_is_not_looked_up() -> None:
    bench = Bench(written(guid="g0", email="joost@gemeente.test"))
    lookups = Lookups()
    answer = create(bench, lookups)
    assert isinstance(answer, Unavailable)
    assert "another user" in answer.message
    assert (len(bench.sent), lookups.starts) == (1, [])
