"""Where the secret comes from, and that no message shows it."""

import os
from pathlib import Path

import pytest

from tests.cli.canaries import SECRET
from tests.cli.inside import call
from tests.cli.process import Command

COMPLETE = ("--source", "users.csv", "--destination", "https://gemeente.test/profile_sync_api/")
posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


def _secret_file(folder: Path, content: bytes, mode: int = 0o600) -> str:
    path = folder / "secret.txt"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@posix_only
@pytest.mark.parametrize("mode", [0o604, 0o644, 0o666])
def test_a_secret_file_that_everybody_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = _secret_file(tmp_path, SECRET.encode(), mode)

    ended = call(*COMPLETE, "--api-secret-file", path)

    assert ended.status == 2
    assert "everybody" in ended.error
    assert f"chmod 600 {path}" in ended.err


@posix_only
def test_so_it_is_where_the_environment_names_it(command: Command) -> None:
    path = _secret_file(command.folder, SECRET.encode(), 0o604)

    ended = command(*COMPLETE, environ={"API_SECRET_FILE": path})

    assert ended.status == 2
    assert f"chmod 600 {path}" in ended.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (f"{SECRET}\n{SECRET}".encode(), "control characters"),
        (f"{SECRET}\0".encode(), "control characters"),
        (f"{SECRET}€".encode(), f"number {len(SECRET) + 1}"),
        (f"“{SECRET}”".encode(), "number 1"),
        (SECRET.encode("utf-16"), "control characters"),
        (SECRET.encode() * 10_000, "too long"),
    ],
)
def test_a_secret_that_no_header_can_carry_is_refused_unseen(tmp_path: Path, content: bytes, said: str) -> None:
    ended = call(*COMPLETE, "--api-secret-file", _secret_file(tmp_path, content))

    assert ended.status == 2
    assert said in ended.error
    assert SECRET not in ended.out + ended.err


def test_a_missing_secret_file_is_named(command: Command) -> None:
    ended = command(*COMPLETE, "--api-secret-file", "nowhere.txt")

    assert ended.status == 2
    assert "nowhere.txt can't be read" in ended.error


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_secret_on_the_command_line_is_an_error_and_not_another_secret(command: Command, empty: str) -> None:
    ended = command(*COMPLETE, "--api-secret", empty, environ={"API_SECRET": SECRET})

    assert ended.status == 2
    assert "--api-secret: the API secret is empty" in ended.error


def test_two_secrets_of_one_rank_are_refused(command: Command) -> None:
    path = _secret_file(command.folder, SECRET.encode())

    on_the_command_line = command(*COMPLETE, "--api-secret", SECRET, "--api-secret-file", path)
    in_the_environment = command(*COMPLETE, environ={"API_SECRET": SECRET, "API_SECRET_FILE": path})

    assert (on_the_command_line.status, in_the_environment.status) == (2, 2)
    assert "both given" in on_the_command_line.error
    assert "both set" in in_the_environment.error


def test_a_mistake_beside_the_secret_does_not_show_the_secret(command: Command) -> None:
    attempts = [
        command("--api-secret", SECRET, SECRET),
        command("--api-secret", SECRET, "--ban", SECRET),
        command(f"--api-secret={SECRET}", "--grace", SECRET),
        command("--grace", SECRET, environ={"API_SECRET": SECRET}),
        command("--api-secret", SECRET, "--destination", SECRET),
        command("--api-secret", f"{SECRET}€", *COMPLETE),
    ]

    assert [ended.status for ended in attempts] == [2] * len(attempts)
    assert all("***" in ended.err for ended in attempts[:4])
