"""What an HTTP answer means."""

from email.utils import formatdate

import pytest

from pleio_profile_sync_client.core.models import Refused
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.answers import Good, Reader, Temporary
from pleio_profile_sync_client.subsite.transport import Broken, Response
from tests.unit.subsite.fakes import SECRET, busy, json_answer, page, taken

NOW_S = 1_790_000_000.0
READER = Reader("subsite.test", SECRET, wall_clock=lambda: NOW_S)


def ended(answer: Response) -> SubsiteError:
    with pytest.raises(SubsiteError) as caught:
        READER.read(answer)
    assert caught.value.hint
    assert f"{caught.value}{caught.value.hint}".isprintable()
    return caught.value


def test_json_with_a_status_of_success_is_good() -> None:
    assert READER.read(json_answer({"status": 200})) == Good(b'{"status":200}')


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", " application/json "])
def test_content_type_may_have_parameters_and_any_case(content_type: str) -> None:
    assert isinstance(READER.read(page(200, b"{}", content_type)), Good)


@pytest.mark.parametrize("status", [200, 201, 204, 401, 403, 404])
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "", "application/jsonp", "text/json"])
def test_answer_that_is_not_json_is_not_this_api(status: int, content_type: str) -> None:
    error = ended(page(status, content_type=content_type))
    assert f"status {status}" in str(error)
    assert "subsite.test" in str(error)


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
    ("status", "maybe_done", "congested"),
    [(429, False, True), (503, False, True), (502, True, False), (504, True, False)],
)
def test_statuses_worth_another_try(status: int, maybe_done: bool, congested: bool) -> None:
    meaning = READER.read(busy(status))
    assert isinstance(meaning, Temporary)
    assert (meaning.maybe_done, meaning.congested, meaning.answered) == (maybe_done, congested, True)


def test_broken_connection_is_worth_another_try_and_a_time_out_is_congestion() -> None:
    broken = READER.read(Broken("reset", sent=True))
    assert broken == Temporary("reset", maybe_done=True, answered=False)
    timed_out = READER.read(Broken("late", sent=True, timed_out=True))
    assert isinstance(timed_out, Temporary)
    assert timed_out.congested


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
