"""Whom a row that can't be used is found to be about, and which of these tell whose row it is."""

import pytest

from pleio_profile_sync_client.core.models import Guid, SubsiteUser
from pleio_profile_sync_client.core.traces import Text, Trace, Traces, find_own_traces, find_traces, whole_cells
from tests.unit.core.builders import row, user

JAN = user("u40", "0040", "jan@gemeente.test", "Jan Jansen")
OTHERS = (
    user("u41", "0041", "piet@gemeente.test", "Piet van der Berg"),
    user("u42", "P-42/b", "o'brien@gemeente.test", "Maeve O’Brien"),  # noqa: RUF001 # as a phone types it
    user("u43", "A 43", "zoë@gemeente.test", "Zoë"),
    user("u44", "sam", "sam@gemeente.test", "Sam\nde Wit"),
    user("u45", None, "an@gemeente.test", "An, de Boer"),
    user("u48", None, "jo@q", "Jo de Jong"),
)
USERS = (JAN, *OTHERS)
OWN = frozenset({0, 1, 2})
SOUND = OWN
TORN = None


def find(*cells: str, own: frozenset[int] | None = TORN, matched: tuple[Guid, ...] = ()) -> Traces:
    return find_traces([Text(7, cells, own)], [one for one in USERS if one.guid not in matched])


def named(*cells: str) -> set[Guid]:
    return set(find(*cells).by_user)


@pytest.mark.parametrize(
    "cells",
    [
        ("0040", "x", "y"),
        ("x", "0040", "y"),
        ("x y 0040", "z"),
        ("id:0040",),
        ("0040Iemand",),
        ('="0040"',),
        ("0040.0",),
        ("\uff10\uff10\uff14\uff10",),
        ("00\u200b40",),
        ("[0040]",),
        ("x", "Jan <JAN@Gemeente.test>"),
        ("jan@gemeente.test; chef@gemeente.test",),
        ("Iemandjan@gemeente.testAfdeling",),
        ("Jan Iemandjan@gemeente.test",),
        ("jan @gemeente.test",),
        ("jan\u200e@gemeente.test\u200b",),
        ("ｊａｎ＠ｇｅｍｅｅｎｔｅ．ｔｅｓｔ",),  # noqa: RUF001 # full-width letters are meant
        ("JAN JANSEN",),
        ("Jansen, Jan",),
        ("Jan", "Jansen"),
        ("Jan", "", "Jansen"),
        ("Jan", "J.", "Jansen"),
        ("9Jan Jansen",),
        ("j.jansen@", "Jan"),
        ("jan.,jansen@elders.test",),
        ("x", "Jan", "jansen@elders.test"),
        ("Mr. Jan Jansen (extern)",),
        ('0099,"Jan ""Joop"" Jansen",x@y.test',),
        ("0099,Jan Jansen,x@y.test\n0098,x,y",),
    ],
)
def test_whoever_a_person_could_read_in_a_row_is_named(cells: tuple[str, ...]) -> None:
    assert "u40" in named(*cells)


@pytest.mark.parametrize(
    "cells",
    [
        ("00400", "jan", "janse@gemeente.test"),
        ("40",),
        ("Jan", "Pieters"),
        ("Jans Jansen",),
        ("jan@gemeente",),
        ("Jan", "a", "b", "Jansen"),
        ("Jan", "a", "b", "c", "Jansen"),
        ("",),
        (),
    ],
)
def test_nobody_else_is_named(cells: tuple[str, ...]) -> None:
    assert "u40" not in named(*cells)


@pytest.mark.parametrize(
    ("cells", "guid"),
    [
        (("p-42/B",), "u42"),
        (("nr. P-42/b,",), "u42"),
        (("O'Brien, Maeve",), "u42"),
        (("O`BRIEN maeve",), "u42"),
        (("o'brien@gemeente.test",), "u42"),
        (("x A 43 y",), "u43"),
        (("a 43",), "u43"),
        (("zoe\u0308@gemeente.test",), "u43"),
        (("ZOË",), "u43"),
        (("Sam", "de", "Wit"), "u44"),
        (("de Boer An",), "u45"),
        (("berg", "piet", "van", "der"), "u41"),
        (("x jo@q y",), "u48"),
    ],
)
def test_keys_and_names_of_any_shape_are_found(cells: tuple[str, ...], guid: str) -> None:
    assert guid in named(*cells)


def test_users_who_share_a_key_or_a_name_are_all_named() -> None:
    twins = (user("a", "P1", "x@y.test", "Jan Jansen"), user("b", "p1", "X@y.test", "Jansen Jan"))
    for cell in ("P1", "x@y.test", "jan jansen"):
        assert set(find_traces([Text(2, (cell,))], twins).by_user) == {"a", "b"}


def test_keys_of_the_subsite_with_invisible_characters_are_found_as_they_look() -> None:
    odd = user("a", "Ë\u200b1", "jan\u200b@x.test", "J\u00ads")
    for cell in ("ë1", "jan@x.test", "js"):
        assert set(find_traces([Text(2, (cell,))], [odd]).by_user) == {"a"}


@pytest.mark.parametrize("cell", ["1.234.567", "1,234,567", "1 234 567", "1\u00a0234\u00a0567"])
def test_a_number_with_separators_is_the_number(cell: str) -> None:
    assert set(find_traces([Text(7, ("x", cell), SOUND)], [user("u1", "1234567")]).by_user) == {"u1"}


def test_a_trace_tells_the_line_and_the_key_and_the_surest_counts() -> None:
    texts = [Text(3, ("Jan Jansen",)), Text(5, ("jan@gemeente.test",)), Text(8, ("piet@gemeente.test", "0040"))]
    traces = find_traces(texts, USERS)
    assert traces.by_user["u40"] == Trace(8, "external_id")
    assert traces.by_user["u41"] == Trace(8, "e-mail")


