"""What the configuration file may say, and what `init` writes into one."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.config_file import Answers, ConfigFile, format_configuration, parse_config

FOLDER = Path("etc", "pleio")


def _parse(content: str) -> ConfigFile:
    return parse_config(content.encode(), FOLDER / "sync.toml")


def _refusal(content: str) -> str:
    with pytest.raises(UsageError) as raised:
        _parse(content)
    return str(raised.value)


def test_every_option_that_the_file_may_hold_is_read() -> None:
    options = _parse("""
        source = "users.csv"
        destination = "https://gemeente.test/profile_sync_api/"
        api_secret_file = "api_secret"
        ban = true
        delete = false
        grace = "7d"
        protect = ["*@partner.test", "beheer*"]
        scope = "*@gemeente.test"
        only_linked = true
        reactivate = false
        accept = ["missing_email"]
        full = false
        dry_run = true
        max_removals = "2.5%"
        max_changes = 40
        min_matched = 0
        max_source_age = "48h"
        max_duration = "4h"
        verbose = false
        report = ["run.json", "/var/run.html"]
        metrics = "sync.prom"
        ping = "https://wekker.test/abc"
        log_format = "json"
        remote_log = false
        state = "state.sqlite3"
        max_concurrency = 8
        encoding = "cp1252"
        delimiter = ";"
    """).options

    assert options == {
        "source": str(FOLDER / "users.csv"),
        "destination": "https://gemeente.test/profile_sync_api",
        "api_secret_file": FOLDER / "api_secret",
        "ban": True,
        "delete": False,
        "grace": 604_800.0,
        "protect": ("*@partner.test", "beheer*"),
        "scope": ("*@gemeente.test",),
        "only_linked": True,
        "reactivate": False,
        "accept": ("missing_email",),
        "full": False,
        "dry_run": True,
        "max_removals": Limit(Fraction(5, 2), is_percentage=True),
        "max_changes": Limit(Fraction(40)),
        "min_matched": Limit(Fraction(0)),
        "max_source_age": 172_800.0,
        "max_duration": 14_400.0,
        "verbose": False,
        "report": (FOLDER / "run.json", Path("/var/run.html")),
        "metrics": FOLDER / "sync.prom",
        "ping": "https://wekker.test/abc",
        "log_format": "json",
        "remote_log": False,
        "state": FOLDER / "state.sqlite3",
        "max_concurrency": 8,
        "encoding": "cp1252",
        "delimiter": ";",
    }


def test_standard_input_is_no_path() -> None:
    assert _parse('source = "-"').options == {"source": "-"}


def test_the_tables_are_read() -> None:
    config = _parse("""
        [columns]
        external_id = "Personeelsnummer"
        email = " E-mail "
        "profile.occupation" = "Functie"
        profile.Department = "Afdeling"
        [csv]
        encoding = "cp1252"
        delimiter = "tab"
        [skip]
        "Naam" = ["Vacature*", "Totaal*"]
        "Status" = "Uit dienst"
    """)

    assert config.columns == {
        "external_id": "Personeelsnummer",
        "email": "E-mail",
        "profile.occupation": "Functie",
        "profile.Department": "Afdeling",
    }
    assert config.options == {"encoding": "cp1252", "delimiter": "\t"}
    assert config.skip == {"Naam": ("Vacature*", "Totaal*"), "Status": ("Uit dienst",)}


def test_one_header_may_serve_several_fields() -> None:
    config = _parse('[columns]\nexternal_id = "E-mail"\nemail = "E-mail"')

    assert config.columns == {"external_id": "E-mail", "email": "E-mail"}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert parse_config(b"\xef\xbb\xbfban = true\r\ngrace = '7d'\r\n", Path("a.toml")).options["ban"] is True


@pytest.mark.parametrize("key", ["api_secret", "force", "relink", "only", "config"])
def test_what_is_not_for_the_file_is_refused_with_the_reason(key: str) -> None:
    said = _refusal(f'{key} = "x"')

    assert said.startswith(f"{FOLDER / 'sync.toml'}: {key} is not for the configuration file: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("reports = 'a.json'", "unknown key 'reports' (did you mean report?)"),
        ("Ban = true", "unknown key 'Ban' (did you mean ban?)"),
        ("max-changes = 5", "unknown key 'max-changes' (did you mean max_changes?)"),
        ("column = 5", "unknown key 'column' (did you mean columns?)"),
        ("wachtwoord = 5", "unknown key 'wachtwoord'."),
        ("ban = 'true'", "ban must be true or false (without quotes), but is a string"),
        ("verbose = 0", "verbose must be true or false (without quotes), but is a number"),
        ("source = ['a.csv']", "source must be a string (in quotes), but is a list"),
        ("grace = 2026-01-01", "grace must be a string (in quotes), but is a date or time"),
        ("max_changes = 1.5", "max_changes must be a whole number, or a percentage"),
        ("max_changes = true", "max_changes must be a whole number, or a percentage"),
        ("max_concurrency = true", "max_concurrency must be a whole number, but is true or false"),
        ("accept = ['missing_email', 5]", "accept must be a list of strings"),
        ("grace = '7'", "grace: '7' is not a duration"),
        ("max_changes = -1", "max_changes: -1 is not a limit"),
        ("max_concurrency = 0", "max_concurrency: 0 is not a whole number of 1 or more"),
        ("source = ''", "source: it is empty"),
        ("columns = 'x'", "columns must be a table, but is a string"),
        ("[columns]\nnaam = 'Naam'", "unknown field 'naam' in [columns] (did you mean name?)"),
        ("[columns]\n'profile.' = 'Naam'", "unknown field 'profile.' in [columns]"),
        (
            "[columns]\nname = ''",
            "name in [columns] must be a header of the source (in quotes), but is an empty string",
        ),
        ("[columns]\nprofile = 'Functie'", "unknown field 'profile' in [columns]"),
        ("[columns]\nprofile.job.title = 'Functie'", "profile.job in [columns] must be a header"),
        ("[csv]\nquote = 'x'", "unknown key 'quote' in [csv]"),
        ("[csv]\ndelimiter = 5", "delimiter must be a string"),
        ("delimiter = ';'\n[csv]\ndelimiter = ';'", "delimiter is set twice"),
        ("[skip]\nNaam = 5", "'Naam' in [skip] must be a list of strings, but is a number"),
        ("ban = true\nban = false", "line 2"),
        ("\n\nban", "line 3"),
    ],
)
def test_what_the_file_gets_wrong_is_named(content: str, said: str) -> None:
    refusal = _refusal(content)

    assert said in refusal
    assert refusal.startswith(str(FOLDER / "sync.toml"))
    assert "\n" not in refusal


@pytest.mark.parametrize("path", [r"C:\export\users.csv", r"C:\users\export.csv"])
def test_a_windows_path_between_double_quotes_is_told_how_it_is_written(path: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_config(f'source = "{path}"\n'.encode(), Path("sync.toml"))
    assert "needs single ones: 'C:" in raised.value.hint


@pytest.mark.parametrize(
    ("content", "key", "held"),
    [
        (r'source = "C:\temp\namen.csv"', "source", r"\t"),
        (r'report = ["goed.json", "C:\backup\night.json"]', "report", r"\b"),
        (r'state = "C:\new\runs.sqlite3"', "state", r"\n"),
        (r'ca_file = "C:\register\root.pem"', "ca_file", r"\r"),
        (r'run = ["C:\tools\run.exe", "--format", "csv"]', "run", r"\t"),
        (r'run = "C:\tools\run.exe"', "run", r"\t"),
    ],
)
def test_a_path_in_which_a_backslash_became_something_else_is_told_how_it_is_written(
    content: str, key: str, held: str
) -> None:
    table = {"ca_file": "[ldap]\n", "run": "[command]\n"}.get(key, "")
    with pytest.raises(UsageError) as raised:
        parse_config(f"{table}{content}\n".encode(), Path("sync.toml"))
    assert str(raised.value) == f"sync.toml: {key} holds a path with the control character {held}."
    assert r"In double quotes \ begins an escape" in raised.value.hint
    assert "needs single ones: 'C:" in raised.value.hint


def test_a_programs_arguments_are_taken_as_they_are() -> None:
    config = _parse(r"[command]" "\n" r'run = ["psql", "-F", "\t", " name ", ""]')
    assert config.tables["command"]["run"] == ("psql", "-F", "\t", " name ", "")


def test_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        parse_config("# Ren\u00e9".encode("cp1252"), Path("a.toml"))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def test_what_is_left_to_decide_is_commented_out() -> None:
    text = format_configuration(Answers("a.csv", "https://x.test/api", "secret", {}, profile_left=["phone"]))
    assert tomllib.loads(text) == {"source": "a.csv", "destination": "https://x.test/api", "api_secret_file": "secret"}
    assert '# "profile.phone" = "..."' in text
    assert "# ban = true" in text


@given(texts, texts, st.lists(texts, max_size=3))
def test_whatever_a_header_holds_comes_back_as_it_was(header: str, key: str, unused: list[str]) -> None:
    columns = {"external_id": header, f"profile.{key}": header}
    text = format_configuration(Answers("a.csv", "https://x.test/api", "secret", columns, unused))
    read = parse_config(text.encode(), Path("x.toml"))
    assert read.columns == {field: value.strip() for field, value in columns.items()}
    assert read.options.get("ignore", ()) == tuple(header.strip() for header in unused)


def test_a_directory_stands_in_it_as_it_was_answered() -> None:
    ldap: dict[str, str | bool | list[str]] = {"url": "ldap://dc1.test", "start_tls": True, "base": ["OU=A", "OU=B"]}
    text = format_configuration(Answers("", "https://x.test/api", "secret", {}, tables={"ldap": ldap}))
    assert tomllib.loads(text)["ldap"] == ldap
    assert "source" not in tomllib.loads(text)
