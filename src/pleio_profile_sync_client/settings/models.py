"""The settings of a run and of the commands that need less, frozen. `load` makes them."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.secret import Secret


class CommandSettings(Struct, frozen=True):
    """The program that prints the people, with its arguments; it works in `folder`, the configuration's."""

    run: tuple[str, ...]
    folder: Path
    timeout_s: float


class DirectorySettings(Struct, frozen=True):
    """The directory with the people.

    If `bind` and `password` are None, the sign-in is anonymous. `filter` None is the usual one. `groups` has the guids
    of the subsite's groups for a group of the directory, by its DN. `timeout_s` is for the next answer.
    """

    url: str
    base: tuple[str, ...]
    timeout_s: float
    start_tls: bool = False
    ca_file: Path | None = None
    bind: str | None = None
    password: Secret | None = None
    filter: str | None = None
    groups: dict[str, tuple[str, ...]] = {}


class SourceSettings(Struct, frozen=True):
    """Where the source is, and how to read it.

    It is a `command`, a `directory`, or else a file: then `location` is its path (relative ones: to the working folder)
    or `-`. `max_age_s` None is off.
    """

    location: str
    layout: Layout = Layout()
    max_age_s: float | None = None
    command: CommandSettings | None = None
    directory: DirectorySettings | None = None

    @property
    def is_said(self) -> bool:
        """Whether there is a source at all."""
        return bool(self.location or self.command or self.directory)


class CheckSettings(Struct, frozen=True):
    """What is needed to check a source; `accept` are the codes of accepted problems."""

    source: SourceSettings
    accept: frozenset[str] = frozenset()
    rejects: Path | None = None


class StateSettings(Struct, frozen=True):
    """Where the state is: at `path`, or in the default place for the subsite `destination`; one of them is set."""

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
    excel: bool = False
