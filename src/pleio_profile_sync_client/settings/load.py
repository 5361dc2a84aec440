"""Bring together what the command line, the environment and the configuration file say, in that order.

How a single value is read stands in `choices`, what the file may hold in `config_file`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.choices import Choices, read_options
from pleio_profile_sync_client.settings.config_file import ConfigFile, read_config_file
from pleio_profile_sync_client.settings.models import CheckSettings, Settings, SourceSettings, StateSettings
from pleio_profile_sync_client.settings.places import refuse_shared_files
from pleio_profile_sync_client.settings.secret import Secret, find_secret

_DEFAULT_POLICY = Policy()


def load_settings(given: Mapping[str, object], environ: Mapping[str, str], *, needs_source: bool = True) -> Settings:
    """Return the settings of a run: the command line's, else the environment's (the secret only), else the file's.

    `given` maps options' names (with `_`) to the texts that were typed, repeatable ones to sequences of them; None is
    what was not said. `--protect` is added to the file's, the other repeatable options replace the file's. Raise
    `UsageError` for anything with which no run can start.
    """
    options, file, choices = _read(given)
    found = find_secret(options, file.options.get("api_secret_file"), environ)
    destination, secret = _required(choices, found, needs_source=needs_source)
    refuse_shared_files(choices, environ)
    return Settings(
        source=_source(choices, file),
        destination=destination,
        secret=secret,
        policy=_policy(choices),
        dry_run=choices.dry_run or False,
        verbose=choices.verbose is not False,
        max_duration_s=choices.max_duration,
        state=choices.state,
        reports=choices.report,
        metrics=choices.metrics,
        ping=choices.ping,
        log_format=choices.log_format or "text",
        remote_log=choices.remote_log is not False,
        max_concurrency=choices.max_concurrency or 16,
        secret_on_command_line="api_secret" in options,
    )


def load_check_settings(
    given: Mapping[str, object], environ: Mapping[str, str] = {}, *, rejects: Path | None = None
) -> CheckSettings:
    """Return what is needed to look a source over, offline; needs neither a secret nor a destination.

    `rejects` is where the bad rows are to be written: `UsageError` where that is a file of the settings.
    """
    _, file, choices = _read(given)
    if choices.source is None:
        raise UsageError("No source.", hint="Give --source FILE.csv, or source in the file of --config.")
    refuse_shared_files(choices, environ, rejects=rejects)
    return CheckSettings(_source(choices, file), frozenset(choices.accept))


def load_state_settings(given: Mapping[str, object]) -> StateSettings:
    """Return where the state is; needs `--state` or `--destination`, from the command line or the file."""
    _, _, choices = _read(given)
    if choices.state is None and choices.destination is None:
        raise UsageError(
            "It is not said whose runs to show.",
            hint="Give --destination (the subsite), --state (the state file) or --config (a file with one of them).",
        )
    return StateSettings(choices.state, choices.destination)


def _read(given: Mapping[str, object]) -> tuple[dict[str, Any], ConfigFile, Choices]:
    """Return what the command line said, what the file says, and both brought together."""
    options = read_options(given)
    path: Path | None = options.get("config")
    file = read_config_file(path) if path else ConfigFile()
    both = {**file.options, **options}
    both["protect"] = tuple(dict.fromkeys((*file.options.get("protect", ()), *options.get("protect", ()))))
    return options, file, Choices(**both)


def _required(choices: Choices, secret: Secret | None, *, needs_source: bool) -> tuple[str, Secret]:
    """Return destination and secret, or say in one message all that is missing."""
    needed = {
        "source (--source)": choices.source if needs_source else "",
        "destination (--destination)": choices.destination,
    }
    missing = [name for name, value in needed.items() if value is None]
    hints = ["See --help, or put it in the file of --config."] if missing else []
    if secret is None:
        missing.append("API secret")
        hints.append(
            "Put the secret in a file that only you can read, and name that with API_SECRET_FILE, --api-secret-file "
            "or, in the configuration file, api_secret_file."
        )
    if missing or choices.destination is None or secret is None:
        raise UsageError(f"No {', no '.join(missing)}.", hint=" ".join(hints))
    return choices.destination, secret


def _source(choices: Choices, file: ConfigFile) -> SourceSettings:
    return SourceSettings(
        location=choices.source or "",
        columns=file.columns,
        skip=file.skip,
        encoding=choices.encoding,
        delimiter=choices.delimiter,
        max_age_s=choices.max_source_age,
    )


def _policy(choices: Choices) -> Policy:
    return Policy(
        removal=_removal(choices),
        grace_s=choices.grace,
        max_removals=choices.max_removals or _DEFAULT_POLICY.max_removals,
        max_changes=choices.max_changes or _DEFAULT_POLICY.max_changes,
        min_matched=choices.min_matched or _DEFAULT_POLICY.min_matched,
        force=choices.force or False,
        protect=choices.protect,
        scope=choices.scope,
        only_linked=choices.only_linked,
        relink=choices.relink or False,
        reactivate=choices.reactivate,
        accept=frozenset(choices.accept),
        full=choices.full or False,
        only=choices.only,
    )


def _removal(choices: Choices) -> Literal[Action.BAN, Action.DELETE] | None:
    if choices.ban and choices.delete:
        raise UsageError(
            "ban and delete are both true, but a user can only be banned or deleted.",
            hint="Keep one of them (--ban false overrules the configuration file).",
        )
    if choices.delete:
        return Action.DELETE
    return Action.BAN if choices.ban else None
