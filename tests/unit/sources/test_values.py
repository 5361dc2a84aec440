"""What single values are: also what is a spreadsheet's doing, and what people really are called, or numbered."""

# ruff: noqa: RUF001 # letters of many languages are meant
import pytest

from pleio_profile_sync_client.sources import values

GUID = "11111111-1111-4111-8111-11111111111a"


@pytest.mark.parametrize("email", ["a@b", "a@intern", "o'd+x@[10.0.0.1]", "ü@gemeente.test", "A@GEMEENTE.TEST"])
def test_an_odd_address_is_an_email(email: str) -> None:
    assert values.is_email(email)


@pytest.mark.parametrize("email", ["", "a", "@", "@b", "a@", "a@b@c", "a b@c", "a@b\u00a0c", "a@b c", "a@\nb"])
def test_what_has_not_one_at_sign_between_two_sides_is_no_email(email: str) -> None:
    assert not values.is_email(email)


@pytest.mark.parametrize("cell", ["ZoÃ«", "Ã‰va", "VisÃ\u00a0", "\u00a0ZoÃ«", "Ren\ufffde", "â€™t Hart"])
def test_utf_8_read_as_windows_1252_is_mojibake(cell: str) -> None:
    assert values.is_mojibake(cell)


@pytest.mark.parametrize("cell", ["", "Jan", "Zoë", "Ângela Ñuñez", "Ã", "Łukasz «Ã»", "ZoÃ« Müller"])
def test_other_texts_are_no_mojibake(cell: str) -> None:
    assert not values.is_mojibake(cell)


@pytest.mark.parametrize("cell", ["a\x00", "\x1b[1m", "a\x7f", "a\x85b", "a\tb", "a\nb", "a\r\nb", "a\x1f", "\x0ba"])
def test_control_characters_are_found_where_no_blanks_are_trimmed(cell: str) -> None:
    assert values.find_control(cell) is not None


@pytest.mark.parametrize(
    ("cell", "expected"), [("a\tb\r\nc", False), ("a\x1b", True), (" a\n", False), ("\u00a0a", False)]
)
def test_profile_fields_may_hold_tabs_and_line_breaks(cell: str, expected: bool) -> None:
    assert (values.find_control(cell, in_profile=True) is not None) is expected


@pytest.mark.parametrize(
    "written", [GUID, GUID.upper(), GUID.replace("-", ""), f"{{{GUID}}}", f"urn:uuid:{GUID}", f"  {GUID} "]
)
def test_a_group_is_sent_lower_case_and_dashed(written: str) -> None:
    assert values.split_groups(written) == ((GUID,), ())


def test_groups_are_separated_by_commas_and_sent_once() -> None:
    assert values.split_groups(f"{GUID},, 57979220 ,{GUID.upper()}") == ((GUID, "57979220"), ())


def test_what_is_no_guid_among_groups_is_told_apart() -> None:
    assert values.split_groups(f"Griffie,{GUID},a;b,Griffie") == ((GUID,), ("Griffie", "a;b"))


def test_a_cell_is_trimmed_and_composed() -> None:
    assert values.normalised(" \u00a0Zoe\u0308\t") == "Zoë"


ERRORS_OF_ALL = """
    #N/A #VALUE! #REF! #DIV/0! #NUM! #NAME? #NULL! #SPILL! #GETTING_DATA
    #N/B #WAARDE! #VERW! #DEEL/0! #GETAL! #NAAM? #LEEG! #OVERLOOP!
    #NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #VALEUR! #NOMBRE! #NOM? #N/D #¡VALOR! #¿NOMBRE? #I/T #VÆRDI! #SAKNAS!
    #PUUTTUU! #ARG! #HODNOTA! #HIÁNYZIK #YOK #ЗНАЧ! #Н/Д #n/a #verw! ## ######## Err:502 Fout:508 Fehler:520
    """


@pytest.mark.parametrize("value", ERRORS_OF_ALL.split())
def test_the_error_words_of_many_languages_are_no_values(value: str) -> None:
    assert values.is_error(value)


