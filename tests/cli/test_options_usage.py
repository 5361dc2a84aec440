"""Wrong use is found before any request, and said in one line with a way out: exit status 2."""

import os
from pathlib import Path

import pytest

from tests.cli.canaries import SECRET
from tests.cli.inside import call
from tests.cli.process import Command

SUBSITE = "https://gemeente.test/profile_sync_api/"
COMPLETE = ("--source", "users.csv", "--destination", SUBSITE)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--ban", "--delete"), "ban and delete"),
        (("--grace", "7"), "--grace: '7'"),
        (("--sorce", "a.csv"), "no such option: --sorce (did you mean --source?)."),
        (("check", "--reject", "a.csv"), "no such option: --reject (did you mean --rejects?)."),
        (("--wachtwoord",), "no such option: --wachtwoord."),
        (("explain",), "KEY"),
    ],
)
def test_wrong_use_exits_2_with_one_line_and_a_hint(command: Command, args: tuple[str, ...], said: str) -> None:
    ended = command(*COMPLETE, *args, environ={"API_SECRET": SECRET})

    assert ended.status == 2
    assert ended.out == ""
    assert ended.error.startswith("Error: ")
    assert said in ended.error
    assert len(ended.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--ban", "yes", "--delete", "ON"), "ban and delete"),
        (("--ban", "flase"), "--ban: 'flase'"),
        (("--ban=flase",), "--ban: 'flase'"),
        (("--ban=",), "--ban: ''"),
        (("--dry-run", "2"), "--dry-run: '2'"),
        (("units",), "Choose from: service, timer"),
        (("status", "--max-age", "0s"), "--max-age: '0s' is no time at all"),
        (("synchronise",), "'synchronise'"),
        (("--grace", "a week"), "--grace: 'a week'"),
        (("--grace", "-1d"), "--grace: '-1d'"),
        (("--max-source-age", "2 hours"), "--max-source-age"),
        (("--source", "https://hr.gemeente.test/users.csv"), "--source: it is an address; download it first, or pipe"),
        (("--source", "SFTP://hr.gemeente.test/users.csv"), "--source: it is an address"),
        (("--max-duration", "h"), "--max-duration"),
        (("--max-duration", "0s"), "--max-duration: '0s' is no time at all; leave the option out if there is no limit"),
        (("--max-removals", "-5"), "--max-removals: '-5'"),
        (("--max-removals", "-5%"), "--max-removals: '-5%'"),
        (("--max-removals", "2,5%"), "2.5%"),
        (("--max-changes", "101%"), "--max-changes"),
        (("--min-matched", "half"), "--min-matched: 'half'"),
        (("--accept", "missing_emial"), "did you mean missing_email?"),
        (("--accept", "undecided"), "whole run"),
        (("--accept", "removals_withheld"), "whole run"),
        (("--report", "report.pdf"), ".html"),
        (("--ping", "ftp://wekker.test/x"), "--ping"),
        (("--ping", "wekker.test/x"), "--ping"),
        (("--log-format", "xml"), "one of text, json"),
        (("--max-concurrency", "0"), "--max-concurrency: '0'"),
        (("--max-concurrency", "many"), "--max-concurrency: 'many'"),
        (("--encoding", "utf-9"), "--encoding: 'utf-9'"),
        (("--encoding", "base64"), "--encoding: 'base64'"),
        (("--delimiter", ";;"), "--delimiter: ';;'"),
        (("--delimiter", ""), "--delimiter"),
        (("--protect", ""), "--protect"),
        (("--only", " "), "--only"),
        (("--config", "there-is-none.toml"), "there-is-none.toml can't be read"),
        (("--state", ""), "--state"),
        (("--destination", "http://gemeente.test/profile_sync_api"), "https://"),
        (("--destination", "ftp://gemeente.test/"), "--destination"),
        (("--destination", "gemeente.test/profile_sync_api"), "--destination"),
        (("--destination", "https:///profile_sync_api"), "no host"),
        (("--destination", "https://gemeente.test/?a=b"), "?"),
        (("--destination", "https://gemeente.test/#users"), "#"),
        (("--destination",), "--destination"),
        (("explain", ""), "KEY"),
    ],
)
def test_wrong_use_is_said_in_one_line(args: tuple[str, ...], said: str) -> None:
    ended = call(*COMPLETE, "--api-secret", SECRET, *args)

    assert ended.status == 2
    assert ended.out == ""
    assert said in ended.error


