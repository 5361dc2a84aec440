"""Asking a directory over LDAP, so that part of an answer is never taken for the whole.

ldap3 reports a size limit, a time limit and a referral as success, so the result of each page is looked at here, and
nothing but success passes. What the entries mean is decided in `directory`.
"""

import re
import ssl
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from pleio_profile_sync_client.core.ports import Ending
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.errors import SourceError, UsageError

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it uses names that pyasn1 will drop
        import ldap3
    from ldap3.core.exceptions import LDAPExceptionError, LDAPInvalidFilterError, LDAPSocketOpenError
except ImportError as missing:  # pragma: no cover -- it is there where this is tested
    raise UsageError(
        "Reading a directory needs ldap3, which is not installed.",
        hint="Install it with: pip install 'pleio-profile-sync-client[ldap]'",
    ) from missing

PAGE = 500
"""Entries a page; Active Directory gives 1,000 at most."""

_PAGED = "1.2.840.113556.1.4.319"
_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_SUCCESS, _NO_SUCH_OBJECT = 0, 32
_ESCAPED = re.compile(r"((?:\\[0-9a-fA-F]{2})+)|\\(.)", re.DOTALL)
_QUOTED_OR_ESCAPED = re.compile(rf'"((?:\\.|[^"\\])*)"|{_ESCAPED.pattern}', re.DOTALL)
_DATA = re.compile(r"\bdata ([0-9a-f]{1,8})\b", re.IGNORECASE)
_DATA_CODES = {
    "525": "there is no such account",
    "52e": "the name or the password is wrong",
    "52f": "the account may not sign in this way (a restriction)",
    "530": "the account may not sign in at this time",
    "531": "the account may not sign in from this machine",
    "532": "the account's password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the account has to change its password first",
    "775": "the account is locked out",
}
"""What Active Directory says about a refused sign-in in its diagnostic text, as `data 52e`."""

