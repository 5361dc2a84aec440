"""Which of command line, environment, configuration file and default counts. On files, in one process."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.load import load_check_settings, load_settings, load_state_settings

NOW = datetime(2026, 11, 24, 3, 5, 7, tzinfo=UTC)
CONFIG = """
source = "users.csv"
destination = "https://gemeente.test/profile_sync_api/"
api_secret_file = "secret.txt"
ban = true
grace = "7d"
protect = ["*@partner.test"]
scope = ["*@gemeente.test"]
accept = ["missing_email"]
report = ["night.json"]
[columns]
external_id = "Personeelsnummer"
[csv]
delimiter = ";"
[skip]
"Naam" = ["Vacature*"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    _write_secret(folder / "secret.txt", "van-bestand")
    path = folder / "sync.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def _write_secret(path: Path, secret: str) -> Path:
    path.write_text(f"{secret}\n", "utf-8")
    path.chmod(0o600)
    return path


def test_a_file_alone_is_enough(config: Path) -> None:
    settings = load_settings({"config": str(config)}, {}, now=NOW)

    assert settings.source.location == str(config.parent / "users.csv")
    assert settings.secret.reveal() == "van-bestand"
    assert settings.secret_on_command_line is False
    assert settings.policy.removal is Action.BAN
    assert settings.reports == (config.parent / "night.json",)
    assert settings.source.layout.columns == {"external_id": "Personeelsnummer"}
    assert settings.source.layout.delimiter == ";"
    assert settings.source.layout.skip == {"Naam": ("Vacature*",)}


def test_the_command_line_goes_before_the_file(config: Path) -> None:
    given = {"source": "other.csv", "ban": "false", "grace": "1d", "delimiter": ",", "report": ("now.html",)}

    settings = load_settings({"config": str(config), **given}, {}, now=NOW)

    assert settings.source.location == "other.csv"
    assert settings.policy.removal is None
    assert settings.policy.grace_s == 86_400
    assert settings.source.layout.delimiter == ","
    assert settings.reports == (Path("now.html"),)


def test_the_command_line_can_switch_off_what_the_file_sets(config: Path) -> None:
    settings = load_settings({"config": str(config), "grace": "0s"}, {}, now=NOW)

    assert settings.policy.grace_s is None


def test_protected_users_are_added_up_and_other_lists_replaced(config: Path) -> None:
    given = {"protect": ("beheer*",), "scope": ("*@elders.test",), "accept": ("taken",)}

    policy = load_settings({"config": str(config), **given}, {}, now=NOW).policy

    assert policy.protect == ("*@partner.test", "beheer*")
    assert policy.scope == ("*@elders.test",)
    assert policy.accept == frozenset({"taken"})


def test_ban_of_the_command_line_beside_delete_of_the_file_is_refused(config: Path) -> None:
    with pytest.raises(UsageError, match="banned or deleted"):
        load_settings({"config": str(config), "delete": "true"}, {}, now=NOW)


@pytest.mark.parametrize(
    ("given", "environ", "secret"),
    [
        ({}, {}, "van-bestand"),
        ({}, {"API_SECRET": ""}, "van-bestand"),
        ({}, {"API_SECRET": "van-omgeving"}, "van-omgeving"),
        ({}, {"API_SECRET_FILE": "other.txt"}, "uit-ander-bestand"),
        ({"api_secret_file": "other.txt"}, {"API_SECRET": "van-omgeving"}, "uit-ander-bestand"),
        ({"api_secret": "van-opdracht"}, {"API_SECRET_FILE": "other.txt"}, "van-opdracht"),
    ],
)
def test_the_secret_is_the_command_lines_else_the_environments_else_the_files(
    config: Path,
    given: dict[str, object],
    environ: dict[str, str],
    secret: str,
) -> None:
    _write_secret(config.parent / "other.txt", "uit-ander-bestand")
    here = {name: value.replace("other.txt", str(config.parent / "other.txt")) for name, value in environ.items()}
    said = {name: str(value).replace("other.txt", str(config.parent / "other.txt")) for name, value in given.items()}

    assert load_settings({"config": str(config), **said}, here, now=NOW).secret.reveal() == secret


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"\xef\xbb\xbfgeheim\r\n", "geheim"),
        (b"  geheim  ", "geheim"),
        ("g\u00ebheim\n".encode(), "g\u00ebheim"),
        ("g\u00ebheim\n".encode("latin-1"), "g\u00ebheim"),
    ],
)
def test_a_secret_file_may_come_from_any_editor(config: Path, content: bytes, secret: str) -> None:
    (config.parent / "secret.txt").write_bytes(content)

    assert load_settings({"config": str(config)}, {}, now=NOW).secret.reveal() == secret


def test_check_and_status_take_what_they_need_from_the_file(config: Path) -> None:
    source = load_check_settings({"config": str(config)}).source
    state = load_state_settings({"config": str(config)})

    assert source.location == str(config.parent / "users.csv")
    assert source.layout.columns == {"external_id": "Personeelsnummer"}
    assert state.destination == "https://gemeente.test/profile_sync_api"


def test_reports_are_named_by_day_and_time(config: Path) -> None:
    given = {"report": ("night-{date}.json", "{date}/{time}-{other}.html")}

    reports = load_settings({"config": str(config), **given}, {}, now=NOW).reports

    assert reports == (Path("night-2026-11-24.json"), Path("2026-11-24/030507-{other}.html"))


def test_a_dry_run_writes_the_command_lines_reports_only_and_neither_metrics_nor_ping(config: Path) -> None:
    more = 'metrics = "sync.prom"\nping = "https://wekker.test/x"\n'
    config.write_text(more + CONFIG, "utf-8")

    wet = load_settings({"config": str(config)}, {}, now=NOW)
    dry = load_settings({"config": str(config), "dry_run": "true"}, {}, now=NOW)
    typed = load_settings({"config": str(config), "dry_run": "true", "report": ("plan.html",)}, {}, now=NOW)

    assert (len(wet.reports), wet.metrics, wet.ping) == (1, config.parent / "sync.prom", "https://wekker.test/x")
    assert (dry.reports, dry.metrics, dry.ping) == ((), None, None)
    assert typed.reports == (Path("plan.html"),)
