"""What a text is taken for by a person who reads it."""

import pytest

from pleio_profile_sync_client.core.words import cut, fold, stands_alone, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Jan Jansen", "jan jansen"),
        ("Ｊａｎ＠Ｘ．ｎｌ", "jan@x.nl"),  # noqa: RUF001 # full-width letters are meant
        ("Zoe\u0308", "zo\u00eb"),
        ("\ufb01lm", "film"),
        ("jan\u200b@\u200ex.nl\ufeff", "jan@x.nl"),
        ("P\x0012\x1f", "p12"),
        ("Ha\u00adsan", "hasan"),
        ("P\u201340", "p-40"),
        ("a\tb\nc", "a\tb\nc"),
        ("İzmir", "i\u0307zmir"),
    ],
)
def test_what_looks_the_same_folds_alike(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jansen, Jan", {"jan", "jansen"}),
        ("Jan (Joop) d'Ancona.", {"jan", "joop", "d", "ancona"}),
        ("Jan \u201cJoop\u201d d\u2019Ancona", {"jan", "joop", "d", "ancona"}),
        ("Anna de Vries-Bakker", {"anna", "de", "vries", "bakker"}),
        ("J.P. Smit", {"j", "p", "smit"}),
        ("Zo\u00eb \u00c7elik-\u0141ukasz I\u015f\u0131l", {"zoe", "celik", "lukasz", "isil"}),
        ("- ?", set()),
    ],
)
def test_words_are_whatever_letters_and_digits_stand_together(text: str, words: set[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("0040Jan Jansen", "0040"),
        ("0040Jan Jansen", "jan"),
        ("JansenP0040", "p0040"),
        ("JanJansen", "jansen"),
        ("40.0", "40"),
        ("40,0", "40"),
        ("nr:0040", "0040"),
        ("#0040", "0040"),
        ('="0040"', "0040"),
        ("(0040)", "0040"),
        ("P12/P13", "p13"),
        ("0040\u200bJan", "0040"),
        ("00\u200b40", "0040"),
        ("\uff10\uff10\uff14\uff10", "0040"),
    ],
)
def test_a_key_is_read_wherever_a_person_would_read_it(cell: str, reading: str) -> None:
    assert any(reading in piece.readings for piece in cut((cell,)))


def test_pieces_are_cut_at_whatever_may_have_been_a_delimiter() -> None:
    pieces = cut(("0040;Jan", "", 'x@y.test,"a b"\n0041|z'))
    assert [(piece.cell, piece.text) for piece in pieces] == [
        (0, "0040"),
        (0, "jan"),
        (2, "x@y.test"),
        (2, "a b"),
        (2, "0041"),
        (2, "z"),
    ]


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("a@x.test", True),
        ("Jan <a@x.test>", True),
        ("mailto:a@x.test.", True),
        ("b;a@x.test", True),
        ("xa@x.test", False),
        ("a@x.tests", False),
        ("a@x.test.nl", False),
    ],
)
def test_a_part_stands_alone_where_nothing_is_glued_to_it(text: str, stands: bool) -> None:
    start = text.index("a@x.test")
    assert stands_alone(text, start, start + len("a@x.test")) is stands