_RESULTS = {
    1: "it wants a sign-in first, or the search can't be done (operationsError)",
    3: "it took longer than the directory allows (timeLimitExceeded)",
    4: "the directory gives this account no more entries (sizeLimitExceeded)",
    7: "the directory does not know this way of signing in (authMethodNotSupported)",
    8: "the directory wants an encrypted connection (strongerAuthRequired)",
    10: "the directory refers to another server (referral)",
    11: "the directory's own limit was reached (adminLimitExceeded)",
    12: "the directory can't give its entries in pages (unavailableCriticalExtension)",
    13: "the directory wants an encrypted connection (confidentialityRequired)",
    32: "there is no such entry, or this account may not see it (noSuchObject)",
    34: "the name is not a DN (invalidDNSyntax)",
    48: "the account has no password, or may not sign in this way (inappropriateAuthentication)",
    49: "the name or the password is wrong (invalidCredentials)",
    50: "the account may not do that (insufficientAccessRights)",
    51: "the directory is busy",
    52: "the directory is not available",
    53: "the directory refuses to do that (unwillingToPerform)",
}
_TROUBLE = (LDAPExceptionError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""What ldap3 raises if a connection breaks; the last ones if an answer is garbled."""

_HINTS = {
    1: "Give bind and password_file under [ldap].",
    4: "Raise the limit for this account in the directory; a partial answer is never used.",
    8: "Write ldaps:// or start_tls = true.",
    11: "Raise the limit for this account in the directory; a partial answer is never used.",
    13: "Write ldaps:// or start_tls = true.",
    49: "See bind and password_file.",
}


class Entry(Struct, frozen=True):
    """An entry of the directory: its name, and its attributes by their names in lower case, as bytes."""

    dn: str
    attributes: dict[str, list[bytes]]


class Root(Struct, frozen=True):
    """What the directory says about itself; `own_partitions` are its own branches, without people."""

    is_active_directory: bool
    own_partitions: tuple[str, ...]


class Ldap:
    """A connection to a directory, opened when it is needed.

    Every method raises `SourceError` if the answer is not complete; its text for the log names no entry.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        start_tls: bool,
        ca_file: Path | None,
        bind: str | None,
        password: str | None,
    ) -> None:
        self.location = url
        self.referrals: list[str] = []
        self.ending: Ending | None = None
        """What ends the run, if anything; then nothing more is asked."""
        self._parts = urlsplit(url)
        self._timeout_s = timeout_s
        self._start_tls = start_tls
        self._ca_file = ca_file
        self._bind = bind
        self._password = password
        self._connection: Any = None

    def close(self) -> None:
        """Close the connection; it is opened again when needed."""
        if self._connection is not None:
            _discard(self._connection)
            self._connection = None

    def read_root(self) -> Root:
        """Ask what the directory says about itself."""
        names = ["supportedCapabilities", "namingContexts", "configurationNamingContext", "schemaNamingContext"]
        found = self.read_entry("", names)
        values = found.attributes if found else {}
        texts = {name: [value.decode("utf-8", "replace") for value in values.get(name.lower(), [])] for name in names}
        zones = [
            name
            for name in texts["namingContexts"]
            if name.lower().startswith(("dc=domaindnszones,", "dc=forestdnszones,"))
        ]
        return Root(
            _ACTIVE_DIRECTORY in texts["supportedCapabilities"],
            (*texts["configurationNamingContext"], *texts["schemaNamingContext"], *zones),
        )

    def read_entry(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        """Return an entry by its name, or None if there is none that this account may see."""
        result, entries = self._search(dn, "(objectClass=*)", attributes, scope=ldap3.BASE)
        if result["result"] == _NO_SUCH_OBJECT:
            return None
        self._require_success(result, f"reading {visible(shortened(dn, 100)) or 'its root'}")
        return entries[0] if entries else None

    def search(self, base: str, wanted: str, attributes: Sequence[str]) -> Iterator[Entry]:
        """Yield the entries below `base` that match the filter, page by page; referrals are kept."""
        cookie: bytes | None = None
        what = f"searching {visible(shortened(base, 100))}"
        while True:
            result, entries = self._search(base, wanted, attributes, scope=ldap3.SUBTREE, page=PAGE, cookie=cookie)
            self._require_success(result, what)
            yield from entries
            control = (result.get("controls") or {}).get(_PAGED)
            cookie = control["value"]["cookie"] if control else None
            if not cookie:
                return

    def _search(
        self,
        base: str,
        wanted: str,
        attributes: Sequence[str],
        *,
        scope: Any,
        page: int | None = None,
        cookie: bytes | None = None,
    ) -> tuple[Mapping[str, Any], list[Entry]]:
        if self.ending is not None and self.ending.is_set():
            raise SourceError(
                f"The directory {self.location} was still being read when the run had to end: {self.ending.reason}.",
                hint="A partial answer is never used.",
            )
        connection = self._open() if self._connection is None else self._connection
        try:
            connection.search(
                base,
                wanted,
                scope,
                dereference_aliases=ldap3.DEREF_NEVER,
                attributes=list(attributes),
                paged_size=page,
                paged_criticality=page is not None,
                paged_cookie=cookie,
            )
        except LDAPInvalidFilterError as error:
            raise SourceError(
                f"The directory {self.location} was not asked: {visible(shortened(wanted, 90))} is not a valid filter.",
                hint="Fix filter under [ldap]; an example: (&(objectCategory=person)(objectClass=user))",
            ) from error
        except _TROUBLE as error:
            self.close()
            raise self._broken_off(error) from error
        entries = [
            Entry(item["dn"], {name.lower(): values for name, values in item["raw_attributes"].items()})
            for item in connection.response or []
            if item["type"] == "searchResEntry"
        ]
        self.referrals += [
            uri for item in connection.response or [] if item["type"] == "searchResRef" for uri in item["uri"]
        ]
        return connection.result, entries

    def _open(self) -> Any:
        """Connect, encrypt, and sign in."""
        host, scheme = self._parts.hostname or "", self._parts.scheme
        tls = _Tls(self._make_context()) if scheme == "ldaps" or self._start_tls else None
        server = ldap3.Server(
            host,
            port=self._parts.port or (636 if scheme == "ldaps" else 389),
            use_ssl=scheme == "ldaps",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=self._timeout_s,
        )
        connection: Any = ldap3.Connection(
            server,
            user=self._bind,
            password=self._password,
            authentication=ldap3.ANONYMOUS if self._bind is None else ldap3.SIMPLE,
            auto_referrals=False,
            check_names=False,
            return_empty_attributes=False,
            receive_timeout=ceil(self._timeout_s),  # whole seconds only
            read_only=True,
        )
        try:
            self._sign_in(connection)
        except _TROUBLE as error:
            _discard(connection)
            raise self._unreachable(error) from error
        except BaseException:
            _discard(connection)
            raise
        self._connection = connection
        return connection

    def _make_context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:  # an SSLError too
            raise SourceError(
                f"The certificates in {self._ca_file} can't be read: {error.strerror or error}.",
                hint="ca_file under [ldap] names a file with one or several certificates (PEM).",
            ) from error

    def _sign_in(self, connection: Any) -> None:
        connection.open(read_server_info=False)
        if self._start_tls and not connection.start_tls(read_server_info=False):
            raise self._refused("would not encrypt the connection (start_tls)", connection.result)
        connection.bind(read_server_info=False)
        if connection.result["result"] != _SUCCESS:
            raise self._refused("refused the sign-in", connection.result)

    def _require_success(self, result: Mapping[str, Any], what: str) -> None:
        if result["result"] != _SUCCESS:
            raise self._refused(f"did not answer in full while {what}", result)

    def _refused(self, what: str, result: Mapping[str, Any]) -> SourceError:
        code, said = result["result"], str(result.get("message") or "")
        data = _DATA.search(said)
        reason = _RESULTS.get(code) or f"{result.get('description', 'no reason')} ({code})"
        if data and code == 49:
            reason = _DATA_CODES.get(data[1].lower().lstrip("0"), reason)
        elif said:
            reason += f"; it said: {visible(shortened(' '.join(said.replace(chr(0), ' ').split()), 200))}"
        return SourceError(
            f"The directory {self.location} {what}: {reason}.",
            hint=_HINTS.get(code, "A partial answer is never used."),
            uploadable=f"The directory {self.location} did not answer as it should (result {code}).",
        )

    def _broken_off(self, error: Exception) -> SourceError:
        return SourceError(
            f"The directory {self.location} broke off its answer: {_in_words(error)}.",
            hint="A partial answer is never used; run it again when the directory is working.",
            uploadable=f"The directory {self.location} broke off its answer.",
        )

    def _unreachable(self, error: Exception) -> SourceError:
        reason = _in_words(error)
        hint = "Is the address right, and does a firewall let this machine through?"
        if "certificate" in reason.lower() or "ssl" in reason.lower():
            hint = "Under [ldap], let ca_file name the certificate of the authority that signed the directory's."
        return SourceError(f"The directory {self.location} can't be reached: {reason}.", hint=hint)


class _Tls(ldap3.Tls):
    """Lets OpenSSL decide whether a certificate is valid for the host; ldap3's own way is gone in Python 3.12."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 -- ldap3's
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


def referred_dn(uri: str) -> str:
    """Return the DN that a referral such as `ldap://child.gemeente.test/DC=child,DC=gemeente,DC=test` names."""
    try:
        return unquote(urlsplit(uri).path.lstrip("/"))
    except ValueError:  # no address at all
        return uri


def dn_key(name: str) -> str:
    """Return the form in which all spellings of a DN are equal, whatever their case, blanks and escapes."""
    written_out = _QUOTED_OR_ESCAPED.sub(_write_out, name).casefold()
    return ",".join("+".join(sorted(map(_part_key, one.split("+")))) for one in re.split("[,;]", written_out))


def _discard(connection: Any) -> None:
    """Close a connection in whatever state it is; ldap3 leaves the socket of some that failed open."""
    sock = connection.socket
    with suppress(LDAPExceptionError, OSError):
        connection.unbind()
    if sock is not None:
        sock.close()


def _in_words(error: Exception) -> str:
    if isinstance(error, LDAPSocketOpenError) and error.args and isinstance(error.args[-1], list):
        causes = [str(found[2]) for found in error.args[-1] if len(found) > 2]
        return visible(shortened("; ".join(causes) or str(error.args[0]), 200))
    if isinstance(error, LookupError | TypeError | AttributeError):
        return "an answer that can't be read"
    return visible(shortened(str(error) or type(error).__name__, 200))


def _part_key(part: str) -> str:
    attribute, _, value = part.partition("=")
    return f"{attribute.strip()}={re.sub(' +', ' ', value.strip())}"


def _write_out(match: re.Match[str]) -> str:
    """Return what was quoted or escaped as it is, except characters that mean something in a DN: these as codes."""
    text = match[0] if match[1] is None else match[1]
    return re.sub(r'[,;+="\\]', lambda found: f"\\{ord(found[0]):02x}", _ESCAPED.sub(_unescaped, text))


def _unescaped(match: re.Match[str]) -> str:
    codes, character = match.groups()
    return bytes.fromhex(codes.replace("\\", "")).decode("utf-8", "replace") if codes else str(character)
