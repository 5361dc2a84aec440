"""The API secret: a value that shows itself only when asked to, and where it is read from.

What keeps it out of the log is `core.text.Redactor`.
"""

import os
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from pleio_profile_sync_client.errors import UsageError

_MAX_BYTES = 65_536
_HINT = "Put it in a file that only you can read and name that with --api-secret-file, or set API_SECRET."


class Secret:
    """Hold a secret so that neither `repr`, `str`, a format nor a pickle shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself; for the Authorization header, and for finding it where it must not be."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not for storing")


def find_secret(given: Mapping[str, Any], in_file: Path | None, environ: Mapping[str, str]) -> Secret | None:
    """Return the secret of the command line, else of the environment, else of the configured file, else None.

    `given` has what the command line said under `api_secret` and `api_secret_file`; `in_file` is the configuration
    file's `api_secret_file`. An empty variable counts as not set. Raise `UsageError` if a secret can't be used.
    """
    if "api_secret" in given and "api_secret_file" in given:
        raise UsageError("--api-secret and --api-secret-file are both given.", hint="Keep --api-secret-file.")
    if "api_secret" in given:
        return _checked(given["api_secret"], "--api-secret")
    if "api_secret_file" in given:
        return _read(given["api_secret_file"], "--api-secret-file")
    text = environ.get("API_SECRET", "").strip()
    path = environ.get("API_SECRET_FILE", "").strip()
    if text and path:
        raise UsageError("API_SECRET and API_SECRET_FILE are both set.", hint="Unset one of them.")
    if text:
        return _checked(text, "API_SECRET")
    if path:
        return _read(Path(path), "API_SECRET_FILE")
    if in_file is not None:
        return _read(in_file, "api_secret_file")
    return None


def read_password(path: Path, where: str) -> Secret:
    """Return the password in a file, without the blanks around it; raise `UsageError` as for a secret."""
    return Secret(_one_line(_read_text(path, where), f"{where} {path}", "password"))


def _read(path: Path, where: str) -> Secret:
    return _checked(_read_text(path, where), f"{where} {path}")


def _read_text(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                raise UsageError(
                    f"{where}: everybody on this machine can read {path}.", hint=f"Fix it with: chmod 600 {path}"
                )
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no usable path"
        raise UsageError(f"{where}: {path} can't be read: {reason}.", hint=_HINT) from error
    if len(content) > _MAX_BYTES:
        raise UsageError(f"{where}: {path} is too long for a secret.", hint="Name the file that holds it alone.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _checked(text: str, where: str) -> Secret:
    """Return the secret without the blanks around it; it goes into a header, which is one line of latin-1."""
    text = _one_line(text, where, "API secret")
    for number, character in enumerate(text, start=1):
        if ord(character) > 255:
            raise UsageError(
                f"{where}: the API secret contains a character (number {number}) that a header can't carry.",
                hint="Copy it again from the subsite's settings; quotes and dashes may have been replaced on the way.",
            )
    return Secret(text)


def _one_line(text: str, where: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise UsageError(f"{where}: the {what} is empty.", hint="Put it, and nothing else, into the file.")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise UsageError(
            f"{where}: the {what} contains line breaks or other control characters.",
            hint="It has to be one line of plain text.",
        )
    return text
