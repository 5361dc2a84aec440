"""Who may be the same person where name and e-mail both differ, and who is somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.persons import are_crossed, fits, have_same_words
from tests.unit.core.builders import row, user


def fit(old: str, old_email: str, new: str, new_email: str) -> bool:
    return fits(row(name=new, email=new_email), user(name=old, email=old_email))


@pytest.mark.parametrize(
    ("old", "old_email", "new", "new_email"),
    [
        ("Anna Bakker", "anna.bakker@a.test", "Anna de Vries", "anna.devries@a.test"),
        ("Anna Bakker", "abakker@a.test", "Anna de Vries-Bakker", "avriesbakker@a.test"),
        ("A. Bakker", "a.bakker@a.test", "Anna Bakker", "annabakker@b.test"),
        ("A. Bakker", "anna.bakker@a.test", "A. de Vries", "anna.devries@a.test"),
        ("J. Jansen-de Vries", "jjansen@a.test", "Jansen, Jan", "jan.jansen@a.test"),
        ("Jansen, Jan", "jansenj@a.test", "J. Jansen-de Vries", "j.jansen@a.test"),
        ("J.P.M. Bakker", "jpm.bakker@a.test", "JPM de Vries", "j.devries@a.test"),
        ("Kim Smit", "k.smit@oud.test", "Kees Bakker", "K.Smit@nieuw.test"),
        ("Bakker, Anna", "abakker@a.test", "Anna Bakker", "anna@b.test"),
        ("Yilmaz Ayse", "ayilmaz@a.test", "Ayse Yilmaz", "ayse@b.test"),
        ("Vries, Jan de", "jvries@a.test", "Jan de Vries", "jan@b.test"),
        ("Willem de Boer", "willem@a.test", "Willemijn de Boer", "willemijn@a.test"),
        ("dr. Anna de Wit", "awit@a.test", "Anna Wit, MSc", "anna@a.test"),
        ("Ay\u015fe Y\u0131ld\u0131z", "ayildiz@a.test", "AYSE YILDIZ", "ayse@b.test"),
        ("\u0130brahim \u015eahin", "isahin@a.test", "Ibrahim Sahin", "ibrahim@b.test"),
        ("\u0141ukasz W\u00f3jcik", "lwojcik@a.test", "Lukasz Wojcik", "lukasz@b.test"),
        ("Zo\u00eb O\u2019Brien", "zobrien@a.test", "Zoe O'Brien", "zoe@b.test"),
        ("Fatima El Amrani", "felamrani@a.test", "Fatima Elamrani", "fatima@b.test"),
        ("El-Amrani, Fatima", "felamrani@a.test", "Fatima el Amrani", "fatima@b.test"),
        ("Mohammed Bouazza", "mbouazza@a.test", "Mohamed Bouazza", "mohamed@b.test"),
        (
            "\u0645\u062d\u0645\u062f \u0639\u0644\u064a",
            "m@a.test",
            "\u0645\u064f\u062d\u0645\u062f \u0639\u0644\u064a",
            "mali@b.test",
        ),
        ("Bo Li", "bli@a.test", "Li Bo", "bo@b.test"),
        ("An\u200bna\u00a0Bakker", "anna.b@a.test", "Bakker, Anna", "a.bakker@a.test"),
        ("Anna", "anna.bakker@a.test", "A. Bakker", "ab@b.test"),
        ("Anna Bakker", "info@oud.test", "Kim Smit", "INFO@nieuw.test"),
        ("Bakker, Anna", "a.bakker@a.test", "Anna de Vries-Bakker", "avries@a.test"),
        ("De Las", "mw12@a.test", "DE LAS", "gast@b.test"),
    ],
)
def test_the_same_person_with_another_name_and_address_fits(old: str, old_email: str, new: str, new_email: str) -> None:
    assert fit(old, old_email, new, new_email)
    assert fit(new, new_email, old, old_email)


@pytest.mark.parametrize(
    ("old", "old_email", "new", "new_email"),
    [
        ("Jan de Vries", "jan.devries@a.test", "Kees de Vries", "kees.devries@a.test"),
        ("Anna Bakker", "anna.bakker@a.test", "Kim Smit", "kim.smit@a.test"),
        ("Jan van de Berg", "j.vandeberg@a.test", "Joke van de Wal", "j.vandewal@a.test"),
        ("J. Bakker", "j.bakker@a.test", "J. Smit", "j.smit@a.test"),
        ("J.P. Bakker", "jp.bakker@a.test", "J.P. Smit", "jp.smit@a.test"),
        ("Ahmed ben Ali", "a.benali@a.test", "Ayoub ben Omar", "a.benomar@a.test"),
        ("Anna Bakker", "a.bakker.extern@a.test", "Ad Smit", "a.smit.extern@a.test"),
        ("Medewerker 12", "mw12@a.test", "Gast 12", "gast.12@a.test"),
        ("Bo Li", "bo.li@a.test", "Bo Wu", "bo.wu@a.test"),
        ("dr. Jan Bakker", "dr.bakker@a.test", "dr. Kim Smit", "dr.smit@a.test"),
        ("Ben Bakker", "ben@a.test", "Jan Bakker", "jan@a.test"),
        ("Anna Bakker", "anna@a.test", "Ad Smit", "adsmit@a.test"),
        ("Bakker, Anna", "a.bakker@a.test", "Bram Bakker", "b.bakker@a.test"),
        ("", "anna@a.test", "Kim Smit", "kim@a.test"),
        ("-", "anna@a.test", "\u2026", "kim@a.test"),
    ],
)
def test_somebody_else_does_not_fit(old: str, old_email: str, new: str, new_email: str) -> None:
    assert not fit(old, old_email, new, new_email)
    assert not fit(new, new_email, old, old_email)


@pytest.mark.parametrize(
    ("annas_email", "kims_email", "expected"),
    [
        ("kim.smit@a.test", "anna.bakker@a.test", True),
        ("k.smit@a.test", "a.bakker@a.test", True),
        ("kim@a.test", "anna@a.test", True),
        ("anna.bakker@a.test", "kim.smit@a.test", False),
        ("kim.smit@a.test", "k.smit@a.test", False),
        ("a.bakker@a.test", "anna@a.test", False),
        ("kim.smit@a.test", "info@a.test", False),
        ("info@a.test", "anna.bakker@a.test", False),
        ("info@a.test", "gast@a.test", False),
        ("anna.smit@a.test", "kim.bakker@a.test", False),
        ("a.smit.kim@a.test", "k.bakker.anna@a.test", True),
    ],
)
def test_two_addresses_are_crossed_where_each_is_more_like_the_others_name(
    annas_email: str, kims_email: str, expected: bool
) -> None:
    anna, kim = row(2, None, annas_email, "Anna Bakker"), row(3, None, kims_email, "Kim Smit")
    assert are_crossed(anna, kim) == are_crossed(kim, anna) == expected


NAMES = st.text(st.sampled_from("abAB\u00eb\u0130\u0131 .,-'1"), max_size=12)
EMAILS = st.builds("{}@x.test".format, st.text(st.sampled_from("abn.1"), min_size=1, max_size=6))


@given(NAMES, EMAILS, NAMES, EMAILS)
def test_to_fit_goes_both_ways(old: str, old_email: str, new: str, new_email: str) -> None:
    assert fit(old, old_email, new, new_email) == fit(new, new_email, old, old_email)


@given(st.lists(st.text(st.sampled_from("abc\u00eb\u0131"), min_size=1), min_size=1, max_size=4))
def test_the_order_of_the_words_of_a_name_and_their_case_don_t_matter(words: list[str]) -> None:
    other = sorted(words, reverse=True)
    assert have_same_words(" ".join(words), " ".join(other).upper())
