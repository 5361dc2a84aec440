"""The files that the settings name: no two of them may be the same, or one would replace the other.

Whether a place can be written is looked at by who writes there.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.choices import Choices

_SECRET_FILES = {"--api-secret-file", "API_SECRET_FILE"}
"""Option and variable may well name the same file."""


def refuse_shared_files(choices: Choices, environ: Mapping[str, str], *, rejects: Path | None = None) -> None:
    """Raise `UsageError`, naming both options, where two of the files that are to be read or written are the same."""
    for (one, path), (other, other_path) in combinations(_places(choices, environ, rejects), 2):
        if {one, other} != _SECRET_FILES and _are_same(path, other_path):
            raise UsageError(f"{one} and {other} are the same file, {path}.", hint="Give one of them another name.")


def _places(choices: Choices, environ: Mapping[str, str], rejects: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield each file with how the administrator names it, those that are written first."""
    in_environ = environ.get("API_SECRET_FILE", "").strip()
    source = choices.source if choices.source != "-" else None
    named = (
        ("--rejects", rejects),
        ("--metrics", choices.metrics),
        *(("--report", report) for report in choices.report),
        ("--state", choices.state),
        ("--config", choices.config),
        ("--api-secret-file", choices.api_secret_file),
        ("API_SECRET_FILE", Path(in_environ) if in_environ else None),
        ("--source", Path(source) if source else None),
    )
    for name, path in named:
        if path is not None:
            yield name, path


def _are_same(path: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file, or would, were it there."""
    try:
        if os.path.realpath(path) == os.path.realpath(other):
            return True
        return path.samefile(other)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False
