"""How external_ids and e-mails compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.keys import digest, key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna@Gemeente.TEST", "anna@gemeente.test"),
        ("  P1\t", "p1"),
        ("zoe\u0308@gemeente.test", "zo\u00eb@gemeente.test"),
        ("\u00dcN\u00cf", "\u00fcn\u00ef"),
        ("\u00a0P1\u2003", "p1"),
        ("J\u030cana", "\u01f0ana"),
        ("\uff30\uff11", "p1"),
        ("\ufb01lm@gemeente.test", "film@gemeente.test"),
    ],
    ids=[
        "case",
        "blanks around",
        "composed and decomposed",
        "case beyond ascii",
        "unusual blanks around",
        "composed in lower case only",
        "full-width letters",
        "ligatures",
    ],
)
def test_a_key_is_the_same_in_every_spelling(text: str, expected: str) -> None:
    assert (key(text), key(expected)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [("007", "7"), ("P 1", "P1"), ("zoe@gemeente.test", "zo\u00eb@gemeente.test"), ("a@b", "a@b.")],
)
def test_these_are_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize("empty", [None, "", " ", "\t\n", "\u00a0"])
def test_an_empty_one_is_none(empty: str | None) -> None:
    assert key(empty) == ""


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


def test_a_digest_tells_values_apart_by_the_salt_and_is_the_same_in_every_version() -> None:
    assert digest(b"s", "Anna").hex() == "37a20be650b1d50a03fd945a2a437246"
    assert digest(b"s", "Anna") != digest(b"s", "anna")
    assert digest(b"s", "Anna") != digest(b"t", "Anna")


def test_a_lone_surrogate_has_a_digest() -> None:
    assert digest(b"s", "\ud800") != digest(b"s", "?")
