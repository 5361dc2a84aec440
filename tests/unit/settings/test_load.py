"""How what was said becomes settings. No files: where they come in is tested with the command."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action, Layout
from pleio_profile_sync_client.core.policy import Limit, Policy
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.load import load_check_settings, load_settings, load_state_settings
from pleio_profile_sync_client.settings.models import CheckSettings, Settings, SourceSettings, StateSettings

NOW = datetime(2026, 11, 24, 3, 5, 7, tzinfo=UTC)
NEEDED: dict[str, object] = {"source": "users.csv", "destination": "https://gemeente.test/profile_sync_api/"}
ENVIRON = {"API_SECRET": "geheim"}


def _load(**given: object) -> Settings:
    return load_settings({**NEEDED, **given}, ENVIRON, now=NOW)


def test_the_defaults_are_the_documented_ones() -> None:
    settings = _load()

    assert settings.source == SourceSettings("users.csv")
    assert settings.destination == "https://gemeente.test/profile_sync_api"
    policy = settings.policy
    assert (policy.removal, policy.grace_s, policy.approval, policy.reactivate) == (None, None, "none", None)
    limits = (policy.max_removals, policy.max_changes, policy.max_creates, policy.min_listed, policy.min_matched)
    assert limits == tuple(map(Limit.percentage, (10, 30, 50, 90, 50)))
    assert policy == Policy()
    assert (settings.dry_run, settings.verbose, settings.remote_log) == (False, True, True)
    assert (settings.log_format, settings.max_concurrency) == ("text", 16)
    assert (settings.max_duration_s, settings.state) == (None, None)
    assert (settings.reports, settings.metrics, settings.ping) == ((), None, None)
    assert settings.secret_on_command_line is False


@pytest.mark.parametrize(
    ("given", "removal"),
    [
        ({}, None),
        ({"ban": "true"}, Action.BAN),
        ({"delete": "true"}, Action.DELETE),
        ({"ban": "false", "delete": "yes"}, Action.DELETE),
        ({"ban": "1", "delete": "0"}, Action.BAN),
        ({"ban": "no", "delete": "no"}, None),
    ],
)
def test_removals_are_bans_or_deletes_or_none(given: dict[str, object], removal: Action | None) -> None:
    assert _load(**given).policy.removal == removal


def test_ban_and_delete_together_are_refused() -> None:
    with pytest.raises(UsageError, match="banned or deleted"):
        _load(ban="true", delete="true")


@pytest.mark.parametrize(
    ("name", "raw", "wanted"),
    [
        ("grace", "7d", {"grace_s": 604_800.0}),
        ("force", "true", {"force": True}),
        ("protect", ("a*", "b*", "a*"), {"protect": ("a*", "b*")}),
        ("scope", ("*@gemeente.test",), {"scope": ("*@gemeente.test",)}),
        ("only_linked", "true", {"only_linked": True}),
        ("only_linked", "false", {"only_linked": False}),
        ("relink", "true", {"relink": True}),
        ("reactivate", "true", {"reactivate": True}),
        ("reactivate", "false", {"reactivate": False}),
        ("accept", ("missing_email", "taken"), {"accept": frozenset({"missing_email", "taken"})}),
        ("full", "true", {"full": True}),
        ("only", " p1 ", {"only": "p1"}),
    ],
)
def test_what_the_plan_depends_on_is_in_the_policy(name: str, raw: object, wanted: dict[str, Any]) -> None:
    policy = _load(**{name: raw}).policy

    assert policy == Policy(**wanted)


def test_everything_else_is_in_the_settings() -> None:
    settings = _load(
        verbose="false",
        max_source_age="2h",
        max_duration="30m",
        state="s.sqlite3",
        report=("a.json", "b.html"),
        metrics="m.prom",
        ping="https://wekker.test/x",
        log_format="json",
        remote_log="false",
        max_concurrency="4",
        encoding="cp850",
        delimiter="tab",
    )

    assert (settings.verbose, settings.remote_log) == (False, False)
    assert settings.source == SourceSettings("users.csv", Layout(encoding="cp850", delimiter="\t"), max_age_s=7_200.0)
    assert settings.max_duration_s == 1_800.0
    assert settings.state == Path("s.sqlite3")
    assert settings.reports == (Path("a.json"), Path("b.html"))
    assert (settings.metrics, settings.ping) == (Path("m.prom"), "https://wekker.test/x")
    assert (settings.log_format, settings.max_concurrency) == ("json", 4)


def test_a_dry_run_is_one() -> None:
    assert _load(dry_run="true").dry_run is True


def test_the_command_lines_secret_goes_before_the_environments() -> None:
    from_environment = load_settings(NEEDED, {"API_SECRET": " van-omgeving\n"}, now=NOW)
    from_command_line = load_settings({**NEEDED, "api_secret": "van-opdracht"}, {"API_SECRET": "van-omgeving"}, now=NOW)

    assert (from_environment.secret.reveal(), from_environment.secret_on_command_line) == ("van-omgeving", False)
    assert (from_command_line.secret.reveal(), from_command_line.secret_on_command_line) == ("van-opdracht", True)


def test_a_secret_may_hold_what_latin_1_holds() -> None:
    assert _load(api_secret=" g\u00ebheim! ").secret.reveal() == "g\u00ebheim!"


def test_what_was_not_said_does_not_count() -> None:
    settings = _load(ban=None, protect=(), only=None, report=())

    assert settings.policy == Policy()
    assert settings.reports == ()


def test_a_source_is_needed_only_for_a_sync() -> None:
    settings = load_settings({"destination": NEEDED["destination"]}, ENVIRON, needs_source=False, now=NOW)

    assert settings.source.location == ""


def test_a_source_is_looked_over_without_secret_or_destination() -> None:
    given = {"source": "-", "delimiter": ";", "max_source_age": "2d", "accept": ("missing_email",)}

    assert load_check_settings(given) == CheckSettings(
        SourceSettings("-", Layout(delimiter=";"), max_age_s=172_800.0), accept=frozenset({"missing_email"})
    )


def test_a_look_over_needs_a_source() -> None:
    with pytest.raises(UsageError, match="No source"):
        load_check_settings({})


def test_the_state_is_found_by_path_or_by_subsite() -> None:
    assert load_state_settings({"state": "s.sqlite3"}) == StateSettings(Path("s.sqlite3"), None)
    assert load_state_settings({"destination": "https://gemeente.test/"}) == StateSettings(
        None, "https://gemeente.test"
    )
