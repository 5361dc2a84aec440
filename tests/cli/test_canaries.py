"""Personal data and the secret stand only where they may: looked for in everything that a run leaves."""

from pathlib import Path

from pleio_profile_sync_client.sandbox.records import SiteSettings
from pleio_profile_sync_client.sandbox.server import RunningSandbox
from tests.cli.process import SECRET, Command
from tests.cli.town import Town

PERSONAL = ("kanarienaam", "kanarie", "kanarievak", "@gemeente.test")


def test_the_uploaded_log_and_the_state_hold_no_personal_data(command: Command) -> None:
    with RunningSandbox(settings=SiteSettings(secret=SECRET)) as sandbox:
        town = Town(command, sandbox, people=20)
        with town.write(*range(2, 30)).open("a", encoding="utf-8") as source:
            source.write("00031,Kanarienaam zonder adres,,Kanarievak 1\n00032,Kanarienaam,kanarie-stuk,Kanarievak\n")

        ended = town.sync("--ban", "--log-format", "text")
        refused = town.sync("--delete", "--max-removals", "0", "--only-linked", "false")

        assert ended.status == 1
        assert refused.status == 3
        assert "Kanarienaam 25" in ended.out
        uploaded = sandbox.store.logs.text().lower()
        assert "missing_email: line 30, external_id 00031" in uploaded
        assert "create line " in uploaded
        for canary in PERSONAL:
            assert canary not in uploaded.replace(SECRET, "")
        assert SECRET not in uploaded
        for path in _files(command.folder / "state"):
            content = path.read_bytes().lower()
            assert not [canary for canary in PERSONAL if canary.encode() in content], path


def test_reports_and_state_are_for_the_owner_only(command: Command) -> None:
    with RunningSandbox(settings=SiteSettings(secret=SECRET)) as sandbox:
        town = Town(command, sandbox, people=3)
        town.write(0, 1, 2)
        assert town.sync().status == 0
    for path in (town.report, *_files(command.folder / "state")):
        assert path.stat().st_mode & 0o077 == 0, path


def _files(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return files
