"""The settings of a run and of the commands that need less, frozen. How they come about is the business of `load`."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.secret import Secret


class SourceSettings(Struct, frozen=True):
    """Where the source is and how it is to be read.

    `location` is a path (relative ones: to the working folder) or `-`. `columns` maps the product's fields to headers,
    `skip` headers to globs; `ignore` are headers that are known and not used. `max_age_s` None is off.
    """

    location: str
    columns: dict[str, str] = {}
    skip: dict[str, tuple[str, ...]] = {}
    ignore: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    max_age_s: float | None = None


class CheckSettings(Struct, frozen=True):
    """What is needed to look a source over; `accept` are the codes of the problems that are known."""

    source: SourceSettings
    accept: frozenset[str] = frozenset()
    rejects: Path | None = None


class StateSettings(Struct, frozen=True):
    """Where the state is: at `path`, or where it is by default for the subsite `destination`; one of them is there."""

    path: Path | None
    destination: str | None
    max_age_s: float | None = None


class Settings(Struct, frozen=True):
    """Everything that the administrator chose for a run; the names are the options'.

    The source's location is empty only where no source is needed. `destination` has no last slash. `state` None is the
    default place. `max_duration_s` None is off.
    """

    source: SourceSettings
    destination: str
    secret: Secret
    policy: Policy = Policy()
    dry_run: bool = False
    verbose: bool = True
    max_duration_s: float | None = None
    state: Path | None = None
    reports: tuple[Path, ...] = ()
    metrics: Path | None = None
    ping: str | None = None
    log_format: Literal["text", "json"] = "text"
    remote_log: bool = True
    max_concurrency: int = 16
    secret_on_command_line: bool = False
