"""The subsite's API as the `Subsite` port: which request each call sends, and what becomes of it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import environ
from random import Random
from typing import Self

from pleio_profile_sync_client.core.differences import find_not_taken
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Answer, Done, Guid, Record, Refused, SubsiteUser, Unavailable
from pleio_profile_sync_client.core.ports import Ending, Pace, Progress
from pleio_profile_sync_client.errors import SubsiteError, UsageError
from pleio_profile_sync_client.subsite.answers import Reader, believe_done, believe_write
from pleio_profile_sync_client.subsite.exchange import Exchange
from pleio_profile_sync_client.subsite.listing import PAGE_LIMIT, FetchPage, Newest, read_list
from pleio_profile_sync_client.subsite.payloads import (
    BODY_LIMIT_BYTES,
    NOT_FOUND,
    PageUser,
    decode_page,
    encode_avatar,
    encode_log,
    encode_record,
    list_path,
    user_path,
)
from pleio_profile_sync_client.subsite.transport import READ_TIMEOUT_S, Request, Response, Transport

_LIST_LIMIT_BYTES = 256 * 2**20
_SLOWEST_LISTED_USER_S = 0.02
"""A busy subsite took 12 ms for each user of a page (observed); large pages may need longer than other answers."""


class ApiClient:
    """The API of one subsite, for use from many threads.

    The secret goes into the Authorization header of requests to the destination and nowhere else. `requests` counts
    every attempt by method. Once `ending` is set, nothing is sent except by `upload_log`.
    """

    def __init__(self, exchange: Exchange, *, ending: Ending, clock: Callable[[], float] = time.monotonic) -> None:
        self._exchange = exchange
        self._ending = ending
        self._clock = clock
        self._newest = Newest()

    @classmethod
    def connect(
        cls,
        destination: str,
        secret: str,
        *,
        pace: Pace,
        ending: Ending,
        max_concurrency: int = 16,
        read_timeout_s: float = READ_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
        variables: Mapping[str, str] = environ,
    ) -> Self:
        """Return the API at an address, with or without its last slash; nothing is sent yet."""
        transport = Transport(
            destination,
            {"Accept": "application/json", "Authorization": f"Bearer {_checked(secret)}"},
            max_connections=2 * max_concurrency,
            read_timeout_s=read_timeout_s,
            clock=clock,
            variables=variables,
        )
        exchange = Exchange(
            transport,
            Reader(transport.host, secret, wall_clock=wall_clock),
            pace=pace,
            ending=ending,
            clock=clock,
            sleep=sleep,
            random=random or Random(),  # noqa: S311 - it scatters pauses
        )
        return cls(exchange, ending=ending, clock=clock)

    @property
    def requests(self) -> Counter[str]:
        """How many requests were sent, by method, including repeats and log uploads."""
        return self._exchange.requests

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def list_users(self, progress: Progress) -> list[SubsiteUser]:
        """List everybody, in order of creation; raise `SubsiteError` if that can't be done."""
        with progress.phase("reading the subsite", None) as advance:
            users = read_list(self._page_fetcher(), advance=advance)
        if users:
            self._newest.note_listed(users[-1].guid)
        return users

    def create(self, record: Record) -> Answer:
        """Add a user, exactly once, even if an answer is lost: then the user is looked up before a repeat.

        A `POST /users` without a guid that was carried out makes the next one fail as taken. And an error does not
        prove that nothing was written (no transaction around a request: user row, groups, profile).
        """
        request = _record_request(record)
        if isinstance(request, Refused):
            return request
        older = self._newest.before(self._clock())
        operation = "create+groups" if record.groups else "create"
        answer: Response | Answer = self._exchange.send_once(request, operation, partial(self._look_up, record, older))
        if isinstance(answer, Response):
            answer = believe_write(answer.body, email=record.email)
        if isinstance(answer, Done) and answer.user is not None:
            self._newest.note_created(answer.user.guid, self._clock())
        return answer

    def update(self, guid: Guid, record: Record) -> Answer:
        """Overwrite name and e-mail, and everything else in the record; un-bans."""
        request = _record_request(record, guid)
        if isinstance(request, Refused):
            return request
        answer = self._write(request, "update+groups" if record.groups else "update", guid)
        if isinstance(answer, Refused) and answer.status == 500 and self._is_gone(guid):
            message = "the user was deleted on the subsite after the list was read; the next run creates the user again"
            return Refused(404, message, code=NOT_FOUND)
        return answer

    def unban(self, guid: Guid) -> Answer:
        """Make a user active; empties the ban's reason, an administrator's too."""
        return self._write(Request("POST", user_path(guid, "/unban")), "unban", guid, is_banned=False)

    def ban(self, guid: Guid) -> Answer:
        """Make a user inactive; the e-mail stays taken."""
        return self._write(Request("POST", user_path(guid, "/ban")), "ban", guid, is_banned=True)

    def delete(self, guid: Guid) -> Answer:
        """Anonymise a user permanently. A user who is already gone (404 `not_found`) counts as done."""
        answer = self._exchange.send(Request("DELETE", user_path(guid)), "delete")
        if isinstance(answer, Refused) and answer.code == NOT_FOUND:
            return Done()
        return believe_done(answer.body) if isinstance(answer, Response) else answer

    def send_avatar(self, guid: Guid, jpeg: bytes) -> Answer:
        """Replace a user's avatar; the subsite checks nothing."""
        return self._write(Request("POST", user_path(guid, "/avatar"), *encode_avatar(jpeg)), "avatar", guid)

    def upload_log(self, run: str, content: str) -> Answer:
        """Add a text to the log of this run; tried once, even if the run is to end, and never a reason to end it."""
        request = _json_request("/logs", encode_log(run, content))
        answer = request if isinstance(request, Refused) else self._exchange.upload(request)
        return believe_done(answer.body) if isinstance(answer, Response) else answer

    def _write(self, request: Request, operation: str, guid: Guid, *, is_banned: bool | None = None) -> Answer:
        answer = self._exchange.send(request, operation)
        if isinstance(answer, Response):
            return believe_write(answer.body, guid=guid, is_banned=is_banned)
        return answer

    def _is_gone(self, guid: Guid) -> bool:
        """Tell whether a user is no longer listed: updating one is answered with a bare 500 (observed)."""
        answer = self._exchange.send(Request("GET", list_path(1, guid)), None)
        return isinstance(answer, Refused) and answer.code == NOT_FOUND

    def _look_up(self, record: Record, older: Guid | None) -> Answer | None:
        """Look for a user whose creation may have been carried out, and complete it.

        None if there is no such user. Groups are never shown, so they are sent again.
        """
        try:
            listed = read_list(self._page_fetcher(), start=older)
        except UnansweredError as error:  # the create's failure, not the run's
            return Unavailable(f"{error.message}, so it is not known whether the user was created")
        except SubsiteError as error:
            self._ending.give_up(error)
            raise
        user = next((user for user in listed if _is_same(user, record)), None)
        if user is None:
            return None
        if not record.groups and not find_not_taken(record, user):
            return Done(user)
        answer = self.update(user.guid, record)
        if isinstance(answer, Unavailable):
            return Unavailable(f"created, but not with all its values: {answer.message}")
        return answer

    def _page_fetcher(self) -> FetchPage:
        shared: dict[str, str] = {}

        def fetch(limit: int, cursor: Guid | None) -> Sequence[PageUser] | None:
            request = Request(
                "GET",
                list_path(limit, cursor),
                least_timeout_s=limit * _SLOWEST_LISTED_USER_S if limit > PAGE_LIMIT else 0.0,
                answer_limit_bytes=_LIST_LIMIT_BYTES,
            )
            answer = self._exchange.send(request, None)
            if isinstance(answer, Response):
                return decode_page(answer.body, shared)
            if isinstance(answer, Refused) and answer.status == 404 and cursor is not None:
                return None
            raise UnansweredError(answer.message, was_tried=not isinstance(answer, Unavailable) or answer.sent)

        return fetch


