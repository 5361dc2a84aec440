"""What can be said of a run, on the command line or in the file: the name of each option and how its value is read."""

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
    "source": values.text,
    "destination": urls.subsite_url,
    "api_secret": str,
    "api_secret_file": values.path,
    "config": values.path,
    "ban": values.boolean,
    "delete": values.boolean,
    "grace": values.duration_s,
    "protect": values.text,
    "scope": values.text,
    "only_linked": values.boolean,
    "relink": values.boolean,
    "reactivate": values.boolean,
    "accept": values.problem_code,
    "full": values.boolean,
    "only": values.text,
    "dry_run": values.boolean,
    "max_removals": values.limit,
    "max_changes": values.limit,
    "min_matched": values.limit,
    "force": values.boolean,
    "max_source_age": values.duration_s,
    "max_duration": values.duration_s,
    "verbose": values.boolean,
    "report": values.report_path,
    "metrics": values.path,
    "ping": urls.ping_url,
    "log_format": values.log_format,
    "remote_log": values.boolean,
    "state": values.path,
    "max_concurrency": values.concurrency,
    "encoding": values.encoding,
    "delimiter": values.delimiter,
}

REPEATABLE = frozenset({"protect", "scope", "accept", "report"})
PATHS = frozenset({"source", "api_secret_file", "report", "metrics", "state"})


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
            return tuple(dict.fromkeys(READERS[name](item) for item in items))
        return READERS[name](raw)
    except ValueError as error:
        raise UsageError(f"{place}: {error}.", hint="See --help.") from error
