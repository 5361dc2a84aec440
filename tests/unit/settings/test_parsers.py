"""How single values are read."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, Limit
from pleio_profile_sync_client.settings import parsers


@pytest.mark.parametrize("word", ["true", "TRUE", "t", "yes", "Yes", "y", "on", "1", " true ", True])
def test_a_word_for_true_is_true(word: object) -> None:
    assert parsers.parse_boolean(word) is True


@pytest.mark.parametrize("word", ["false", "FALSE", "f", "no", "No", "n", "off", "0", " false ", False])
def test_a_word_for_false_is_false(word: object) -> None:
    assert parsers.parse_boolean(word) is False


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1_800), ("48h", 172_800), ("7d", 604_800), ("1.5h", 5_400), ("2D", 172_800), (" 1h ", 3_600)],
)
def test_durations_are_in_seconds(text: str, seconds: float) -> None:
    assert parsers.parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["0s", "0d", "0.0h"])
def test_a_duration_of_nothing_is_off(text: str) -> None:
    assert parsers.parse_duration_s(text) is None


@pytest.mark.parametrize("text", ["0s", "0h", "0.0m"])
def test_a_run_that_may_take_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is no time at all; leave the option out if there is no limit"):
        parsers.parse_time_limit_s(text)


def test_a_run_may_take_some_time() -> None:
    assert parsers.parse_time_limit_s("1.5h") == 5_400


@pytest.mark.parametrize("text", ["users.csv", "-", "C:\\export\\users.csv", "C://export/users.csv", "a:/b", "a//b"])
def test_a_path_is_no_address(text: str) -> None:
    assert parsers.parse_source(f" {text} ") == text


@pytest.mark.parametrize("text", ["https://hr.test/x?token=geheim", "ftp://hr.test/x", "file:///srv/geheim.csv"])
def test_an_address_is_no_source_and_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="download it first, or pipe it in with -") as caught:
        parsers.parse_source(text)
    assert "geheim" not in str(caught.value)


@given(st.fractions(min_value=0, max_value=100, max_denominator=1_000))
def test_percentages_are_exact(percentage: Fraction) -> None:
    exact = Fraction(round(percentage * 1_000), 1_000)
    text = f"{int(exact)}.{int(exact % 1 * 1_000):03}%"

    assert parsers.parse_limit(text) == Limit(exact, is_percentage=True)


@pytest.mark.parametrize(
    ("raw", "limit"),
    [
        ("36", Limit(Fraction(36))),
        (36, Limit(Fraction(36))),
        ("0", Limit(Fraction(0))),
        ("5%", Limit(Fraction(5), is_percentage=True)),
        ("2.5 %", Limit(Fraction(5, 2), is_percentage=True)),
        ("100%", Limit(Fraction(100), is_percentage=True)),
    ],
)
def test_limits_are_numbers_or_percentages(raw: object, limit: Limit) -> None:
    assert parsers.parse_limit(raw) == limit


@pytest.mark.parametrize(("name", "codec"), [("UTF8", "utf-8"), ("windows-1252", "cp1252"), ("mac_roman", "mac-roman")])
def test_encodings_have_many_names(name: str, codec: str) -> None:
    assert parsers.parse_encoding(name) == codec


@pytest.mark.parametrize(
    ("raw", "delimiter"), [(";", ";"), ("|", "|"), ("tab", "\t"), ("TAB", "\t"), (r"\t", "\t"), ("\t", "\t")]
)
def test_a_delimiter_is_one_character_or_the_word_tab(raw: str, delimiter: str) -> None:
    assert parsers.parse_delimiter(raw) == delimiter


OF_ROWS = """
    bad_quotes ragged_row control_character no_value missing_name missing_email invalid_email too_long
    scientific_number placeholder mojibake duplicate_external_id duplicate_email
    avatar_missing avatar_outside avatar_not_jpeg avatar_too_large
    lost_zeros other_id other_person handed_over same_name taken circle ambiguous needs_external_id
"""


@pytest.mark.parametrize("code", [*OF_ROWS.split(), "unused_pattern"])
def test_problems_of_rows_and_users_can_be_accepted(code: str) -> None:
    assert parsers.parse_problem_code(code) == code


@pytest.mark.parametrize("code", ["removals_withheld", "undecided", "awaiting_approval", "group_missing"])
def test_problems_of_the_whole_run_cannot_be_accepted(code: str) -> None:
    with pytest.raises(ValueError, match="whole run"):
        parsers.parse_problem_code(code)


def test_there_are_no_other_problems_to_accept() -> None:
    assert {*OF_ROWS.split(), "unused_pattern"} == set(ACCEPTABLE_PROBLEMS)


@pytest.mark.parametrize(
    ("read", "raws"),
    [
        (parsers.parse_boolean, ["", "flase", "2", "truee", "nee", None, "\u0661"]),
        (
            parsers.parse_duration_s,
            ["", "7", "d", "7 d", "-7d", "+7d", "7w", "1e3s", "1_0s", "\u0667d", "inf s", "999999d", "7d7h"],
        ),
        (
            parsers.parse_limit,
            ["", "%", "-1", "-1%", "+1", "1.5", "2,5%", "101%", "1e2", "ten", "\u0661", "1/2%", "100.0001%"],
        ),
        (parsers.parse_count, ["", "0", "-1", "1.5", "two", "\u0661"]),
        (parsers.parse_text, ["", "  "]),
        (parsers.parse_path, ["", "  ", "a\0b", "/", "."]),
        (parsers.parse_report_path, ["", "report", "report.pdf", "json", ".json"]),
        (lambda raw: parsers.parse_word(raw, ("text", "json")), ["", "xml"]),
        (parsers.parse_encoding, ["", "utf-9", "base64", "rot13", "hex", "a\0b", "undefined"]),
        (parsers.parse_delimiter, ["", ";;", '"', "\n", "\r", "\0", "comma"]),
        (parsers.parse_problem_code, ["", "missing-email", "nothing"]),
    ],
)
def test_what_is_no_value_is_refused(read: Callable[[object], Any], raws: list[object]) -> None:
    for raw in raws:
        with pytest.raises(ValueError, match=r"\w"):
            read(raw)


@pytest.mark.parametrize(
    ("word", "meant"), [("max-removals", "max_removals"), ("MAX_REMOVAL", "max_removals"), ("gracee", "grace")]
)
def test_a_slip_gets_the_likely_word(word: str, meant: str) -> None:
    assert parsers.suggest(word, ["max_removals", "max_changes", "grace"]) == f" (did you mean {meant}?)"


def test_a_word_like_no_other_gets_no_suggestion() -> None:
    assert parsers.suggest("wachtwoord", ["max_removals", "grace"]) == ""