@pytest.mark.parametrize("value", ["", "#", "#1", "P#1", "#jan", "Jan", "#team!", "error:jan", "Erik:502", "502"])
def test_other_values_are_no_errors(value: str) -> None:
    assert not values.is_error(value)


NOTHING = ["NULL", "null", "nan", "NaN", "None", "-", "?", "n.v.t.", "N.V.T.", "onbekend", "n/a", "NA", "(leeg)", r"\N"]


@pytest.mark.parametrize("value", NOTHING)
def test_words_for_nothing_are_no_keys(value: str) -> None:
    assert values.is_nothing(value)


@pytest.mark.parametrize("value", ["", "0", "na", "nb", "Nana", "1-", "P?", "x"])
def test_keys_are_no_words_for_nothing(value: str) -> None:
    assert not values.is_nothing(value)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "5-jan",
            "05-Jan",
            "5-mei",
            "12-mrt",
            "5-okt",
            "5-oct",
            "jan-05",
            "mei-2026",
            "Jan 05",
            "05. Jan",
            "5 januari",
        ),
        *("5-jan-26", "5-jan-2026", "5-1-2026", "05/01/2026", "12/31/2026", "31.12.2026", "2026-01-05"),
        *("2026-01-05 00:00:00", "2026-01-05T00:00", "5-févr", "5-Dez", "5-août"),
    ],
)
def test_dates_that_a_number_was_taken_for_are_recognised(value: str) -> None:
    assert values.damage_of(value) == "date"


@pytest.mark.parametrize(
    "value",
    ["12-34", "5-1", "10-12-45", "45-12-2026", "jan-1", "jan.05", "jan", "5-jansen", "40-jan", "P5-jan", "05jan"],
)
def test_keys_are_no_dates(value: str) -> None:
    assert values.damage_of(value) != "date"


@pytest.mark.parametrize(("value", "is_one"), [("40.0", True), ("40,0", True), ("0040.00", True), ("40.1", False)])
def test_decimals_of_a_whole_number_are_recognised(value: str, is_one: bool) -> None:
    assert (values.damage_of(value) == "point_zero") is is_one


@pytest.mark.parametrize(
    ("value", "is_one"), [("0", True), ("00000", True), ("", False), ("01", False), ("0.0", False)]
)
def test_zeros_alone_are_recognised(value: str, is_one: bool) -> None:
    assert (values.damage_of(value) == "zeros") is is_one


@pytest.mark.parametrize("value", ["1,23E+05", "1.23e-5", "4E+10", "-1E+3", "+7E+7"])
def test_a_shortened_number_is_scientific(value: str) -> None:
    assert values.damage_of(value) == "scientific"


@pytest.mark.parametrize("value", ["", "12E4", "E+05", "0010023", "1,23E+", "1,23", "a1E+5", "1E+5b"])
def test_other_keys_are_not_scientific(value: str) -> None:
    assert values.damage_of(value) != "scientific"


@pytest.mark.parametrize(
    ("external_id", "damage"),
    [
        *(("", None), ("0010023", None), ("P12", None), ("Jan", None), ("jan@x.test", None), ("12-34", None)),
        *(("0000", "zeros"), ("1,23E+05", "scientific"), ("40.0", "point_zero"), ("5-jan", "date"), ("#N/A", "error")),
        *(("NULL", "nothing"), ("n.v.t.", "nothing"), ("-", "nothing"), ("########", "error"), ("#VERW!", "error")),
    ],
)
def test_what_was_made_of_an_external_id_is_told(external_id: str, damage: str | None) -> None:
    assert values.damage_of(external_id) == damage


def test_values_of_one_pattern_have_one_shape() -> None:
    assert values.shape_of("40.0") == values.shape_of("7.25") == "9.9"
    assert values.shape_of("5-jan") == "9-aaa"
    assert values.shape_of("Ü-12") == "a-9"
