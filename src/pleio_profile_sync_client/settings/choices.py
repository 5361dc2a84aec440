"""What can be said of a run, on the command line or in the file: the name of each option and how its value is read.

What the options default to, and which source of them goes first, is decided in `load`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings import urls, values


class Choices(Struct, frozen=True):
    """What was said, read and checked; None and empty where nothing was."""

    source: str | None = None
    destination: str | None = None
    api_secret: str | None = None
    api_secret_file: Path | None = None
    config: Path | None = None
    ban: bool | None = None
    delete: bool | None = None
    grace: float | None = None
    protect: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    only_linked: bool | None = None
    relink: bool | None = None
    reactivate: bool | None = None
    accept: tuple[str, ...] = ()
    full: bool | None = None
    only: str | None = None
    dry_run: bool | None = None
    max_removals: Limit | None = None
    max_changes: Limit | None = None
    min_matched: Limit | None = None
    force: bool | None = None
    max_source_age: float | None = None
    max_duration: float | None = None
    verbose: bool | None = None
    report: tuple[Path, ...] = ()
    metrics: Path | None = None
    ping: str | None = None
    log_format: Literal["text", "json"] | None = None
    remote_log: bool | None = None
    state: Path | None = None
    max_concurrency: int | None = None
    encoding: str | None = None
    delimiter: str | None = None


READERS: Mapping[str, Callable[[object], Any]] = {
    "source": values.read_source,
    "destination": urls.read_subsite_url,
    "api_secret": str,
    "api_secret_file": values.read_path,
    "config": values.read_path,
    "ban": values.read_boolean,
    "delete": values.read_boolean,
    "grace": values.read_duration_s,
    "protect": values.read_text,
    "scope": values.read_text,
    "only_linked": values.read_boolean,
    "relink": values.read_boolean,
    "reactivate": values.read_boolean,
    "accept": values.read_problem_code,
    "full": values.read_boolean,
    "only": values.read_text,
    "dry_run": values.read_boolean,
    "max_removals": values.read_limit,
    "max_changes": values.read_limit,
    "min_matched": values.read_limit,
    "force": values.read_boolean,
    "max_source_age": values.read_duration_s,
    "max_duration": values.read_max_duration_s,
    "verbose": values.read_boolean,
    "report": values.read_report_path,
    "metrics": values.read_path,
    "ping": urls.read_ping_url,
    "log_format": values.read_log_format,
    "remote_log": values.read_boolean,
    "state": values.read_path,
    "max_concurrency": values.read_concurrency,
    "encoding": values.read_encoding,
    "delimiter": values.read_delimiter,
}
"""How the value of each option is read, by the option's name; every reader raises `ValueError`."""

REPEATABLE = frozenset({"protect", "scope", "accept", "report"})
PATHS = frozenset({"source", "api_secret_file", "report", "metrics", "state"})
"""The options that in the configuration file are relative to it."""


def read_options(given: Mapping[str, object]) -> dict[str, Any]:
    """Read what the command line said: names with `_`, texts as they were typed, repeatable ones as sequences of them.

    Raise `UsageError` that names the option. None and empty sequences are what was not said.
    """
    return {
        name: read_value(name, raw, f"--{name.replace('_', '-')}")
        for name, raw in given.items()
        if name in READERS and raw is not None and raw != ()
    }


def read_value(name: str, raw: object, place: str) -> Any:
    """Read one option's value; `place` says in errors where it stands."""
    try:
        if name in REPEATABLE:
            items = raw if isinstance(raw, list | tuple) else (raw,)
            return tuple(READERS[name](item) for item in items)
        return READERS[name](raw)
    except ValueError as error:
        raise UsageError(f"{place}: {error}.", hint="See --help.") from error
