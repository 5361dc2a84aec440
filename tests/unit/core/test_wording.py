"""How counts, lists, durations, places and changes are put into words."""

import pytest

from pleio_profile_sync_client.core.models import Action, Avatar, Finding, Record, Removal, Write
from pleio_profile_sync_client.core.wording import (
    counted,
    describe_change,
    describe_duration,
    name_column,
    name_few,
    name_places,
    place_of,
    short_place_of,
)

RECORD = Record("Fatma Yildiz", "fatma@gemeente.test", "P7", groups=("g1",))


@pytest.mark.parametrize(
    ("places", "named"),
    [
        (["line 7"], "line 7"),
        (["line 7", "line 8", "line 9"], "lines 7, 8 and 1 more"),
        (["row 7 of the sheet Staff", "row 8 of the sheet Staff"], "rows 7, 8 of the sheet Staff"),
        (["entry 7 (CN=Jan)", "entry 8 (CN=Piet)"], "entry 7 (CN=Jan), entry 8 (CN=Piet)"),
    ],
)
def test_a_few_places_are_named_what_they_share_once(places: list[str], named: str) -> None:
    assert name_places(places, 2) == named


def test_a_place_that_may_name_somebody_has_a_short_form_that_does_not() -> None:
    entry = Finding("taken", "", 7, place="entry 7 (CN=Jan de Vries)")
    assert (place_of(entry), short_place_of(entry)) == ("entry 7 (CN=Jan de Vries)", "entry 7")
    line = Finding("taken", "", 7)
    assert (place_of(line), short_place_of(line)) == ("line 7", "line 7")
    nowhere = Finding("undecided", "")
    assert (place_of(nowhere), short_place_of(nowhere)) == ("", "")


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_spreadsheets_do(index: int, name: str) -> None:
    assert name_column(index) == name


def test_a_create_shows_what_it_brings() -> None:
    create = Write(
        Action.CREATE, None, 7, "P7", RECORD.email, RECORD, {"name": (None, "Fatma Yildiz")}, Avatar("f.jpg", "d", 1, 2)
    )
    assert (
        describe_change(create) == 'create line 7, P7, fatma@gemeente.test: name "Fatma Yildiz"; 1 group; avatar f.jpg'
    )


def test_an_update_shows_old_and_new() -> None:
    update = Write(
        Action.UPDATE, "u", 7, None, RECORD.email, None, {"profile.phone": ("06-1", "")}, None, ("relinked",)
    )
    assert describe_change(update) == 'update line 7, fatma@gemeente.test: profile.phone "06-1" -> ""; (relinked)'


def test_an_external_id_that_was_none_is_shown_as_empty() -> None:
    update = Write(Action.UPDATE, "u", 7, "P7", RECORD.email, None, {"external_id": (None, "P7")})
    assert describe_change(update).endswith('external_id "" -> "P7"')


def test_a_removal_shows_the_user() -> None:
    ban = Removal(Action.BAN, "u", "P7", RECORD.email, "Fatma Yildiz")
    delete = Removal(Action.DELETE, "u", None, RECORD.email, "Fatma Yildiz", is_banned=True)
    assert describe_change(ban) == "ban P7, fatma@gemeente.test"
    assert describe_change(delete) == "delete fatma@gemeente.test (banned already)"


def test_long_values_are_cut_and_no_value_can_break_the_line() -> None:
    update = Write(Action.UPDATE, "u", 7, "P\n7", "a\x1b@b", None, {"profile.a\nb": ("x" * 500, "\n" * 500)})
    text = describe_change(update)
    assert text.isprintable()
    assert '"' + "x" * 57 + '..." -> "' + "\\n" * 57 + '..."' in text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1_000_000, "1,000,000 users")]
)
def test_a_number_stands_with_its_noun(number: int, text: str) -> None:
    assert counted(number, "user") == text


def test_a_plural_may_be_of_another_kind() -> None:
    assert (counted(1, "person", "people"), counted(2, "person", "people")) == ("1 person", "2 people")


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdef"), "a, b, c, d, e and 1 more"),
        (list(range(2_000)), "0, 1, 2, 3, 4 and 1,995 more"),
    ],
)
def test_a_few_are_named_and_the_rest_is_counted(texts: list[object], named: str) -> None:
    assert name_few(texts) == named


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (-1, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.7, "1 min"),
        (83, "1 min 23 s"),
        (3_900, "1 h 5 min"),
        (26 * 3_600, "1 d 2 h"),
        (48 * 3_600 + 59, "2 d"),
    ],
)
def test_durations_read_as_people_say_them(duration_s: float, text: str) -> None:
    assert describe_duration(duration_s) == text
