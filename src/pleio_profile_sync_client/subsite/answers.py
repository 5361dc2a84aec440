"""What an HTTP answer means: done, refused, worth another try, or no answer of this API (which ends the run).

And whether the answer to a write shows what was asked for: the subsite, or something in front of it, may answer with
another user, an old state or nothing at all.
"""

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Done, Guid, Refused, Unavailable
from pleio_profile_sync_client.core.text import Redactor, shortened, visible
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.payloads import decode_error, decode_shown, shown_guid
from pleio_profile_sync_client.subsite.transport import Response, Temporary

_MESSAGE_LENGTH = 300
_PARTIAL = 206
_TEMPORARY = frozenset({429, 502, 503, 504})
_CONGESTED = frozenset({429, 503})
_SURELY_NOT_DONE = frozenset({429, 503})
_HINT_DESTINATION = "Check the destination: https://SUBSITE/profile_sync_api on the subsite's primary domain."


Meaning = Response | Refused | Temporary
"""A `Response` is JSON with a status of success."""


class Reader:
    """Tells what answers mean; none of its messages contains the secret."""

    def __init__(self, host: str, secret: str, *, wall_clock: Callable[[], float]) -> None:
        self._host = host
        self._redact = Redactor(secret)
        self._wall_clock = wall_clock

    def read(self, answer: Response | Temporary, *, is_get: bool = False) -> Meaning:
        """Return what an answer means; raise `SubsiteError` if it is not this API's, or the secret is refused."""
        if isinstance(answer, Temporary):
            return replace(answer, message=self._clean(answer.message))
        status = answer.status
        if status in _TEMPORARY or (status == 500 and is_get):
            return Temporary(
                f"{self._host} answered with status {status}",
                maybe_done=status not in _SURELY_NOT_DONE,
                is_answer=True,
                is_congested=status in _CONGESTED,
                is_silent=status not in _CONGESTED,
                retry_after_s=self._seconds(answer.retry_after),
            )
        is_json = answer.content_type.partition(";")[0].strip().lower() == "application/json"
        if 300 <= status < 400:
            raise self._redirected(answer)
        if not is_json and (200 <= status < 300 or status in {401, 403, 404}):
            raise self._not_this_api(answer)
        if status == _PARTIAL:
            raise SubsiteError(
                f"{self._host} answered with status {status}: part of an answer, which is never taken for the whole.",
                hint="The API answers with status 200. Is there a proxy or cache in between?",
            )
        return answer if 200 <= status < 300 else self._refused(answer, is_json=is_json)

    def _refused(self, answer: Response, *, is_json: bool) -> Refused:
        without_explanation = f"the subsite answered with status {answer.status} and no explanation"
        if not is_json:
            return Refused(answer.status, without_explanation)
        error = decode_error(answer.body)
        if error.code == "invalid_bearer_token":
            raise SubsiteError(
                f"{self._host} refused the API secret.",
                hint="Compare the secret with the one in the subsite's settings (profile sync).",
            )
        explanation = self._clean(error.explanation or error.code)
        message = (
            f"the subsite answered with status {answer.status}: {explanation}" if explanation else without_explanation
        )
        return Refused(answer.status, message, error.taken, error.code)

    def _redirected(self, answer: Response) -> SubsiteError:
        target = self._host_of(answer.location)
        where = f" to {target}" if target else ""
        return SubsiteError(
            f"{self._host} redirected{where} (status {answer.status}); redirects are not followed, and a write that "
            "got one may have been carried out.",
            hint="Use the subsite's primary domain as the destination" + (f": {target}." if target else "."),
        )

    def _not_this_api(self, answer: Response) -> SubsiteError:
        content_type = self._clean(answer.content_type) or "no content type"
        return SubsiteError(
            f"{self._host} answered with status {answer.status} and {shortened(content_type, 60)} instead of JSON: "
            "that is not the profile sync API.",
            hint=_HINT_DESTINATION,
        )

    def _host_of(self, location: str | None) -> str:
        try:
            host = urlsplit(location or "").netloc.rpartition("@")[2]
        except ValueError:
            return ""
        return shortened(self._clean(host), 100)

    def _clean(self, text: str) -> str:
        return shortened(visible(self._redact(text)), _MESSAGE_LENGTH)

    def _seconds(self, retry_after: str | None) -> float | None:
        """Return the seconds that a Retry-After asks for, as a number or a date (RFC 9110); None for anything else."""
        text = (retry_after or "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            at = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - self._wall_clock())


def believe_write(
    body: bytes, *, guid: Guid | None = None, email: str | None = None, is_banned: bool | None = None
) -> Done | Unavailable:
    """Return what the answer to a write means, if it shows the user with this guid, e-mail or state."""
    try:
        shown = decode_shown(body)
    except SubsiteError:
        shown = None
    if shown is None or shown.user is None:
        return _unbelievable("shows no user")
    user = shown.user
    if (guid is not None and str(user.guid) != str(guid)) or (email is not None and key(user.email) != key(email)):
        return _unbelievable(f"shows another user, {shown_guid(user.guid)}")
    if is_banned is not None and shown.is_banned is not is_banned:
        return _unbelievable(f"does not show that the user is {'banned' if is_banned else 'active'}")
    return Done(user)


def believe_done(body: bytes) -> Done | Unavailable:
    """Return what the answer to a delete or an upload means; these show no user."""
    try:
        decode_shown(body)
    except SubsiteError:
        return _unbelievable("is not one of this API's")
    return Done()


def _unbelievable(why: str) -> Unavailable:
    return Unavailable(f"the subsite answered with success, but its answer {why}")
