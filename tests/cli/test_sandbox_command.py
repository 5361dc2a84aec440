"""`sandbox`: what it prints, and what it says where it can't start."""

import socket
from pathlib import Path

from tests.cli.process import Command


def _shown(command: Command, *args: str) -> dict[str, str]:
    """Start a sandbox, read what it shows until it says how to end it, and end it."""
    shown: dict[str, str] = {}
    with command.start("sandbox", *args) as process:
        assert process.stdout is not None
        for line in process.stdout:
            name, _, value = line.rstrip("\n").partition(": ")
            shown[name] = value.strip()
            if name == "Ctrl-C ends it.":
                break
        process.terminate()
        process.communicate(timeout=60)
    return shown


def test_the_sandbox_shows_its_address_and_secret(command: Command) -> None:
    shown = _shown(command, "--port", "0")

    assert shown["Sandbox"].startswith("http://127.0.0.1:")
    assert shown["API"] == f"{shown['Sandbox']}profile_sync_api"
    assert f"  export API_SECRET={shown['Secret']}" in shown


def test_the_sandbox_keeps_its_site_in_the_file_that_was_named(command: Command) -> None:
    _shown(command, "--port", "0", "--database", "site.db")

    assert (command.folder / "site.db").stat().st_size > 0


def test_a_port_that_is_taken_is_told(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = command("sandbox", "--port", str(port))

    assert ended.status == 2
    assert f"port {port}" in ended.error
    assert "--port" in ended.err


def test_a_database_that_is_none_is_told(command: Command) -> None:
    (command.folder / "notes.txt").write_bytes(b"no database" * 1_000)

    ended = command("sandbox", "--port", "0", "--database", "notes.txt")

    assert ended.status == 2
    assert "notes.txt" in ended.error


def test_without_its_extra_the_sandbox_says_what_to_install(command: Command) -> None:
    _hide_library(command.folder / "hidden", "uvicorn")

    ended = command("sandbox", "--port", "0", environ={"PYTHONPATH": str(command.folder / "hidden")})

    assert ended.status == 2
    assert "uvicorn" in ended.error
    assert "-m pip install 'pleio-profile-sync-client[sandbox]'" in ended.err


def _hide_library(folder: Path, name: str) -> None:
    """Put a module in the library's place that fails as a missing one does."""
    folder.mkdir()
    (folder / f"{name}.py").write_text(f"raise ModuleNotFoundError({name!r}, name={name!r})", "utf-8")
