"""The pages for a person: the site's users, groups and logs, and the rehearsal of faults; and who may look at them.

Long lists and logs are shown a part at a time.

The API is answered in `api`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pleio_sandbox.api import is_loopback
from pleio_sandbox.faults import Faults
from pleio_sandbox.records import User
from pleio_sandbox.rehearsal import FAILURES, PRESETS, WRONG_ANSWERS, FormError, fill_form, read_form
from pleio_sandbox.service import Service
from pleio_sandbox.store import Store
from pleio_sandbox.traffic import Traffic
from pleio_sandbox.wire import BASE_PATH, Endpoint

ITEMS_A_PAGE = 50
LINES_A_PAGE = 1000
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
"""From the least to the most serious."""
_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d\S*) +(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) +(?P<text>.*)")
STATUSES = {"all": "Everybody", "active": "Active", "banned": "Banned", "deleted": "Deleted"}

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not "no-referrer": browsers would then call a form's origin "null".
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


Item = TypeVar("Item")


class Pages:
    """The pages as an ASGI application, over what they show and steer."""

    def __init__(self, *, store: Store, service: Service, traffic: Traffic) -> None:
        self._store = store
        self._service = service
        self._traffic = traffic
        self._application = Starlette(
            routes=[
                Route("/", self._overview),
                Route("/users", self._users),
                Route("/users/{guid}", self._user),
                Route("/avatars/{guid}", self._avatar),
                Route("/groups", self._groups),
                Route("/groups/{guid}", self._group),
                Route("/logs", self._logs),
                Route("/log", self._log),
                Route("/rehearsal", self._rehearsal),
                Route("/rehearsal", self._rehearse, methods=["POST"]),
                Route("/{name:str}", _asset),
            ],
            exception_handlers={HTTPException: self._trouble},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, if it comes from this machine's own pages."""
        request = Request(scope)
        refusal = find_objection(
            method=request.method, host=request.headers.get("host", ""), origin=request.headers.get("origin")
        )
        if refusal is not None:
            response = PlainTextResponse(f"{refusal}\n", status_code=403, headers=dict(SECURITY_HEADERS))
            await response(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _overview(self, request: Request) -> Response:
        users = self._store.users.everybody()
        return self._page(
            request,
            "overview.html",
            api_url=f"{request.base_url}{BASE_PATH.removeprefix('/')}",
            secret=self._store.settings.secret,
            active=sum(user.is_active for user in users),
            banned=sum(user.is_banned for user in users),
            unlinked=sum(user.external_id is None for user in users),
            deleted=len(self._store.users.deleted()),
            groups=len(self._store.groups.by_name()),
            runs=self._store.logs.runs()[:5],
            fields=self._store.profile_fields(),
            faults_on=self._service.faults != Faults(),
        )

    async def _users(self, request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        status = request.query_params.get("status", "all")
        users = self._store.users.deleted() if status == "deleted" else self._store.users.search(text)
        if status in ("active", "banned"):
            users = [user for user in users if user.is_banned == (status == "banned")]
        return self._page(
            request,
            "users.html",
            page=_cut_page(users, request),
            text=text,
            status=status,
            statuses=STATUSES,
            with_picture=self._store.avatars.jpeg_owners(),
        )

    async def _user(self, request: Request) -> Response:
        user = self._store.users.get(request.path_params["guid"])
        if user is None:
            raise HTTPException(404, "There is no such user, at least not any more.")
        roles = self._store.groups.of_user(user.guid)
        return self._page(
            request,
            "user.html",
            user=user,
            avatar=self._store.avatars.get(user.guid),
            fields=self._store.profile_fields(),
            dates=self._store.dates_of(user.guid),
            groups=[(group, roles[group.guid]) for group in self._store.groups.by_name() if group.guid in roles],
        )

    async def _avatar(self, request: Request) -> Response:
        avatar = self._store.avatars.get(request.path_params["guid"])
        if avatar is None:
            raise HTTPException(404, "There is no avatar.")
        # Anything may have been uploaded: only a picture is shown as one, the rest is for saving.
        if avatar.is_jpeg:
            return Response(avatar.content, media_type="image/jpeg", headers=dict(SECURITY_HEADERS))
        headers = {**SECURITY_HEADERS, "content-disposition": "attachment"}
        return Response(avatar.content, media_type="application/octet-stream", headers=headers)

    async def _groups(self, request: Request) -> Response:
        groups, sizes = self._store.groups.by_name(), self._store.groups.sizes()
        return self._page(request, "groups.html", groups=[(group, sizes.get(group.guid, 0)) for group in groups])

    async def _group(self, request: Request) -> Response:
        group = self._store.groups.get(request.path_params["guid"])
        if group is None:
            raise HTTPException(404, "There is no such group.")
        return self._page(
            request,
            "group.html",
            group=group,
            page=_cut_page(self._store.groups.members(group.guid), request),
            with_picture=self._store.avatars.jpeg_owners(),
        )

    async def _logs(self, request: Request) -> Response:
        runs = _cut_page(self._store.logs.runs(), request)
        counted = [(run, _by_level(split_log(self._store.logs.text(run.uuid)))) for run in runs.items]
        return self._page(request, "logs.html", page=runs, runs=counted)

    async def _log(self, request: Request) -> Response:
        run = request.query_params.get("run", "")
        if not self._store.logs.entries(run):
            raise HTTPException(404, "Nothing was uploaded under this uuid.")
        lines = split_log(self._store.logs.text(run))
        level = request.query_params.get("level", "")
        return self._page(
            request,
            "log.html",
            run=run,
            level=level,
            reaching={name: len(keep_graver(lines, name)) for name in _by_level(lines)},
            page=_cut_page(keep_graver(lines, level), request, size=LINES_A_PAGE),
        )

    async def _rehearsal(self, request: Request) -> Response:
        return self._rehearsal_page(request, fill_form(self._service.faults))

    async def _rehearse(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
        action = form.get("action", "")
        if action == "release":
            self._service.release()
        elif action == "normal":
            self._service.faults = Faults()
        elif action in PRESETS:
            self._service.faults = PRESETS[action][1]
        else:
            try:
                self._service.faults = read_form(form)
            except FormError as error:
                return self._rehearsal_page(request, {**fill_form(Faults()), **form}, error=str(error), status_code=422)
        return RedirectResponse("/rehearsal", status_code=303, headers=dict(SECURITY_HEADERS))

    def _rehearsal_page(
        self, request: Request, form: Mapping[str, str], *, error: str = "", status_code: int = 200
    ) -> Response:
        return self._page(
            request,
            "rehearsal.html",
            status_code=status_code,
            form=form,
            error=error,
            failures=FAILURES,
            wrong_answers=WRONG_ANSWERS,
            switched_on=[name for name, value in form.items() if value],
            endpoints=tuple(Endpoint),
            presets=PRESETS,
            is_normal=self._service.faults == Faults(),
            traffic=self._traffic,
            recent=list(self._traffic)[:-21:-1],
        )

    async def _trouble(self, request: Request, error: Exception) -> Response:
        status, message = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
        return self._page(request, "trouble.html", status_code=status, message=message)

    def _page(self, request: Request, template: str, *, status_code: int = 200, **content: Any) -> Response:
        html = (
            _environment()
            .get_template(template)
            .render(request=request, site_name=self._store.settings.name, path=request.url.path, **content)
        )
        return HTMLResponse(html, status_code=status_code, headers=dict(SECURITY_HEADERS))


def _cut_page(items: Sequence[Item], request: Request, *, size: int = ITEMS_A_PAGE) -> "Page[Item]":
    return cut_page(items, request.query_params.get("page"), size=size)


async def _asset(request: Request) -> Response:
    media_types = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
    name = request.path_params["name"]
    if name not in media_types:
        raise HTTPException(404, "There is no such page.")
    content = (files(__package__) / "templates" / name).read_bytes()
    return Response(content, media_type=media_types[name], headers=dict(SECURITY_HEADERS))


def _by_level(lines: "Iterable[LogLine]") -> dict[str, int]:
    """Count the lines of each level that there is, the worst first."""
    counts = dict.fromkeys(reversed(LEVELS), 0)
    for line in lines:
        if line.level:
            counts[line.level] += 1
    return {level: count for level, count in counts.items() if count}


def _initials(user: User) -> str:
    words = [word for word in user.name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def _time(time_us: int) -> str:
    return f"{datetime.fromtimestamp(time_us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(initials=_initials, time=_time)
    return environment


def find_objection(*, method: str, host: str, origin: str | None) -> str | None:
    """Say why a request must not be answered; None if it may.

    A host name that is not this machine's own is a web site whose name points here (DNS rebinding). A form from a page
    of another origin is somebody else's form; programs send no origin.
    """
    if not is_loopback(_host_name(host)):
        return "The sandbox's pages are for this machine only."
    if method not in ("GET", "HEAD") and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "The sandbox accepts only its own forms."
    return None


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list of `total` items, from its `first` on. Pages and items count from 1."""

    items: Sequence[Item]
    number: int
    pages: int
    total: int
    first: int

    @property
    def previous(self) -> int | None:
        """The page before this one; None before the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after this one; None after the last."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def last(self) -> int:
        """The position of the last item that is shown, counted from 1."""
        return self.first + len(self.items) - 1


def cut_page(items: Sequence[Item], number: str | None, *, size: int) -> Page[Item]:
    """Cut out the page that is asked for; the nearest there is, where the number is out of range or none."""
    pages = max(1, -(-len(items) // size))
    wanted = int(number) if number and number.isascii() and number.isdigit() and len(number) < 10 else 1
    current = min(max(wanted, 1), pages)
    start = (current - 1) * size
    return Page(items=items[start : start + size], number=current, pages=pages, total=len(items), first=start + 1)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: a time, a level and a text; a line in another form has only its text."""

    text: str
    time: str = ""
    level: str = ""


def split_log(content: str) -> list[LogLine]:
    """Take an upload apart."""
    return [_log_line(line) for line in content.splitlines()]


def keep_graver(lines: list[LogLine], level: str) -> list[LogLine]:
    """Keep the lines of this level and worse ones; all for a level that does not exist."""
    if level not in LEVELS:
        return lines
    kept = LEVELS[LEVELS.index(level) :]
    return [line for line in lines if line.level in kept]


def _log_line(line: str) -> LogLine:
    found = _LINE.fullmatch(line)
    return LogLine(text=found["text"], time=found["time"], level=found["level"]) if found else LogLine(text=line)
