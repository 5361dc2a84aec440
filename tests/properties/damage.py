"""What befalls a file between an export and a sync: rows damaged by people, editors and spreadsheets."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.properties.exports import Export

Cells = list[str]
CellDamage = Callable[[random.Random, str], str]
RowDamage = Callable[[random.Random, Export, Cells], None]
LineDamage = Callable[[random.Random, Export, str], str]

INVISIBLE = "\u200b\u200e\u200f\u00ad\ufeff\u2060\u202a\u2066"
SPREADSHEET = (
    *("#N/A", "#VERW!", "#REF!", "#N/B", "#NAAM?", "#VALUE!", "#WAARDE!", "########", "1,23E+05", "1.23E+05", "5-jan"),
    *("05-01-2024", "40.0", "40,0", "0", "000000", "NULL", "null", "nan", "None", "-", "?", "n.v.t.", "onbekend", "NB"),
    *("WAAR", "True", "=A1", "Jan", "x", "geen", "@"),
)


@dataclass(frozen=True)
class Damaged:
    """A damaged file, as text, and what was done to it."""

    data: bytes
    text: str
    done: tuple[str, ...]


def damage(chance: random.Random, export: Export) -> Damaged:
    """Damage one to five rows of a good file, and now and then the file as a whole."""
    rows = [list(cells) for cells in export.rows]
    done: list[str] = []
    numbers = chance.sample(range(len(rows)), min(len(rows), chance.choice((1, 1, 1, 2, 3, 5))))
    lines: dict[int, str] = {}
    for number in numbers:
        cells = rows[number]
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
            name, change = chance.choice(ROW_DAMAGES)
            done.append(f"{name} in row {number + 2}")
            if name == "whole cells of a neighbour":
                _take_from_neighbour(chance, rows, number)
            else:
                change(chance, export, cells)
        if chance.random() < 0.45:
            name, spoil = chance.choice(LINE_DAMAGES)
            done.append(f"{name} in row {number + 2}")
            lines[number] = spoil(chance, export, export.put_down(cells))
    written = [lines.get(number, export.put_down(cells)) for number, cells in enumerate(rows)]
    if chance.random() < 0.15:
        number = chance.choice(numbers)
        done.append(_move_lines(chance, written, number))
    if chance.random() < 0.08 and export.delimiter == ",":
        done.append("saved again by a spreadsheet of another language")
        written = [save_elsewhere(line) for line in written]
    text = export.text_of(written)
    if chance.random() < 0.05:
        done.append("no last line end")
        text = text.rstrip("\r\n")
    encoding = chance.choices(("utf-8", "cp1252", "utf-16"), (94, 4, 2))[0]
    data = text.encode(encoding, "replace")
    if encoding != "utf-8":
        done.append(f"saved as {encoding}")
    return Damaged(data, data.decode(encoding), tuple(done))


def damage_line(chance: random.Random, export: Export, cells: Cells) -> str:
    """Return a row's line, damaged once in its cells and now and then as a line too; it stays one line."""
    spoilt = [*cells]
    _, change = chance.choice([one for one in ROW_DAMAGES if one[1] is not _nothing])
    change(chance, export, spoilt)
    line = export.put_down(spoilt)
    if chance.random() < 0.3:
        _, spoil = chance.choice(LINE_DAMAGES)
        line = spoil(chance, export, line)
    return line.translate(dict.fromkeys(map(ord, "\n\r\0"), " "))


def swap_headers(chance: random.Random, export: Export) -> Export:
    """Return a town whose file has two headers in each other's place."""
    headers = [*export.headers]
    one, other = chance.sample(range(len(headers)), 2)
    headers[one], headers[other] = headers[other], headers[one]
    return replace(export, headers=tuple(headers))


def lose_column(chance: random.Random, export: Export) -> Export:
    """Return a town whose file lacks one of its columns."""
    lost = chance.choice([place for place, name in enumerate(export.headers) if name != "status"])
    headers, *rows = ((*cells[:lost], *cells[lost + 1 :]) for cells in (export.headers, *export.rows))
    return replace(export, headers=headers, rows=tuple(rows))