class UnansweredError(SubsiteError):
    """A page of the list could not be fetched; `was_tried` says whether it was requested at all."""

    def __init__(self, message: str, *, was_tried: bool) -> None:
        super().__init__(
            f"The list of the subsite's users could not be read: {message}.",
            hint="Check whether the subsite can be reached, and the destination.",
        )
        self.message = message
        self.was_tried = was_tried


def _record_request(record: Record, guid: Guid | None = None) -> Request | Refused:
    try:
        body = encode_record(record, guid)
    except ValueError:
        return Refused(0, "not sent: a value contains text that can't be encoded")
    return _json_request("/users", body)


def _json_request(path: str, body: bytes) -> Request | Refused:
    if len(body) > BODY_LIMIT_BYTES:
        return Refused(
            0,
            f"not sent: it is {len(body) / 1e6:.1f} MB, and the subsite takes {BODY_LIMIT_BYTES / 1e6:.1f} MB at most",
        )
    return Request("POST", path, body)


def _is_same(user: SubsiteUser, record: Record) -> bool:
    return key(user.email) == key(record.email) and key(user.external_id) == key(record.external_id)


def _checked(secret: str) -> str:
    """Return the secret, checked: the HTTP library shows one that it refuses in its exception."""
    if not secret or not secret.isprintable() or any(ord(character) > 0xFF for character in secret):
        raise UsageError("The API secret is empty or contains characters that can't be sent.", hint="Copy it again.")
    return secret
