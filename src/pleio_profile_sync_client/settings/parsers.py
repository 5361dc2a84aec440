"""How one value of an option is parsed, from the command line's text or from TOML; each parser raises `ValueError`.

The error's text says what is wrong and what is right, without the option's name, which the caller adds. It never
repeats an address, which may contain credentials or tokens.
"""

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from ipaddress import IPv4Network, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, RUN_PROBLEMS, Limit
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.options import FALSE_WORDS, TRUE_WORDS, Option, ValueType

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_DURATION_S = 100 * 365 * 86_400
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([smhd])", re.ASCII | re.IGNORECASE)
_PERCENTAGE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%", re.ASCII)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = IPv6Address("::1")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ldap": 389, "ldaps": 636}


def parse_value(option: Option, raw: object, where: str) -> Any:
    """Parse an option's value, a repeatable one's to a tuple; raise `UsageError` that begins with `where`."""
    try:
        if option.is_repeatable:
            items = raw if isinstance(raw, list | tuple) else (raw,)
            return tuple(_parse(option, item) for item in items)
        return _parse(option, raw)
    except ValueError as error:
        raise UsageError(f"{where}: {error}.", hint="See --help.") from error


def _parse(option: Option, raw: object) -> Any:
    return parse_word(raw, option.words) if option.value_type == "word" else PARSERS[option.value_type](raw)


def parse_boolean(raw: object) -> bool:
    """Parse a BOOLEAN: true/false, yes/no, 1/0, on/off, t/f, y/n in any case."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"{raw!r} is neither true nor false (nor yes, no, on, off, 1, 0)")


def parse_duration_s(raw: object) -> float | None:
    """Parse a DURATION in seconds; 0 is None, which is off."""
    found = _DURATION.fullmatch(str(raw).strip())
    if not found:
        raise ValueError(f"{raw!r} is not a duration; write a number and s, m, h or d, such as 48h or 7d")
    seconds = float(found[1]) * _SECONDS[found[2].lower()]
    if seconds > _MAX_DURATION_S:
        raise ValueError(f"{raw!r} is longer than a hundred years")
    return seconds or None


def parse_time_limit_s(raw: object) -> float:
    """Parse a DURATION that is a limit, in seconds; zero is refused."""
    seconds = parse_duration_s(raw)
    if seconds is None:
        raise ValueError(f"{raw!r} is no time at all; leave the option out if there is no limit")
    return seconds


def parse_limit(raw: object) -> Limit:
    """Parse a fuse's limit, exactly: a whole number of users, or a percentage up to 100 with a point for decimals."""
    text = str(raw).strip()
    if _NUMBER.fullmatch(text):
        return Limit(Fraction(text))
    found = _PERCENTAGE.fullmatch(text)
    if not found:
        raise ValueError(
            f"{raw!r} is not a limit; write a number of users such as 36, or a percentage such as 5% or 2.5%"
        )
    value = Fraction(found[1])
    if value > 100:
        raise ValueError(f"{raw!r} is more than 100%")
    return Limit(value, is_percentage=True)


def parse_count(raw: object) -> int:
    """Parse a number of parallel requests, 1 or more."""
    text = str(raw).strip()
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise ValueError(f"{raw!r} is not a whole number of 1 or more")
    return int(text)


def parse_text(raw: object) -> str:
    """Parse a text that may not be empty."""
    if not str(raw).strip():
        raise ValueError("it is empty")
    return str(raw).strip()


def parse_source(raw: object) -> str:
    """Parse where the source is: a path, or `-`. An address is refused without showing it: it may hold a password."""
    location = parse_text(raw)
    if _ADDRESS.match(location):
        raise ValueError("it is an address; download it first, or pipe it in with -")
    return location


def parse_path(raw: object) -> Path:
    """Parse the path of a file; it may not be empty."""
    if not str(raw).strip():
        raise ValueError("it is empty")
    if "\0" in str(raw):
        raise ValueError("a path can't hold a NUL")
    path = Path(str(raw))
    if not path.name:  # the root of a file system, or `.`
        raise ValueError("it is a folder, not a file")
    return path


def parse_report_path(raw: object) -> Path:
    """Parse a report's path; its ending chooses the format."""
    path = parse_path(raw)
    if path.suffix.lower() not in {".json", ".html"}:
        raise ValueError(f"{raw!r} ends neither in .json nor in .html, which choose the report's format")
    return path


def parse_word(raw: object, words: Sequence[str]) -> str:
    """Parse one of these words."""
    word = str(raw).strip().lower()
    if word not in words:
        raise ValueError(f"{raw!r} is not one of {', '.join(words)}")
    return word