@pytest.mark.parametrize(
    ("cells", "own", "explains"),
    [
        (("0040", "x", "y"), TORN, True),
        (("x", "y", "0040", "z"), TORN, True),
        (("x;0040;y",), TORN, True),
        (("x 0040 y",), TORN, False),
        (("0040Iemand",), TORN, False),
        (("40.0", "0040.0"), TORN, False),
        (("x jan@gemeente.test",), TORN, True),
        (("Jansenjan@gemeente.test",), TORN, False),
        (("x", "Jan Jansen"), TORN, True),
        (("Jan", "Jansen"), TORN, True),
        (("Jan", "x", "Jansen"), TORN, False),
        (("Jan", "Jansen", "x", "Jan"), TORN, True),
        (("Zoë",), TORN, False),
        (("0040", "x", "y"), SOUND, True),
        (("0040.0", "x", "y"), SOUND, False),
        (("x", "y", "0040"), SOUND, True),
        (("x", "nr 0040", "y"), SOUND, False),
        (("x", "0040, of 0041", "y"), SOUND, False),
        (("x", "y", "Jan <jan@gemeente.test>"), SOUND, True),
        (("x", "Jan Jansen", "y"), SOUND, True),
        (("x", "Jansen, Jan", "y"), SOUND, True),
        (("x", "Zoë", "y"), SOUND, True),
        (("x", "Zoë de Boer", "y"), SOUND, False),
        (("x", "Jan", "y", "Jansen"), SOUND, False),
        (("x", "y", "z", "jan@gemeente.test"), SOUND, False),
        (("x", "y", "z", "0040"), SOUND, False),
        (("x", "y", "z", "Jan Jansen"), SOUND, False),
        (("x", "y", "z", "Zoë"), SOUND, False),
    ],
)
def test_only_the_persons_own_trace_explains_a_row(
    cells: tuple[str, ...], own: frozenset[int] | None, explains: bool
) -> None:
    traces = find(*cells, own=own)
    assert traces.by_user
    assert traces.explained == ({7} if explains else set())


@pytest.mark.parametrize("own", [SOUND, TORN])
def test_whom_a_good_row_matches_explains_no_other_row(own: frozenset[int] | None) -> None:
    cells = ("0040", "Jan Jansen", "jan@gemeente.test")
    assert find(*cells, own=own, matched=("u40",)).explained == set()
    assert find(*cells, "0041", own=own, matched=("u40",)).explained == (set() if own else {7})


def test_of_several_e_mails_that_end_alike_only_the_longest_explains() -> None:
    traces = find("x", "y", "jan@gemeente.test", matched=("u40",))
    assert set(traces.by_user) == {"u45"}
    assert traces.explained == set()


def test_no_texts_leave_no_traces() -> None:
    assert find_traces([], USERS) == Traces()


def test_whole_cells_are_those_and_their_pieces() -> None:
    assert whole_cells(Text(2, (" A 43 ", "x;Y", ""))) == {"a 43", "x;y", "x", "y"}


NAMELESS = user("u46", "P46", "p46@gemeente.test", "\u2026")
KEYLESS = user("u47", None, "", "Jan Jansen")


@pytest.mark.parametrize(
    ("external_id", "email", "name", "by_guid"),
    [
        ("jan@gemeente.test", "x@y.test", "Kim", {"u40": "e-mail"}),
        ("P9", "JAN@gemeente.test", "Kim", {"u40": "e-mail"}),
        ("P9", "x@y.test", "Kim (jan@gemeente.test)", {"u40": "e-mail"}),
        ("P9", "x@y.test", "Kim 0040", {"u40": "external_id"}),
        ("P9, 0040", "x@y.test", "Kim", {"u40": "external_id"}),
        (None, "x@y.test", "0040", {"u40": "external_id"}),
        ("\uff10\uff10\uff14\uff10", "x@y.test", "Kim", {"u40": "external_id"}),
        ("SAM", "x@y.test", "Kim", {"u44": "external_id"}),
        ("Jansen, Jan", "x@y.test", "Kim", {"u40": "name"}),
        ("Jan 0041 Jansen", "x@y.test", "Kim", {"u41": "external_id"}),
        ("JanJansen", "x@y.test", "Kim", {}),
        ("Zo\u00eb", "x@y.test", "Kim", {}),
        ("P9", "x@y.test", "Jan Jansen", {}),
        ("P9", "0040@y.test", "Kim", {}),
        ("P90040", "xjan@gemeente.test", "Kim", {}),
        (None, "x@y.test", "Kim", {}),
    ],
)
def test_a_good_rows_own_cells_tell_of_keys_and_of_a_name_in_the_external_ids_place(
    external_id: str | None, email: str, name: str, by_guid: dict[str, str]
) -> None:
    found = find_own_traces([row(3, "P1", "p1@x.test", "Kim"), row(7, external_id, email, name)], USERS)
    assert {guid: trace.key for guid, trace in found.items()} == by_guid
    assert {(trace.line, trace.is_own) for trace in found.values()} <= {(7, False)}


@pytest.mark.parametrize(
    ("users", "external_id", "found"),
    [((NAMELESS,), "x P46", {"u46"}), ((KEYLESS,), "Jan Jansen", {"u47"}), ((), "x P46", set())],
    ids=["no names", "no keys", "nobody"],
)
def test_users_without_names_or_without_keys_are_found_by_what_they_have(
    users: tuple[SubsiteUser, ...], external_id: str, found: set[str]
) -> None:
    assert find_own_traces([row(7, external_id, "x@y.test", "Kim")], users).keys() == found
