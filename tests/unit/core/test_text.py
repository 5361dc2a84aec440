"""What a terminal or a reader of lines would obey is written out; equal texts are kept once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.text import sharing, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fatma Yildiz-Özdemir 😀", "Fatma Yildiz-Özdemir 😀"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
        ("one\u2028line", "one\\u2028line"),
        ("jan\u202egpj.exe", "jan\\u202egpj.exe"),
        ("\udce9", "\\udce9"),
        ("C:\\users", "C:\\users"),
        ("no-break\xa0blank", "no-break\xa0blank"),
        ("", ""),
    ],
)
def test_control_characters_become_visible_and_letters_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_what_was_written_out_is_one_line_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize(("text", "cut"), [("abcde", "abcde"), ("abcdef", "ab..."), ("", "")])
def test_long_text_is_cut_to_the_limit(text: str, cut: str) -> None:
    assert shortened(text, 5) == cut


def copied(text: str) -> str:
    return "".join(list(text))


def test_equal_texts_become_one_object() -> None:
    texts: dict[str, str] = {}
    first, second = (copied("Beleidsmedewerker") for _ in range(2))
    assert sharing(texts)(first, first) is sharing(texts)(second, second)


def test_texts_of_which_there_are_too_many_are_handed_out_as_they_came() -> None:
    texts = {str(number): str(number) for number in range(50_000)}
    assert sharing(texts)("020-1234567", "020-1234567") == "020-1234567"
    assert len(texts) == 50_000
