"""Each call of the API client, over real HTTP."""

from collections.abc import Iterator

import pytest

from pleio_profile_sync_client.core.models import Done, Record, Refused, SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError, UsageError
from pleio_sandbox.faults import Fault
from pleio_sandbox.server import RunningSandbox
from tests.integration.subject import JPEG, Subject, subject
from tests.silence import SILENCE

SANNE = Record("Sanne de Vries", "Sanne@gemeente.test", "P1", {"occupation": "Jurist"})
UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        running.store.add_profile_field("occupation")
        yield running


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[Subject]:
    with subject(sandbox) as found:
        yield found


def done(answer: object) -> SubsiteUser:
    assert isinstance(answer, Done)
    assert answer.user is not None
    return answer.user


def test_created_user_is_listed_as_answered(api: Subject) -> None:
    user = done(api.client.create(SANNE))
    assert (user.external_id, user.name, user.email, user.profile) == (
        "P1",
        "Sanne de Vries",
        "Sanne@gemeente.test",
        {"occupation": "Jurist"},
    )
    assert api.client.list_users(SILENCE) == [user]


def test_update_ban_unban_and_delete_are_done(api: Subject, sandbox: RunningSandbox) -> None:
    guid = done(api.client.create(SANNE)).guid
    assert done(api.client.update(guid, Record("Zoë 🚲", "zoe@gemeente.test"))).name == "Zoë 🚲"
    assert done(api.client.ban(guid)).is_banned
    assert not done(api.client.unban(guid)).is_banned
    assert api.client.delete(guid) == Done()
    assert len(sandbox.store.users) == 0
    assert [user.guid for user in sandbox.store.users.deleted()] == [guid]


def test_deleting_who_is_gone_is_done(api: Subject) -> None:
    assert api.client.delete(UNKNOWN) == Done()


def test_avatar_arrives_as_it_is(api: Subject, sandbox: RunningSandbox) -> None:
    guid = str(done(api.client.create(SANNE)).guid)
    assert isinstance(api.client.send_avatar(guid, JPEG), Done)
    (request,) = sandbox.requests.matching("POST", "/avatar$")
    assert JPEG in request.body
    assert request.status == 200


def test_log_arrives_as_it_is(api: Subject, sandbox: RunningSandbox) -> None:
    run = "7b7f1d5e-6d3f-4b43-9a55-0d2ab2ad9a01"
    assert api.client.upload_log(run, "started\nfinished ë") == Done()
    (request,) = sandbox.requests.matching("POST", "/logs$")
    assert request.content == {"uuid": run, "content": "started\nfinished ë"}


def test_log_is_uploaded_even_after_a_stop(api: Subject) -> None:
    api.signals.reason = "stopped by SIGTERM"
    assert api.client.upload_log("run", "stopped") == Done()


@pytest.mark.parametrize("what", ["ban", "unban"])
def test_unknown_user_is_refused(api: Subject, what: str) -> None:
    answer = api.client.ban(UNKNOWN) if what == "ban" else api.client.unban(UNKNOWN)
    assert isinstance(answer, Refused)
    assert answer.status == 404


def test_taken_keys_are_told(api: Subject) -> None:
    api.client.create(SANNE)
    email = api.client.create(Record("Joost", "SANNE@gemeente.test", "P2"))
    external_id = api.client.create(Record("Joost", "joost@gemeente.test", "p1"))
    assert isinstance(email, Refused)
    assert isinstance(external_id, Refused)
    assert (email.taken, external_id.taken) == ("email", "external_id")


def test_body_that_the_subsite_would_refuse_for_its_size_is_not_sent(api: Subject, sandbox: RunningSandbox) -> None:
    answer = api.client.create(Record("Sanne", "s@gemeente.test", "P1", {"occupation": "x" * 2_700_000}))
    assert isinstance(answer, Refused)
    assert "2.7 MB" in answer.message
    assert len(sandbox.requests) == 0


def test_large_body_is_taken_and_shown(api: Subject) -> None:
    text = "ë" * 1_000_000
    assert done(api.client.create(Record("Sanne", "s@gemeente.test", "P1", {"occupation": text}))).profile == {
        "occupation": text
    }


def test_lone_surrogate_is_refused_and_not_sent(api: Subject, sandbox: RunningSandbox) -> None:
    assert isinstance(api.client.create(Record("\ud800", "s@gemeente.test", "P1")), Refused)
    assert len(sandbox.requests) == 0


def test_every_attempt_is_counted_by_method(api: Subject, sandbox: RunningSandbox) -> None:
    sandbox.next_faults([Fault.UNAVAILABLE, Fault.UNAVAILABLE], method="POST")
    guid = done(api.client.create(SANNE)).guid
    api.client.delete(guid)
    api.client.upload_log("run", "text")
    api.client.list_users(SILENCE)
    assert api.client.requests == {"POST": 4, "DELETE": 1, "GET": 1}
    assert len(sandbox.requests) == 6


def test_wrong_secret_ends_the_run_without_showing_it(sandbox: RunningSandbox) -> None:
    with (
        subject(sandbox, secret="canary-wrong-secret") as wrong,
        pytest.raises(SubsiteError, match="refused the API secret") as caught,
    ):
        wrong.client.list_users(SILENCE)
    assert "canary" not in f"{caught.value!r}{caught.value.hint}"


@pytest.mark.parametrize("secret", ["", "a\nb", "a\r\nX-Y: z", "€uro", "a\0b"])
def test_secret_that_no_header_can_hold_is_refused_without_showing_it(sandbox: RunningSandbox, secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        Subject(sandbox.url, secret)
    assert secret == "" or secret not in str(caught.value)


def test_secret_goes_into_the_authorization_header_only(api: Subject, sandbox: RunningSandbox) -> None:
    done(api.client.create(SANNE))
    (request,) = sandbox.requests
    secret = sandbox.secret.encode()
    assert request.headers["authorization"] == b"Bearer " + secret
    others = [value for name, value in request.headers.items() if name != "authorization"]
    assert not any(secret in value for value in [*others, request.body, request.path.encode(), request.query.encode()])


def test_destination_may_end_in_a_slash(sandbox: RunningSandbox) -> None:
    with subject(sandbox, url=f"{sandbox.url}/") as api:
        assert api.client.list_users(SILENCE) == []


@pytest.mark.parametrize("path", ["/x", "/v2", "/users"])
def test_destination_that_is_not_the_api_ends_the_run(sandbox: RunningSandbox, path: str) -> None:
    with (
        subject(sandbox, url=sandbox.url + path) as api,
        pytest.raises(SubsiteError, match="not the profile sync API") as caught,
    ):
        api.client.list_users(SILENCE)
    assert "destination" in caught.value.hint


@pytest.mark.parametrize("fault", [Fault.REDIRECT, Fault.REDIRECT_AFTER])
def test_redirect_is_not_followed(api: Subject, sandbox: RunningSandbox, fault: Fault) -> None:
    sandbox.next_faults([fault])
    with pytest.raises(SubsiteError, match="redirect"):
        api.client.create(SANNE)
    assert len(sandbox.requests) == 1
