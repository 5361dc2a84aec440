"""What an HTTP answer means."""

from email.utils import formatdate

import pytest

from pleio_profile_sync_client.core.models import Done, Refused, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.answers import Reader, believe_done, believe_write
from pleio_profile_sync_client.subsite.transport import Response, Temporary
from tests.unit.subsite.fakes import SECRET, busy, json_answer, page, taken, user_object

NOW_S = 1_790_000_000.0
READER = Reader("subsite.test", SECRET, wall_clock=lambda: NOW_S)


def ended(answer: Response) -> SubsiteError:
    with pytest.raises(SubsiteError) as caught:
        READER.read(answer)
    assert caught.value.hint
    assert f"{caught.value}{caught.value.hint}".isprintable()
    return caught.value


def test_json_with_a_status_of_success_is_good() -> None:
    answer = json_answer({"status": 200})
    assert READER.read(answer) == answer


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", " application/json "])
def test_content_type_may_have_parameters_and_any_case(content_type: str) -> None:
    assert isinstance(READER.read(page(200, b"{}", content_type)), Response)


@pytest.mark.parametrize("status", [200, 201, 204, 401, 403, 404])
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "", "application/jsonp", "text/json"])
def test_answer_that_is_not_json_is_not_this_api(status: int, content_type: str) -> None:
    error = ended(page(status, content_type=content_type))
    assert f"status {status}" in str(error)
    assert "subsite.test" in str(error)


def test_a_part_of_an_answer_is_never_taken_for_the_whole() -> None:
    error = ended(Response(206, b'{"users":[]}', "application/json", None, None))
    assert "part of an answer" in str(error)


@pytest.mark.parametrize("status", [400, 405, 413, 500, 501, 520])
def test_other_errors_in_html_are_one_users_failure(status: int) -> None:
    refused = READER.read(page(status))
    assert isinstance(refused, Refused)
    assert refused.status == status
    assert "html" not in refused.message


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirect_ends_the_run_and_names_the_other_host(status: int) -> None:
    error = ended(Response(status, b"", "text/html", None, "https://www.gemeente.test/profile_sync_api/users?x=1"))
    assert "www.gemeente.test" in error.hint
    assert "primary domain" in error.hint
    assert "may have been carried out" in str(error)


@pytest.mark.parametrize(
    "location", [None, "", "/login", "https://[", f"https://user:{SECRET}@x\x1b[31m.test/", "\r\nX: y"]
)
def test_odd_location_is_shown_safely(location: str | None) -> None:
    error = ended(Response(301, b"", "text/html", None, location))
    assert SECRET not in f"{error}{error.hint}"


def test_refused_secret_ends_the_run_and_says_where_to_compare_it() -> None:
    error = ended(
        json_answer({"error": "invalid_bearer_token", "pretty_error": "You did not supply a valid bearer token."}, 403)
    )
    assert "secret" in str(error)
    assert "settings" in error.hint


def test_another_json_403_is_one_users_failure() -> None:
    assert isinstance(READER.read(json_answer({"error": "no"}, 403)), Refused)


def test_refusal_gives_the_subsites_explanation_and_the_taken_key() -> None:
    refused = READER.read(taken("external_id"))
    assert isinstance(refused, Refused)
    assert refused.taken == "external_id"
    assert "This external_id is already taken by another user." in refused.message


@pytest.mark.parametrize("fields", [{}, {"error": "", "pretty_error": None}, []])
def test_a_refusal_that_says_nothing_is_told_as_such(fields: object) -> None:
    refused = READER.read(json_answer(fields, 418))
    assert isinstance(refused, Refused)
    assert refused.message == "the subsite answered with status 418 and no explanation"


def test_explanation_is_one_safe_line_without_the_secret() -> None:
    hostile = f"\x1b[2J line\r\nline {SECRET} \u202e" + "x" * 10_000
    refused = READER.read(json_answer({"error": "x", "pretty_error": hostile}, 400))
    assert isinstance(refused, Refused)
    assert refused.message.isprintable()
    assert SECRET not in refused.message
    assert len(refused.message) < 400


