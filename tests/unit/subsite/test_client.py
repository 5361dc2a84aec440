"""Creating a user exactly once, although answers get lost."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from pleio_profile_sync_client.core.models import Answer, Done, Record, Refused, SubsiteUser, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.subsite.transport import Request, Response, Temporary
from tests.silence import SILENCE
from tests.unit.subsite.fakes import (
    LOST,
    NEVER_SENT,
    TIMED_OUT,
    Bench,
    Script,
    Scripted,
    busy,
    json_answer,
    page,
    taken,
    user_object,
    written,
)

RECORD = Record("Sanne de Vries", "sanne@gemeente.test", "P1", {"occupation": "Beleidsmedewerker"})
SANNE = SubsiteUser(
    "g1", "p1", "Sanne de Vries", "Sanne@gemeente.test", is_banned=False, profile={"occupation": "Beleidsmedewerker"}
)
SOMEBODY = SubsiteUser("g0", "P0", "Joost Bakker", "joost@gemeente.test", is_banned=False)
SERVER_ERROR = page(500, b"Server error")


class Site:
    """A subsite that answers creates by script, and gives these lists, one after the other, to who looks a user up.

    `starts` are the users from whom somebody looked, `updates` those who were updated.
    """

    def __init__(self, *answers: Scripted, lists: Sequence[Sequence[SubsiteUser] | Response] = ()) -> None:
        self.bench = Bench(self._answer)
        self.creates = Script(*answers)
        self.starts: list[str] = []
        self.updates: list[object] = []
        self.answer_to_update: Response | Temporary = written()
        self._lists = list(lists)

    def create(self, record: Record = RECORD) -> Answer:
        """Create a user, after the list that ends with somebody was read."""
        client = ApiClient(self.bench.exchange, ending=self.bench.ending, clock=self.bench.time.clock)
        client.list_users(SILENCE)
        return client.create(record)

    def _answer(self, request: Request) -> Response | Temporary:
        if request.method == "GET":
            return self._list(parse_qs(urlsplit(request.path).query))
        guid = msgspec.json.decode(request.body or b"{}").get("guid")
        if guid is None:
            return self.creates.send(request, within_s=0.0)
        self.updates.append(guid)
        return self.answer_to_update

    def _list(self, query: dict[str, list[str]]) -> Response:
        if "cursor" not in query:
            return listed([SOMEBODY])
        self.starts += query["cursor"]
        found = self._lists.pop(0)
        return found if isinstance(found, Response) else listed(found)


def listed(users: Sequence[SubsiteUser]) -> Response:
    return json_answer({"users": [user_object(**msgspec.structs.asdict(user)) for user in users]})


def test_answered_create_is_done_without_a_look() -> None:
    site = Site(written())
    answer = site.create()
    assert isinstance(answer, Done)
    assert answer.user is not None
    assert answer.user.guid == "g1"
    assert site.starts == []


@pytest.mark.parametrize("trouble", [LOST, TIMED_OUT, busy(502), busy(504)])
def test_lost_create_is_looked_up_and_found(trouble: Response | Temporary) -> None:
    site = Site(trouble, lists=[[SOMEBODY, SANNE]])
    assert site.create() == Done(SANNE)
    assert len(site.creates.requests) == 1
    assert site.starts == ["g0"]
    assert site.updates == []


@pytest.mark.parametrize("trouble", [LOST, busy(502)])
def test_lost_create_that_was_not_done_is_repeated(trouble: Response | Temporary) -> None:
    site = Site(trouble, written(), lists=[[SOMEBODY]])
    assert isinstance(site.create(), Done)
    assert len(site.creates.requests) == 2


@pytest.mark.parametrize("trouble", [NEVER_SENT, busy(503), busy(429)])
def test_create_that_was_surely_not_done_is_repeated_without_a_look(trouble: Response | Temporary) -> None:
    site = Site(trouble, written())
    assert isinstance(site.create(), Done)
    assert site.starts == []


@pytest.mark.parametrize(
    "half",
    [
        msgspec.structs.replace(SANNE, profile={"occupation": ""}),
        msgspec.structs.replace(SANNE, name="Sanne"),
    ],
)
def test_user_who_was_created_half_is_updated(half: SubsiteUser) -> None:
    site = Site(LOST, lists=[[half]])
    assert isinstance(site.create(), Done)
    assert site.updates == ["g1"]


def test_user_who_was_created_half_and_can_not_be_updated_is_told_as_such() -> None:
    site = Site(LOST, lists=[[msgspec.structs.replace(SANNE, name="Sanne")]])
    site.answer_to_update = busy(503)
    answer = site.create()
    assert isinstance(answer, Unavailable)
    assert answer.message.startswith("created, but not with all its values: subsite.test answered with status 503")


def test_groups_are_sent_again_since_nothing_shows_them() -> None:
    site = Site(LOST, lists=[[SANNE]])
    site.create(msgspec.structs.replace(RECORD, groups=("group",)))
    assert site.updates == ["g1"]


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(SANNE, external_id="P2"),
        msgspec.structs.replace(SANNE, external_id=None),
        msgspec.structs.replace(SANNE, email="other@gemeente.test"),
    ],
)
def test_somebody_with_only_one_of_the_keys_is_not_the_user(other: SubsiteUser) -> None:
    answer = Site(LOST, taken(), lists=[[other], [other]]).create()
    assert isinstance(answer, Refused)
    assert answer.taken == "email"


@pytest.mark.parametrize("refusal", [taken(), SERVER_ERROR])
def test_repeat_that_is_refused_is_looked_up_once_more(refusal: Response) -> None:
    site = Site(LOST, refusal, lists=[[], [SANNE]])
    assert site.create() == Done(SANNE)
    assert len(site.starts) == 2


@pytest.mark.parametrize("refusal", [taken(), SERVER_ERROR])
def test_first_refusal_is_believed(refusal: Response) -> None:
    site = Site(refusal)
    assert isinstance(site.create(), Refused)
    assert site.starts == []


def test_repeat_after_503_that_is_refused_is_looked_up_too() -> None:
    assert Site(busy(503), taken(), lists=[[SANNE]]).create() == Done(SANNE)


def test_create_that_gets_no_answer_at_all_may_be_done() -> None:
    site = Site(LOST, lists=[[]] * 7)
    answer = site.create()
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert len(site.creates.requests) == 8


def test_create_during_a_deployment_was_not_done() -> None:
    answer = Site(busy(503)).create()
    assert isinstance(answer, Unavailable)
    assert not answer.maybe_done


def test_look_that_gets_no_answer_leaves_the_create_open() -> None:
    answer = Site(LOST, lists=[busy(503)] * 8).create()
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert "status 503; tried 8 times, so it is not known whether the user was created" in answer.message


def test_look_that_the_runs_end_cuts_short_leaves_the_create_open() -> None:
    site = Site(LOST, lists=[busy(503)])

    def stop_in_the_second_pause() -> None:
        if site.starts:
            site.bench.signals.reason = "stopped by SIGTERM"

    site.bench.time.on_sleep = stop_in_the_second_pause
    answer = site.create()
    assert isinstance(answer, Unavailable)
    assert (answer.sent, answer.maybe_done) == (True, True)
    assert "not known whether the user was created" in answer.message


def test_look_at_what_is_no_list_ends_the_run() -> None:
    site = Site(LOST, lists=[json_answer({"status": 200})])
    with pytest.raises(SubsiteError):
        site.create()
    assert site.bench.ending.reason == "the run was given up"


def test_create_answered_with_another_user_has_failed_and_is_not_looked_up() -> None:
    site = Site(written(guid="g0", email="joost@gemeente.test"))
    answer = site.create()
    assert isinstance(answer, Unavailable)
    assert "another user" in answer.message
    assert (len(site.creates.requests), site.starts) == (1, [])
