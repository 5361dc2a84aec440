"""What a terminal or a reader of lines would obey is written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.escaping import shortened, visible


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