def test_content_type_with_the_secret_is_shown_without_it() -> None:
    assert SECRET not in str(ended(page(200, content_type=f"text/{SECRET}")))


@pytest.mark.parametrize(
    ("status", "maybe_done", "is_congested"),
    [(429, False, True), (503, False, True), (502, True, False), (504, True, False)],
)
def test_statuses_worth_another_try(status: int, maybe_done: bool, is_congested: bool) -> None:
    meaning = READER.read(busy(status))
    assert isinstance(meaning, Temporary)
    assert (meaning.maybe_done, meaning.is_congested, meaning.is_answer) == (maybe_done, is_congested, True)
    assert meaning.is_silent is not is_congested


def test_a_500_is_worth_another_try_for_a_get_alone() -> None:
    assert isinstance(READER.read(busy(500), is_get=True), Temporary)
    assert isinstance(READER.read(busy(500)), Refused)


def test_a_broken_connection_stays_worth_another_try_and_shows_no_secret() -> None:
    broken = READER.read(Temporary(f"reset by {SECRET}\n", maybe_done=True, is_congested=True))
    assert broken == Temporary("reset by ***\\n", maybe_done=True, is_congested=True)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 5 ", 5.0),
        (formatdate(NOW_S + 90, usegmt=True), 90.0),
        (formatdate(NOW_S + 90, localtime=False), 90.0),
        (formatdate(NOW_S - 90, usegmt=True), 0.0),
        ("9" * 400, 999_999_999.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Wed, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(retry_after: str | None, seconds: float | None) -> None:
    meaning = READER.read(busy(503, retry_after))
    assert isinstance(meaning, Temporary)
    assert meaning.retry_after_s == seconds


def shown(**fields: object) -> bytes:
    return json_answer({"status": 200, "user": user_object(**fields)}).body  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "believed",
    [
        believe_write(shown(), guid="g1"),
        believe_write(shown(guid=57979220), guid="57979220"),
        believe_write(shown(email="SANNE@gemeente.test"), email="sanne@gemeente.test"),
        believe_write(shown(is_banned=True), guid="g1", is_banned=True),
        believe_write(shown(is_banned=False), guid="g1", is_banned=False),
        believe_write(b'{"user":{"guid":"g1"}}', guid="g1"),
        believe_done(b"{}"),
        believe_done(b'{"status":200}'),
        believe_done(b'{"status":200,"error":null}'),
    ],
)
def test_an_answer_that_shows_what_was_asked_is_believed(believed: Done | Unavailable) -> None:
    assert isinstance(believed, Done)


@pytest.mark.parametrize(
    "doubted",
    [
        believe_write(shown(guid="g2"), guid="g1"),
        believe_write(shown(email="other@gemeente.test"), email="sanne@gemeente.test"),
        believe_write(shown(email=None), email="sanne@gemeente.test"),
        believe_write(shown(is_banned=False), guid="g1", is_banned=True),
        believe_write(shown(is_banned=True), guid="g1", is_banned=False),
        believe_write(shown(is_banned=None), guid="g1", is_banned=False),
        believe_write(b'{"user":{"guid":"g1"}}', guid="g1", is_banned=False),
        *(
            believe(body)
            for body in (b"", b"{", b"[]", b"null", b"12", b'{"error":"no"}', b'{"status":500}', b"[" * 100_000)
            for believe in (believe_write, believe_done)
        ),
        *(
            believe_write(body, guid="g1")
            for body in (
                b"{}",
                b'{"status":200}',
                b'{"user":null}',
                b'{"user":{}}',
                b'{"user":7}',
                b'{"user":{"guid":""}}',
            )
        ),
        believe_write(b'{"status":200,"error":"could_not_update","user":{"guid":"g1"}}', guid="g1"),
        believe_write(b'{"status":400,"user":{"guid":"g1"}}', guid="g1"),
    ],
)
def test_an_answer_that_does_not_is_the_subsites_trouble_and_may_have_been_done(doubted: Done | Unavailable) -> None:
    assert isinstance(doubted, Unavailable)
    assert (doubted.sent, doubted.maybe_done) == (True, True)
    assert doubted.message.isprintable()
