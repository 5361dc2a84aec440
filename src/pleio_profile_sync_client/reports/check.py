"""The text of `check`: what is in a source and what is wrong with it, for somebody who knows spreadsheets.

What counts as a problem is decided in `sources`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pleio_profile_sync_client.core.models import PROFILE, Column, Finding, SourceReading
from pleio_profile_sync_client.core.policy import AVATAR_PROBLEMS, ROW_PROBLEMS
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.core.wording import counted, name_column, name_few, name_places, place_of

_EXPLANATIONS = {
    "bad_quotes": "Quotes that can't be read reliably. Other rows may be hidden in such a row, so while there is one, "
    "nobody is banned or deleted.",
    "ragged_row": "Rows with more or fewer cells than there are headers; their values may be in the wrong columns.",
    "control_character": "Characters that no name or address contains. Tabs and line breaks are fine in profile fields "
    "only.",
    "no_value": "A spreadsheet's error (#N/A, #VERW!, ########) where a value is needed: a formula failed, or a column "
    "was too narrow.",
    "missing_name": "Rows without a name.",
    "missing_email": "Rows without an e-mail.",
    "invalid_email": "E-mail addresses that are not valid: one @ is needed, with something on both sides, and no "
    "blanks.",
    "too_long": "Values longer than the subsite takes: 100 characters for a name, 255 for an e-mail, 200 for an "
    "external_id.",
    "scientific_number": "Keys that a spreadsheet has turned into numbers such as 1,23E+05; the key itself is lost.",
    "placeholder": "External_ids that are not real ones: only zeros, a date or decimals that a spreadsheet made of a "
    "number (5-jan, 40.0), or a word that means none.",
    "mojibake": "Garbled characters, such as Ã« or ? instead of ë: the file was saved or opened in the wrong encoding "
    "on its way here.",
    "duplicate_external_id": "Several rows with one external_id, so nobody knows which one is right.",
    "duplicate_email": "Several rows with one e-mail, so nobody knows which one is right.",
    "avatar_missing": "Pictures that are not where the file says.",
    "avatar_outside": "Pictures outside the folder that the file is in.",
    "avatar_not_jpeg": "Pictures that are not JPEG files.",
    "avatar_too_large": "Pictures of more than 5 MB.",
}
_ORDER = {code: index for index, code in enumerate((*ROW_PROBLEMS, *AVATAR_PROBLEMS))}
_FIELDS = {
    "external_id": "external_id (ties the row to its user on the subsite)",
    "name": "name",
    "email": "email",
    "avatar": "avatar (the path of a picture)",
    "groups": "groups (guids of groups)",
}
_LINES = "lines are counted as in a text editor; a cell with line breaks takes several, where a spreadsheet has one row"
_MOST_MESSAGES = 10
_LONGEST_EXAMPLE = 40
_MOST_LINES = 20
_MOST_WARNINGS = 20
_LONGEST_HEADER = 40


def format_check(
    reading: SourceReading, avatar_problems: Sequence[Finding] = (), *, accepted: frozenset[str] = frozenset()
) -> str:
    """Return what `check` prints; problems with `accepted` codes are among the warnings."""
    findings = [*reading.problems, *avatar_problems]
    problems = [finding for finding in findings if finding.code not in accepted]
    known = [finding for finding in findings if finding.code in accepted]
    parts = [
        _summary(reading, len(problems)),
        _columns(reading.columns),
        _cut_off(reading),
        _doubts(reading.doubts),
        _grouped(f"Problems ({_LINES})" if any(not found.place for found in problems) else "Problems", problems),
        _grouped("Accepted problems", known),
        _warnings(reading.warnings),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _summary(reading: SourceReading, problems: int) -> str:
    skipped = len(reading.skipped)
    lines = [
        visible(reading.location),
        f"  {counted(reading.rows, 'row')} below the headers (blank ones, and those under [skip], don't count)",
        f"  {counted(len(reading.users), 'person', 'people')} can be synced",
    ]
    if skipped:
        lines.append(
            f"  {counted(skipped, 'row')} can't be, and will be skipped; nobody whom they may be about is banned "
            "or deleted"
        )
    lines.append(f"  {counted(problems, 'problem')}, {counted(len(reading.warnings), 'warning')}")
    return "\n".join(lines)


def _columns(columns: Sequence[Column]) -> str:
    if not columns:
        return ""
    letters = _letters(columns)
    headers = [shortened(visible(column.header), _LONGEST_HEADER) or "(no header)" for column in columns]
    width = max(map(len, headers))
    lines = [
        f"  {letter:>2}  {header:<{width}}  {_meaning(column)}{_example(column)}"
        for letter, header, column in zip(letters, headers, columns, strict=True)
    ]
    return "\n".join(("How the columns were understood, each with its first value", *lines))


def _example(column: Column) -> str:
    return f'  "{visible(shortened(column.example, _LONGEST_EXAMPLE))}"' if column.example else ""


def _letters(columns: Sequence[Column]) -> list[str]:
    """Name the columns as a spreadsheet does. A column for several fields has the same name each time."""
    letters: list[str] = []
    index = -1
    before: Column | None = None
    for column in columns:
        repeats = before is not None and column.header == before.header and column.field and before.field
        index += 0 if repeats else 1
        letters.append(name_column(index))
        before = column
    return letters


def _meaning(column: Column) -> str:
    if column.field is None:
        return f"not used: {visible(column.note)}" if column.note else "not used"
    field = column.field
    meaning = f"profile field {field.removeprefix(PROFILE)}" if field.startswith(PROFILE) else _FIELDS.get(field, field)
    return visible(f"{meaning}: {column.note}" if column.note else meaning)


def _cut_off(reading: SourceReading) -> str:
    if reading.cut_off is None:
        return ""
    return f"The file looks cut off: {visible(reading.cut_off)}. While it does, nobody is banned or deleted."


def _doubts(doubts: Sequence[str]) -> str:
    """Say why people may be missing from the source."""
    if not doubts:
        return ""
    return f"Somebody may be missing: {visible(name_few(doubts))}. While that is so, nobody is banned or deleted."


def _grouped(title: str, findings: Iterable[Finding]) -> str:
    """Show findings by their code, in the order in which the first one of a row counts."""
    by_code = sorted(findings, key=lambda finding: (_ORDER.get(finding.code, len(_ORDER)), finding.line or 0))
    parts = [title]
    for code, group in groupby(by_code, key=lambda finding: finding.code):
        parts += _group(code, list(group))
    return "\n".join(parts) if len(parts) > 1 else ""


def _group(code: str, group: Sequence[Finding]) -> Iterator[str]:
    yield f"  {code} ({counted(len(group), 'row')})" if group[0].line is not None else f"  {code}"
    yield f"    {_EXPLANATIONS.get(code, '')}".rstrip()
    for finding in group[:_MOST_MESSAGES]:
        yield f"    {visible(finding.message)}"
    others = [place_of(finding) for finding in group[_MOST_MESSAGES:] if finding.line is not None]
    if others:
        yield f"    and {len(others):,} more, in {name_places(others, _MOST_LINES)}"


def _warnings(warnings: Sequence[Finding]) -> str:
    if not warnings:
        return ""
    lines = [f"  {visible(finding.message)}" for finding in warnings[:_MOST_WARNINGS]]
    if len(warnings) > _MOST_WARNINGS:
        lines.append(f"  and {len(warnings) - _MOST_WARNINGS} more")
    return "\n".join(("Warnings (nothing is skipped for them)", *lines))
