"""The sentences for rows that are skipped: what is wrong with which value, and the way out."""

from collections.abc import Callable, Sequence

from pleio_profile_sync_client.core.messages import name_lines
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.sources.values import LONGEST_EMAIL, LONGEST_EXTERNAL_ID, LONGEST_NAME

_SHOWN = 60


def shown(value: str) -> str:
    """Return a value for a message: in quotes, on one line, not too long."""
    return f'"{visible(shortened(value, _SHOWN))}"'


def describe(code: str, name: str, email: str, external_id: str) -> str:
    """Return the sentence for a problem of a row with these values, without its line."""
    return _SENTENCES[code](name, email, external_id)


def describe_control(whose: str, header: str, control: str) -> str:
    """Return the sentence for a row in which a column holds a control character."""
    what = {"\t": "a tab", "\n": "a line break", "\r": "a line break"}.get(
        control, f"the control character U+{ord(control):04X}"
    )
    return (
        f"The row{_of(whose)} holds {what} under {header}. Take it out; "
        "line breaks and tabs are fine in profile fields only."
    )


def describe_ragged(cells: int, headers: int) -> str:
    """Return the sentence for a row with more or fewer cells than headers."""
    return (
        f"The row has {cells} cells where there are {headers} headers, so its values may stand in the wrong columns. "
        "A cell that holds the delimiter or a line break has to be in quotes."
    )


def describe_bad_quotes(lines: int) -> str:
    """Return the sentence for a record whose quotes can't be trusted."""
    span = f" It takes {lines} lines of the file, so rows may be hidden in it." if lines > 1 else ""
    return (
        f'The quotes of this row can\'t be read right.{span} A quote (") inside a quoted cell has to be doubled (""), '
        "and each opening one needs its closing one."
    )


def describe_duplicate(field: str, value: str, lines: Sequence[int]) -> str:
    """Return the sentence for a row that shares its external_id or e-mail with other rows."""
    return f"The {field} {shown(value)} stands in {name_lines(lines)}. Each person needs their own one."


def _of(value: str) -> str:
    return f" of {shown(value)}" if value else ""


def _too_long(name: str, email: str, external_id: str) -> str:
    limits = (("name", name, LONGEST_NAME), ("e-mail", email, LONGEST_EMAIL))
    found = [(field, value, limit) for field, value, limit in limits if len(value) > limit]
    field, value, limit = (*found, ("external_id", external_id, LONGEST_EXTERNAL_ID))[0]
    return f"The {field} {shown(value)} has {len(value)} characters; the subsite takes {limit}. Shorten it."


_SENTENCES: dict[str, Callable[[str, str, str], str]] = {
    "missing_name": lambda name, email, external_id: (
        f"The row{_of(email or external_id)} has no name. Fill it in; rows that are no people go under [skip]."
    ),
    "missing_email": lambda name, email, external_id: (
        f"{shown(name)} has no e-mail. Fill it in; rows that are no people go under [skip]."
    ),
    "invalid_email": lambda name, email, external_id: (
        f"The e-mail {shown(email)} of {shown(name)} is none: it needs one @, something on both sides, and no blanks."
    ),
    "too_long": _too_long,
    "scientific_number": lambda name, email, external_id: (
        f"The external_id {shown(external_id)} of {shown(name)} is a number that a spreadsheet has shortened. "
        "Make the column text before the number is entered or imported, and export again."
    ),
    "mojibake": lambda name, email, external_id: (
        f"{shown(name)}, {shown(email)}, {shown(external_id)}: characters were spoilt on the way here (read as "
        "Windows-1252 where they were UTF-8, or replaced). Export again as CSV UTF-8."
    ),
}
