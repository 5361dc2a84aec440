"""What `check` prints, from values alone."""

from pleio_profile_sync_client.core.models import Column, Finding, SkippedRow, SourceReading, SourceUser
from pleio_profile_sync_client.core.policy import AVATAR_PROBLEMS, ROW_PROBLEMS
from pleio_profile_sync_client.reports.check import format_check


def reading(*problems: Finding, warnings: tuple[Finding, ...] = (), **more: object) -> SourceReading:
    return SourceReading(
        location="people.csv",
        rows=len(problems) + 1,
        users=(SourceUser(2, "1", "Jan Smit", "jan@gemeente.test"),),
        skipped=tuple(SkippedRow(finding.line or 0, finding.code, None, None) for finding in problems),
        problems=problems,
        warnings=warnings,
        fields=frozenset({"name", "email"}),
        **more,  # type: ignore[arg-type] # keywords go on as they are
    )


def test_a_clean_source_has_nothing_to_mend() -> None:
    text = format_check(reading())
    assert "1 row below the headers" in text
    assert "1 person can be synced" in text
    assert "0 problems, 0 warnings" in text
    assert "Problems" not in text


def test_columns_are_named_as_a_spreadsheet_does() -> None:
    columns = (
        Column("Naam", "name"),
        Column("Mail", "email"),
        Column("Mail", "external_id"),
        Column("Tel", None, "unknown header"),
        *(Column(f"k{number}", f"profile.k{number}") for number in range(24)),
    )
    lines = format_check(reading(columns=columns)).splitlines()
    letters = [line.split()[0] for line in lines if line.startswith("  ") and "  " in line.strip()]
    assert letters[:5] == ["A", "B", "B", "C", "D"]
    assert letters[-2:] == ["Z", "AA"]
    assert any("Tel" in line and "not used: unknown header" in line for line in lines)


def test_problems_are_grouped_in_the_order_in_which_the_first_counts() -> None:
    text = format_check(
        reading(Finding("duplicate_email", "a", 3), Finding("ragged_row", "b", 5), Finding("duplicate_email", "c", 7)),
        [Finding("avatar_missing", "d", 9)],
    )
    places = [text.index(part) for part in ("ragged_row (1 row)", "duplicate_email (2 rows)", "avatar_missing (1 row)")]
    assert places == sorted(places)
    assert "    a\n    c\n" in text
    assert "4 problems" in text


def test_long_lists_of_lines_are_shortened_with_a_count() -> None:
    text = format_check(reading(*(Finding("missing_email", "x", line) for line in range(3, 103))))
    assert "missing_email (100 rows)" in text
    assert "and 90 more, in lines 13, 14, 15," in text
    assert "32 and 70 more" in text


def test_each_problem_says_what_it_means() -> None:
    for code in (*ROW_PROBLEMS, *AVATAR_PROBLEMS):
        lines = format_check(reading(Finding(code, "x", 3))).splitlines()
        place = lines.index(f"  {code} (1 row)")
        assert lines[place + 1].strip().endswith(".")


def test_accepted_problems_stand_apart() -> None:
    text = format_check(reading(Finding("missing_email", "x", 3)), accepted=frozenset({"missing_email"}))
    assert "0 problems" in text
    assert "Accepted problems\n  missing_email" in text


def test_a_file_that_looks_cut_off_is_called_that() -> None:
    assert "looks cut off: its last row has 2 cells" in format_check(reading(cut_off="its last row has 2 cells"))


def test_nothing_that_the_source_holds_can_write_to_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202e\n\r\x9b"
    text = format_check(
        reading(
            Finding("missing_email", evil, 3),
            warnings=(Finding("unknown_header", evil, 1),),
            columns=(Column(evil, "name", evil), Column(evil, None, evil), Column("x", f"profile.{evil}")),
            cut_off=evil,
        )
    )
    assert text.replace("\n", "").isprintable()
    assert text.count("\\x1b") == 8


def test_many_warnings_are_shortened_with_a_count() -> None:
    text = format_check(reading(warnings=tuple(Finding("unknown_header", f"w{number}") for number in range(25))))
    assert "  w19\n  and 5 more\n" in text


def test_each_column_shows_its_first_value() -> None:
    columns = (Column("Naam", "name", "", "Zoë\x1b[31m"), Column("Tel", None, "", "0" * 60), Column("Leeg", None))
    lines = format_check(reading(columns=columns)).splitlines()
    assert any(line.endswith('name  "Zoë\\x1b[31m"') for line in lines)
    assert any(line.endswith('0..."') for line in lines)
    assert any(line.endswith("not used") for line in lines)


def test_a_source_of_which_part_may_be_missing_is_called_that() -> None:
    assert "Somebody may be missing: a branch elsewhere." in format_check(reading(doubts=("a branch elsewhere",)))


def test_places_that_are_no_lines_are_not_told_how_lines_count() -> None:
    text = format_check(reading(Finding("missing_email", "x", 3, place="row 3 of the sheet Staff")))
    assert "text editor" not in text