def parse_approval_code(raw: object) -> Code:
    """Parse the code of a plan that a dry run showed."""
    try:
        return Code.parse(str(raw))
    except ValueError as error:
        raise ValueError(
            f"{raw!r} is not a code that a dry run shows; copy it whole, such as plan-20261124-c12b4-…"
        ) from error


def parse_problem_code(raw: object) -> str:
    """Parse the code of a problem that can be accepted; those of the whole run can't."""
    code = str(raw).strip()
    if code in RUN_PROBLEMS:
        raise ValueError(f"{code!r} is a problem of the whole run, which can't be accepted")
    if code not in ACCEPTABLE_PROBLEMS:
        raise ValueError(f"{raw!r} is not a problem's code{suggest(code, ACCEPTABLE_PROBLEMS)}")
    return code


def parse_encoding(raw: object) -> str:
    """Parse the name of a text encoding that Python knows."""
    name = str(raw).strip()
    try:
        codec = codecs.lookup(name)
        "a".encode(name)  # refuses codecs from bytes to bytes, such as base64
    except (LookupError, ValueError) as error:
        raise ValueError(f"{raw!r} is not a known encoding; try utf-8, utf-16, cp1252, cp850 or mac_roman") from error
    return codec.name


def parse_delimiter(raw: object) -> str:
    r"""Parse a delimiter: one character, or `tab` or `\t`."""
    name = str(raw)
    if name.strip().lower() in {"tab", "\\t"}:
        return "\t"
    if len(name) != 1 or name in '"\r\n\0':
        raise ValueError(f"{raw!r} is not a delimiter; give one character such as ';' or ',', or the word tab")
    return name


def parse_subsite_url(raw: object) -> str:
    """Return the API's address without a last slash, scheme and host in lower case, so that it names the subsite.

    Plain http is for loopback hosts only: it would send the secret and personal data in the clear.
    """
    parts = _split(raw)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("plain http would send the secret and personal data in the clear; write https://")
    return _joined(parts)


def parse_ping_url(raw: object) -> str:
    """Return the address of a dead man's switch without a last slash; `/start` and `/fail` get appended to it."""
    return _joined(_split(raw))


def parse_directory_url(raw: object) -> str:
    """Return a directory's address, scheme and host in lower case. A plain one's host is checked later."""
    parts = _split(raw, ("ldap", "ldaps"), "ldaps:// (or ldap:// with start_tls = true)", "ldaps://dc1.gemeente.nl")
    if parts.path.strip("/"):
        raise ValueError("it has to end with the host; the branch with the people belongs under base")
    return _joined(parts)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: localhost, *.localhost, 127.0.0.0/8 and ::1."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address == _LOOPBACK_V6 if isinstance(address, IPv6Address) else address in _LOOPBACK_V4


def _split(
    raw: object,
    schemes: Sequence[str] = ("http", "https"),
    begin: str = "https://",
    example: str = "https://SUBSITE.pleio.nl/profile_sync_api/",
) -> SplitResult:
    text = str(raw).strip()
    if not text:
        raise ValueError("it is empty")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("an address holds plain ASCII without blanks (a host with accents begins with xn--)")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"it is not an address such as {example}") from error
    if parts.scheme not in schemes:
        raise ValueError(f"it does not begin with {begin}")
    if not parts.hostname or port == 0:
        raise ValueError("it names no host")
    if "@" in parts.netloc:
        raise ValueError("user names and passwords do not belong in it")
    if "?" in text or "#" in text:
        raise ValueError("a ? or # does not belong in it")
    return parts


def _joined(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def suggest(word: str, known: Sequence[str]) -> str:
    """Return ` (did you mean ...?)` with the word that was probably meant, or nothing."""
    near = get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


PARSERS: Mapping[ValueType, Callable[[object], Any]] = {
    "boolean": parse_boolean,
    "text": parse_text,
    "argument": str,
    "secret": str,
    "source": parse_source,
    "path": parse_path,
    "report": parse_report_path,
    "subsite": parse_subsite_url,
    "ping": parse_ping_url,
    "directory": parse_directory_url,
    "duration": parse_duration_s,
    "time_limit": parse_time_limit_s,
    "limit": parse_limit,
    "count": parse_count,
    "code": parse_approval_code,
    "problem": parse_problem_code,
    "encoding": parse_encoding,
    "delimiter": parse_delimiter,
}
"""The parser of each type but `word`, which needs the option's words.

A secret is checked where it is found, and an argument may be anything.
"""
