"""The entrance to the API: the host, the path, the token, the method; then the endpoint."""

import ipaddress
import re
import secrets
import sqlite3
from collections.abc import Callable, Mapping

from pleio_sandbox.endpoints import (
    add_log,
    ban_user,
    delete_user,
    describe_user,
    list_users,
    save_avatar,
    unban_user,
    write_user,
)
from pleio_sandbox.store import Store
from pleio_sandbox.wire import (
    BASE_PATH,
    CSRF_PAGE,
    HTML,
    LOGIN_PAGE,
    PLACEHOLDER_PAGE,
    WEB_PAGE,
    Answer,
    Refusal,
    Request,
    html_answer,
    json_answer,
    server_error,
)

_UUID_PATH = re.compile(r"/users/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(/ban|/unban|/avatar)?")
_NUMBER_PATH = re.compile(r"/users/([0-9]+)(/ban|/unban|/avatar)?")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_Handler = Callable[[Store, Request], Answer]
_SITE_METHODS: dict[str, dict[str, _Handler]] = {
    "/users": {"POST": write_user, "GET": list_users},
    "/logs": {"POST": add_log},
}
_PersonHandler = Callable[[Store, str, Request], Answer]
_PERSON_METHODS: dict[str, dict[str, _PersonHandler]] = {
    "": {"DELETE": delete_user},
    "/ban": {"POST": ban_user},
    "/unban": {"POST": unban_user},
    "/avatar": {"POST": save_avatar},
}


class Api:
    """Answers requests to the API from a store. `sessions` counts the rows that requests without a cookie leave."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.sessions = 0

    def answer(self, request: Request) -> Answer:
        """Carry out a request and answer it, as its host requires."""
        host, port = _host(request)
        bare_host = host.removeprefix("www.")
        is_primary = self._is_primary(bare_host)
        settings = self._store.settings
        if not is_primary and bare_host not in settings.secondary_domains:
            return html_answer(404, PLACEHOLDER_PAGE)
        answer = self._at_path(request)
        if is_primary and bare_host == host:
            return self._with_session(request, answer)
        # It is carried out nevertheless, and answered with a redirect whatever the result.
        query = f"?{request.query}" if request.query else ""
        location = f"http://{settings.primary_domain}{port}{request.path}{query}"
        return Answer(status=301, content_type=HTML, headers={"location": location})

    def shown_users(self) -> list[dict[str, object]]:
        """List everybody as the API shows them now."""
        keys = self._store.profile_keys()
        return [describe_user(user, keys, self._store.settings) for user in self._store.users.everybody()]

    def _is_primary(self, host: str) -> bool:
        return host == self._store.settings.primary_domain or is_loopback(host)

    def _with_session(self, request: Request, answer: Answer) -> Answer:
        if b"sessionid=" in request.headers.get("cookie", b""):
            return answer
        self.sessions += 1
        cookie = f"sessionid={secrets.token_hex(16)}; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax; Secure"
        return answer.with_header("set-cookie", cookie)

    def _at_path(self, request: Request) -> Answer:
        if request.path == BASE_PATH:
            return html_answer(401, LOGIN_PAGE)
        is_below = request.path.startswith(f"{BASE_PATH}/")
        methods = self._methods(request.path.removeprefix(BASE_PATH)) if is_below else None
        if methods is None:
            safe = request.method in _SAFE_METHODS
            return html_answer(200, WEB_PAGE) if safe else html_answer(403, CSRF_PAGE)
        if not self._has_token(request):
            return invalid_token()
        handler = methods.get(request.method)
        if handler is None:
            return Answer(status=405, content_type=HTML, headers={"allow": ", ".join(methods)})
        return self._carry_out(handler, request)

    def _carry_out(self, handler: _Handler, request: Request) -> Answer:
        try:
            return handler(self._store, request)
        except Refusal as refusal:
            return refusal.answer
        except sqlite3.IntegrityError:  # exactly the address of a deleted user's row
            return server_error().answer

    def _methods(self, path: str) -> Mapping[str, _Handler] | None:
        """Find a path's endpoint; None if it is not the API's: a guid in upper case, a slash too many."""
        if path in _SITE_METHODS:
            return _SITE_METHODS[path]
        pattern = _UUID_PATH if self._store.settings.guid_style == "uuid" else _NUMBER_PATH
        found = pattern.fullmatch(path)
        if found is None:
            return None
        guid, action = found[1], found[2] or ""
        return {method: _for_guid(handler, guid) for method, handler in _PERSON_METHODS[action].items()}

    def _has_token(self, request: Request) -> bool:
        secret = self._store.settings.secret
        # The header is compared as latin-1: a token in UTF-8 bytes never matches.
        sent = request.headers.get("authorization", b"").decode("latin-1")
        return bool(secret) and sent == f"Bearer {secret}"


def invalid_token() -> Answer:
    """Answer like every request without the right token."""
    content = {"error": "invalid_bearer_token", "pretty_error": "You did not supply a valid bearer token."}
    return json_answer(403, {**content, "status": 403})


def is_loopback(host: str) -> bool:
    """Tell whether a host name is this machine's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _for_guid(handler: _PersonHandler, guid: str) -> _Handler:
    return lambda store, request: handler(store, guid, request)


def _host(request: Request) -> tuple[str, str]:
    """Give the host a request is for, and `:port` or nothing; `X-Forwarded-Host` counts before `Host`."""
    sent = request.headers.get("x-forwarded-host") or request.headers.get("host") or b"localhost"
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:[0-9]*)?", sent.decode("latin-1").strip().lower())
    return (found[1], found[2] or "") if found else ("", "")