@pytest.mark.parametrize(
    ("args", "environ", "said"),
    [
        (COMPLETE, {}, "No API secret"),
        (COMPLETE, {"API_SECRET": ""}, "No API secret"),
        (COMPLETE, {"API_SECRET": "  ", "API_SECRET_FILE": ""}, "No API secret"),
        (COMPLETE[:2], {"API_SECRET": SECRET}, "No destination"),
        (COMPLETE[2:], {"API_SECRET": SECRET}, "No source"),
        ((), {}, "No source (--source), no destination (--destination), no API secret"),
        (("export",), {"API_SECRET": SECRET}, "No destination"),
        ((*COMPLETE, "explain", "p1"), {}, "No API secret"),
    ],
)
def test_what_is_missing_is_named_before_any_request(
    command: Command, args: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    ended = command(*args, environ=environ)

    assert ended.status == 2
    assert said in ended.error


@pytest.mark.parametrize("args", [COMPLETE, ()])
def test_a_missing_secret_is_not_sent_to_the_configuration_file_which_refuses_it(
    command: Command, args: tuple[str, ...]
) -> None:
    (hint,) = command(*args).err.splitlines()[1:]

    assert "API_SECRET_FILE, --api-secret-file or, in the configuration file, api_secret_file" in hint
    assert ("file of --config" in hint) == (args == ())


def test_status_needs_a_subsite_or_a_state_file(command: Command) -> None:
    ended = command("status")

    assert ended.status == 2
    assert "--state" in ended.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('max_removal = "5%"', "did you mean max_removals?"),
        ('max-removals = "5%"', "did you mean max_removals?"),
        ('api_secret = "x"', "api_secret_file"),
        ("force = true", "command line"),
        ("relink = true", "command line"),
        ('only = "p1"', "command line"),
        ('ban = "yes"', "ban must be true or false"),
        ("ban = 1", "ban must be true or false"),
        ("max_removals = 2.5", "max_removals must be"),
        ("max_removals = true", "max_removals must be"),
        ('max_concurrency = "16"', "max_concurrency must be a whole number"),
        ("grace = 7", "grace must be a string"),
        ('source = "https://hr.gemeente.test/users.csv"', "source: it is an address"),
        ('max_duration = "0s"', "max_duration: '0s' is no time at all"),
        ("protect = [1]", "protect must be a list of strings"),
        ("columns = 1", "columns must be a table"),
        ('[columns]\nemial = "E-mail"', "did you mean email?"),
        ("[columns]\nemail = 5", "email in [columns]"),
        ('[csv]\nencodign = "cp1252"', "did you mean encoding?"),
        ('encoding = "cp1252"\n[csv]\nencoding = "cp1252"', "twice"),
        ("[skip]\nNaam = [1]", "'Naam' in [skip]"),
        ("ban = true\ndelete = true", "ban and delete"),
        ("ban = tru", "line 1"),
        ('source = "a.csv"\nban == true', "line 2"),
    ],
)
def test_a_wrong_configuration_file_is_refused_naming_file_and_key(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "sync.toml"
    path.write_text(content, "utf-8")

    ended = call("--config", str(path), *COMPLETE, "--api-secret", SECRET)

    assert ended.status == 2
    assert said in ended.error
    assert said == "ban and delete" or str(path) in ended.error


def test_an_address_with_a_password_is_refused_without_showing_it(command: Command) -> None:
    ended = command(*COMPLETE[:2], "--destination", f"https://jan:{SECRET}@gemeente.test/", environ={"API_SECRET": "x"})

    assert ended.status == 2
    assert "passwords" in ended.error


def test_control_characters_in_arguments_do_not_reach_the_terminal(command: Command) -> None:
    ended = command(*COMPLETE, "--grace", "\x1b[2J\n7", environ={"API_SECRET": SECRET})

    assert ended.status == 2
    assert "\x1b" not in ended.err
    assert len(ended.err.splitlines()) == 2


@pytest.mark.skipif(os.name == "nt", reason="file modes are POSIX's")
def test_a_state_folder_is_not_made_for_a_usage_error(command: Command) -> None:
    command(*COMPLETE, "--grace", "7", environ={"API_SECRET": SECRET})

    assert list(Path(command.folder).iterdir()) == []
