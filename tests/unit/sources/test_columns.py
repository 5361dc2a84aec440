import pytest

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.columns import Columns, understand_headers


def understood(
    *headers: str,
    mapping: dict[str, str] | None = None,
    skip: dict[str, list[str]] | None = None,
    ignore: tuple[str, ...] = (),
) -> Columns:
    layout = Layout(mapping or {}, skip or {}, ignore)
    return understand_headers(headers, layout=layout, location="people.csv", line=1, place="line 1")


def test_own_headers_count_in_any_case_and_trimmed() -> None:
    assert understood(" NAME ", "Email", "External_ID", "GROUPS", "avatar").index_by_field == {
        "name": 0,
        "email": 1,
        "external_id": 2,
        "groups": 3,
        "avatar": 4,
    }


def test_a_profile_key_keeps_its_case() -> None:
    assert understood("name", "email", "Profile. jobTitle").profile == (("jobTitle", 2),)


def test_keys_that_differ_in_case_are_different_fields() -> None:
    assert understood("name", "email", "profile.a", "profile.A").profile == (("a", 2), ("A", 3))


def test_a_mapped_header_serves_several_fields() -> None:
    columns = understood("Naam", "Mail", mapping={"name": "NAAM", "email": "mail", "external_id": "Mail"})
    assert columns.index_by_field == {"name": 0, "email": 1, "external_id": 1}
    assert [(column.header, column.field) for column in columns.describe(frozenset())] == [
        ("Naam", "name"),
        ("Mail", "email"),
        ("Mail", "external_id"),
    ]


def test_the_own_header_of_a_mapped_field_does_not_count() -> None:
    columns = understood("name", "Naam", "email", mapping={"name": "Naam"})
    assert columns.index_by_field["name"] == 1
    assert [finding.code for finding in columns.warnings] == ["unused_header"]


def test_what_is_used_to_skip_is_not_unknown() -> None:
    columns = understood("name", "email", "Status", skip={"status": ["x"]})
    assert not columns.warnings
    assert columns.describe(frozenset())[2].note == "used by [skip]"


def test_what_is_known_and_not_used_is_no_warning() -> None:
    columns = understood("name", "email", "In dienst", "Kostenplaats", ignore=("IN DIENST ",))
    assert [warning.code for warning in columns.warnings] == ["unknown_header"]
    assert columns.describe(frozenset())[2].note == "known and not used (ignore)"


def test_an_ignored_header_that_columns_names_is_used() -> None:
    assert understood("Naam", "email", mapping={"name": "Naam"}, ignore=("Naam",)).index_by_field["name"] == 0


def test_what_the_client_itself_adds_to_its_files_is_not_unknown() -> None:
    columns = understood("line", "Problem", "name", "email", "guid", "is_banned")
    assert not columns.warnings
    assert [column.note for column in columns.describe(frozenset())] == [
        "from a rejects file",
        "from a rejects file",
        "",
        "",
        "from an export",
        "from an export",
    ]


def test_what_the_client_adds_can_be_used_all_the_same() -> None:
    columns = understood("name", "email", "guid", "is_banned", mapping={"profile.guid": "guid"}, skip={"is_banned": []})
    assert columns.index_by_field["profile.guid"] == 2
    assert columns.describe(frozenset())[3].note == "used by [skip]"


def test_an_empty_column_has_no_field_but_external_id_stays() -> None:
    columns = understood("external_id", "name", "email", "profile.a").describe(frozenset({0, 3}))
    assert [(column.field, column.note) for column in columns] == [
        ("external_id", "empty throughout"),
        ("name", ""),
        ("email", ""),
        (None, "empty throughout"),
    ]


@pytest.mark.parametrize(
    ("headers", "likely"),
    [(("naam", "email"), "naam"), (("Volledige naam", "email"), "Volledige naam"), (("nmae", "email"), "nmae")],
)
def test_a_missing_header_is_named_with_the_likely_one(headers: tuple[str, ...], likely: str) -> None:
    with pytest.raises(SourceError) as caught:
        understood(*headers)
    assert all(f'"{header}"' in str(caught.value) for header in headers)
    assert f'"{likely}"' in caught.value.hint
    assert f"name = '{likely}'" in caught.value.hint


def test_headers_cannot_write_to_a_terminal() -> None:
    with pytest.raises(SourceError) as caught:
        understood("\x1b[31mnaam", "email\r\n", "x" * 500)
    assert f"{caught.value}{caught.value.hint}".isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("line", ["external_id,name,email", "naam;e-mail", "name\temail", "a|b"])
def test_headers_that_arrive_in_one_cell_are_a_matter_of_the_delimiter(line: str) -> None:
    with pytest.raises(SourceError, match="no header") as caught:
        understood(line)
    assert "--delimiter" in caught.value.hint
    assert "without splitting them" in caught.value.hint
    assert "[columns]" not in caught.value.hint


def test_a_single_header_is_no_matter_of_the_delimiter() -> None:
    with pytest.raises(SourceError, match="no header") as caught:
        understood("naam")
    assert "[columns]" in caught.value.hint


def test_a_column_that_looks_like_the_external_id_is_suggested_with_the_required_ones() -> None:
    with pytest.raises(SourceError) as caught:
        understood("Personeelsnummer", "Naam", "E-mail")
    assert "external_id" not in str(caught.value)
    assert caught.value.paste == "[columns]\nexternal_id = 'Personeelsnummer'\nname = 'Naam'\nemail = 'E-mail'"


@pytest.mark.parametrize("mapping", [{}, {"external_id": "Nummer"}])
def test_no_column_is_suggested_beside_an_external_id(mapping: dict[str, str]) -> None:
    with pytest.raises(SourceError) as caught:
        understood("external_id", "Nummer", "Naam", "E-mail", mapping=mapping)
    assert caught.value.paste == "[columns]\nname = 'Naam'\nemail = 'E-mail'"


def test_all_headers_that_are_missing_are_named_at_once_with_a_block_to_paste() -> None:
    with pytest.raises(SourceError) as caught:
        understand_headers(
            ["Naam", "E-mail", "Functie"],
            layout=Layout({"profile.job": "Functei"}, {"Staat": ("x",)}),
            location="people.csv",
            line=1,
            place="line 1",
        )
    said = str(caught.value)
    assert 'no header "Functei" (for [columns] profile.job), no header "name", no header "email"' in said
    assert 'no header "Staat" (for [skip])' in said
    assert caught.value.paste == "[columns]\n\"profile.job\" = 'Functie'\nname = 'Naam'\nemail = 'E-mail'"
