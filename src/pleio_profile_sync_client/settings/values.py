"""How one value of an option is read, from the command line's text or from TOML: each function raises `ValueError`.

The error's text says what is wrong and what is right, without naming the option; the caller puts that before it.
"""

import codecs
import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, RUN_PROBLEMS, Limit

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_DURATION_S = 100 * 365 * 86_400
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([smhd])", re.ASCII | re.IGNORECASE)
_PERCENTAGE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%", re.ASCII)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def read_boolean(raw: object) -> bool:
    """Read a BOOLEAN: true/false, yes/no, 1/0, on/off, t/f, y/n in any case."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{raw!r} is neither true nor false (nor yes, no, on, off, 1, 0)")


def read_duration_s(raw: object) -> float | None:
    """Read a DURATION in seconds; 0 is None, which is off."""
    found = _DURATION.fullmatch(str(raw).strip())
    if not found:
        raise ValueError(f"{raw!r} is no duration; write a number and s, m, h or d, such as 48h or 7d")
    seconds = float(found[1]) * _SECONDS[found[2].lower()]
    if seconds > _MAX_DURATION_S:
        raise ValueError(f"{raw!r} is longer than a hundred years")
    return seconds or None


def read_max_duration_s(raw: object) -> float:
    """Read the DURATION after which nothing new is started, in seconds; one of nothing is refused."""
    seconds = read_duration_s(raw)
    if seconds is None:
        raise ValueError(f"{raw!r} starts nothing at all; leave the option out for no limit")
    return seconds


def read_limit(raw: object) -> Limit:
    """Read a fuse's limit, exactly: a whole number of users, or a percentage up to 100 with a point for decimals."""
    text = str(raw).strip()
    if _NUMBER.fullmatch(text):
        return Limit(Fraction(text))
    found = _PERCENTAGE.fullmatch(text)
    if not found:
        raise ValueError(f"{raw!r} is no limit; write a number of users such as 36, or a percentage such as 5% or 2.5%")
    value = Fraction(found[1])
    if value > 100:
        raise ValueError(f"{raw!r} is more than 100%")
    return Limit(value, is_percentage=True)


def read_concurrency(raw: object) -> int:
    """Read a number of parallel requests, 1 or more."""
    text = str(raw).strip()
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise ValueError(f"{raw!r} is no whole number of 1 or more")
    return int(text)


def read_text(raw: object) -> str:
    """Read a text that may not be empty."""
    if not str(raw).strip():
        raise ValueError("it is empty")
    return str(raw).strip()


def read_source(raw: object) -> str:
    """Read where the source is: a path, or `-`. An address is refused without showing it: it may hold a password."""
    location = read_text(raw)
    if _ADDRESS.match(location):
        raise ValueError("it is an address; download it first, or pipe it in with -")
    return location


def read_path(raw: object) -> Path:
    """Read a path that may not be empty."""
    if not str(raw).strip():
        raise ValueError("it is empty")
    if "\0" in str(raw):
        raise ValueError("a path can't hold a NUL")
    return Path(str(raw))


def read_report_path(raw: object) -> Path:
    """Read a report's path; its ending chooses the format."""
    path = read_path(raw)
    if path.suffix.lower() not in {".json", ".html"}:
        raise ValueError(f"{raw!r} ends neither in .json nor in .html, which choose the report's format")
    return path


def read_log_format(raw: object) -> str:
    """Read the log's format."""
    word = str(raw).strip().lower()
    if word not in {"text", "json"}:
        raise ValueError(f"{raw!r} is neither text nor json")
    return word


def read_problem_code(raw: object) -> str:
    """Read the code of a problem that can be lived with; those of the whole run can't."""
    code = str(raw).strip()
    if code in RUN_PROBLEMS:
        raise ValueError(f"{code!r} is a problem of the whole run, which can't be accepted")
    if code not in ACCEPTABLE_PROBLEMS:
        raise ValueError(f"{raw!r} is no problem's code{suggest(code, ACCEPTABLE_PROBLEMS)}")
    return code


def read_encoding(raw: object) -> str:
    """Read the name of a text encoding that Python knows."""
    name = str(raw).strip()
    try:
        codec = codecs.lookup(name)
        "a".encode(name)  # refuses what turns bytes into bytes, such as base64
    except (LookupError, ValueError) as error:
        raise ValueError(f"{raw!r} is no encoding; try utf-8, utf-16, cp1252, cp850 or mac_roman") from error
    return codec.name


def read_delimiter(raw: object) -> str:
    r"""Read a delimiter: one character, or `tab` or `\t`."""
    name = str(raw)
    if name.strip().lower() in {"tab", "\\t"}:
        return "\t"
    if len(name) != 1 or name in '"\r\n\0':
        raise ValueError(f"{raw!r} is no delimiter; give one character such as ';' or ',', or the word tab")
    return name


def suggest(word: str, known: Sequence[str]) -> str:
    """Return ` (did you mean ...?)` with the likely right word, or nothing."""
    near = get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