def save_elsewhere(line: str) -> str:
    """Return a line as a spreadsheet writes it whose delimiter is `;`: all of it is one cell."""
    return '"' + line.replace('"', '""') + '"' if '"' in line or ";" in line else line


def _any_cell(chance: random.Random, cells: Cells) -> int:
    return chance.randrange(len(cells)) if cells else -1


def _in_a_cell(change: CellDamage) -> RowDamage:
    def damage_cell(chance: random.Random, export: Export, cells: Cells) -> None:
        if not cells:
            return
        own = [export.place(name) for name in ("external_id", "name", "email") if export.place(name) < len(cells)]
        for place in chance.sample(own, min(len(own), chance.choice((0, 1, 1, 2, 3)))) or [_any_cell(chance, cells)]:
            cells[place] = change(chance, cells[place])

    return damage_cell


def _one_character(chance: random.Random, cell: str) -> str:
    place = chance.randrange(len(cell) + 1)
    other = chance.choice("aeo019 .,;:@'\"<>()|\t-_/\\?*\u00a0éß\x07\x1b\ufffd\n")
    return chance.choice(
        (cell[:place] + cell[place + 1 :], cell[:place] + other + cell[place:], _other(cell, place, other))
    )


def _other(cell: str, place: int, other: str) -> str:
    return cell[:place] + other + cell[place + 1 :]


def _with_invisible(chance: random.Random, cell: str) -> str:
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(cell) + 1)
        cell = cell[:place] + chance.choice(INVISIBLE) + cell[place:]
    return cell


def _full_width(_: random.Random, cell: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in cell)


def _normal_form(chance: random.Random, cell: str) -> str:
    return unicodedata.normalize(chance.choice(("NFD", "NFKD", "NFKC")), cell)


def _mojibake(chance: random.Random, cell: str) -> str:
    return cell.encode().decode(chance.choice(("cp1252", "latin-1")), "replace")


def _without_accents(_: random.Random, cell: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", cell) if not unicodedata.combining(one))


def _question_marks(_: random.Random, cell: str) -> str:
    return cell.encode("ascii", "replace").decode()


def _cased(chance: random.Random, cell: str) -> str:
    return chance.choice((str.upper, str.title, str.swapcase))(cell)


def _bracketed(chance: random.Random, cell: str) -> str:
    return chance.choice(("Jan <{}>", "<{}>", "({})", "mailto:{}", "'{}'", '"{}"', "{},", "{};", "[{}]", "={}")).format(
        cell
    )


def _with_another(chance: random.Random, cell: str) -> str:
    other = chance.choice(("info@gemeente.test", "x@x.test", "en", "Jan", "(ziek)", "12"))
    return chance.choice(("; ", ", ", " ", "/", "\n", "")).join(chance.sample((cell, other), 2))


def _as_number(chance: random.Random, cell: str) -> str:
    forms = [cell + ".0", cell + ",0", cell.lstrip("0"), "0" + cell, f"{cell[:-3]}.{cell[-3:]}"]
    if cell.isdecimal():
        forms.append(f"{float(cell):.2E}".replace(".", ","))
    return chance.choice(forms)


def _of_a_spreadsheet(chance: random.Random, _: str) -> str:
    return chance.choice(SPREADSHEET)


def _cut_short(chance: random.Random, cell: str) -> str:
    return cell[: chance.randrange(len(cell) + 1)]


def _too_long(chance: random.Random, cell: str) -> str:
    return cell + chance.choice(" x") * 300 + chance.choice(("", "x"))


def _empty(_: random.Random, __: str) -> str:
    return ""


def _doubled_text(_: random.Random, cell: str) -> str:
    return cell + cell


def _swap_cells(chance: random.Random, _: Export, cells: Cells) -> None:
    if len(cells) > 1:
        one, other = chance.sample(range(len(cells)), 2)
        cells[one], cells[other] = cells[other], cells[one]


def _swap_keys(_: random.Random, export: Export, cells: Cells) -> None:
    one, other = export.place("external_id"), export.place("email")
    if max(one, other) < len(cells):
        cells[one], cells[other] = cells[other], cells[one]


def _double_a_cell(chance: random.Random, _: Export, cells: Cells) -> None:
    if cells:
        place = _any_cell(chance, cells)
        cells.insert(place, cells[place])


def _insert_a_cell(chance: random.Random, _: Export, cells: Cells) -> None:
    cells.insert(chance.randrange(len(cells) + 1), chance.choice(("", "", "x", "12")))


def _lose_a_cell(chance: random.Random, _: Export, cells: Cells) -> None:
    if cells:
        del cells[_any_cell(chance, cells)]


def _shift_within(chance: random.Random, _: Export, cells: Cells) -> None:
    """Shift the cells to the right or the left from somewhere on; the number of cells stays."""
    if cells:
        place = _any_cell(chance, cells)
        if chance.random() < 0.5:
            cells.insert(place, "")
            cells.pop()
        else:
            del cells[place]
            cells.append("")


def _join_cells(chance: random.Random, _: Export, cells: Cells) -> None:
    if len(cells) > 1:
        place = chance.randrange(len(cells) - 1)
        cells[place : place + 2] = [chance.choice(("", " ", ";", ",", "\t", "|")).join(cells[place : place + 2])]


def _split_a_cell(chance: random.Random, _: Export, cells: Cells) -> None:
    if cells:
        place = _any_cell(chance, cells)
        cut = chance.randrange(len(cells[place]) + 1)
        cells[place : place + 1] = [cells[place][:cut], cells[place][cut:]]


def _new_keys(chance: random.Random, export: Export, cells: Cells) -> None:
    for name in ("external_id", "email"):
        if export.place(name) < len(cells):
            new = f"{chance.randrange(10**6)}"
            cells[export.place(name)] = f"n{new}@gemeente.test" if name == "email" else f"9{new}"


def _keys_lost(chance: random.Random, export: Export, cells: Cells) -> None:
    """Leave an external_id that is none, and no e-mail."""
    for name in ("external_id", "email"):
        if export.place(name) < len(cells):
            cells[export.place(name)] = chance.choice(SPREADSHEET) if name == "external_id" else ""


def _under_skip(_: random.Random, export: Export, cells: Cells) -> None:
    """Lose a cell so that what is left slides, until something else stands under `status`."""
    place = export.place("status")
    if len(cells) > place:
        cells[place] = "Vacant"
        del cells[-1 if place < len(cells) - 1 else 0]


def _take_from_neighbour(chance: random.Random, rows: list[Cells], number: int) -> None:
    other = rows[number - 1] if number else rows[-1]
    cells = rows[number]
    if cells and other:
        for place in chance.sample(
            range(min(len(cells), len(other))), min(len(cells), len(other), chance.choice((1, 1, 2)))
        ):
            cells[place] = other[place]


def _nothing(_: random.Random, __: Export, ___: Cells) -> None:
    """Be done elsewhere."""


ROW_DAMAGES: tuple[tuple[str, RowDamage], ...] = (
    ("one character", _in_a_cell(_one_character)),
    ("one character more", _in_a_cell(_one_character)),
    ("invisible characters", _in_a_cell(_with_invisible)),
    ("full width", _in_a_cell(_full_width)),
    ("another normal form", _in_a_cell(_normal_form)),
    ("mojibake", _in_a_cell(_mojibake)),
    ("question marks", _in_a_cell(_question_marks)),
    ("accents lost", _in_a_cell(_without_accents)),
    ("another case", _in_a_cell(_cased)),
    ("brackets", _in_a_cell(_bracketed)),
    ("two in a cell", _in_a_cell(_with_another)),
    ("a number's form", _in_a_cell(_as_number)),
    ("a spreadsheet's word", _in_a_cell(_of_a_spreadsheet)),
    ("a spreadsheet's word again", _in_a_cell(_of_a_spreadsheet)),
    ("cut short", _in_a_cell(_cut_short)),
    ("too long", _in_a_cell(_too_long)),
    ("emptied", _in_a_cell(_empty)),
    ("emptied too", _in_a_cell(_empty)),
    ("text doubled", _in_a_cell(_doubled_text)),
    ("cells swapped", _swap_cells),
    ("external_id and e-mail swapped", _swap_keys),
    ("a cell doubled", _double_a_cell),
    ("a cell inserted", _insert_a_cell),
    ("a cell lost", _lose_a_cell),
    ("cells shifted", _shift_within),
    ("cells joined", _join_cells),
    ("a cell split", _split_a_cell),
    ("both keys new", _new_keys),
    ("both keys lost", _keys_lost),
    ("slid under a skipped status", _under_skip),
    ("whole cells of a neighbour", _nothing),
)


def _character_in_line(chance: random.Random, export: Export, line: str) -> str:
    place = chance.randrange(len(line) + 1)
    other = chance.choice(
        (export.delimiter, '"', '"', "'", " ", "\x00", "\x1a", "\n", "\r", "\\", "a", "\u200b", "\ufeff")
    )
    return chance.choice(
        (line[:place] + line[place + 1 :], line[:place] + other + line[place:], _other(line, place, other))
    )


def _lose_a_delimiter(chance: random.Random, export: Export, line: str) -> str:
    places = [place for place, one in enumerate(line) if one == export.delimiter]
    if not places:
        return line
    place = chance.choice(places)
    return line[:place] + chance.choice(("", " ", ".", ":")) + line[place + 1 :]


def _lose_quotes(chance: random.Random, _: Export, line: str) -> str:
    return line.replace('"', "") if chance.random() < 0.5 else line.replace('"', "", 1)


def _quote_at_the_start(_: random.Random, export: Export, line: str) -> str:
    return export.delimiter.join('"' + cell for cell in line.split(export.delimiter))


def _wrapped(_: random.Random, __: Export, line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


def _other_delimiter(chance: random.Random, export: Export, line: str) -> str:
    return line.replace(export.delimiter, chance.choice([one for one in ",;\t|" if one != export.delimiter]))


def _cut_line(chance: random.Random, _: Export, line: str) -> str:
    return line[: chance.randrange(len(line) + 1)] if chance.random() < 0.7 else line[chance.randrange(len(line) + 1) :]


def _trailing(chance: random.Random, export: Export, line: str) -> str:
    return line + chance.choice((export.delimiter, export.delimiter * 3, " ", "\x1a", "\t", ",,", ";;"))


LINE_DAMAGES: tuple[tuple[str, LineDamage], ...] = (
    ("a character of the line", _character_in_line),
    ("a character of the line again", _character_in_line),
    ("a delimiter lost", _lose_a_delimiter),
    ("quotes lost", _lose_quotes),
    ("quotes never closed", _quote_at_the_start),
    ("wrapped in one cell", _wrapped),
    ("another delimiter", _other_delimiter),
    ("a line cut", _cut_line),
    ("something behind it", _trailing),
)


def _move_lines(chance: random.Random, lines: list[str], number: int) -> str:
    match chance.choice(("glued", "glued with a blank", "doubled", "torn in two")):
        case "glued":
            lines[number : number + 2] = ["".join(lines[number : number + 2])]
            return f"row {number + 2} glued to the next"
        case "glued with a blank":
            lines[number : number + 2] = [" ".join(lines[number : number + 2])]
            return f"row {number + 2} glued to the next with a blank"
        case "doubled":
            lines.insert(number, lines[number])
            return f"row {number + 2} doubled"
        case _:
            cut = chance.randrange(len(lines[number]) + 1)
            lines[number : number + 1] = [lines[number][:cut], lines[number][cut:]]
            return f"row {number + 2} torn in two"
