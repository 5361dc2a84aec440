"""What a corpus file is: its bytes, how it is read, and what has to come out. And the pieces that files are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OWN_HEADERS = ("external_id", "name", "email", "profile.occupation", "profile.location", "groups")
DUTCH_HEADERS = ("Personeelsnummer", "Naam", "E-mailadres", "Functie", "Plaats", "Groepen")
DUTCH_COLUMNS = dict(
    zip(
        ("external_id", "name", "email", "profile.occupation", "profile.location", "groups"), DUTCH_HEADERS, strict=True
    )
)
GROUP = "11111111-1111-4111-8111-111111111111"
PEOPLE = (
    ("0010023", "Loïs Visser", "lois.visser@gemeente.test", "Coördinator", "Amsterdam", GROUP),
    ("0010024", "Daniël El Amrani", "daniel.elamrani@gemeente.test", "Griffier", "Súdwest-Fryslân", ""),
    ("0010025", "Thijs Jansen", "thijs.jansen@gemeente.test", "Projectleider", "'s-Hertogenbosch", ""),
    ("0010026", "Özlem Meijer", "ozlem.meijer@gemeente.test", "Beleidsmedewerker", "Den Haag", GROUP),
)


@dataclass(frozen=True)
class Case:
    """A file, the options it is read with, and what comes of it: a reading, or an error that says `refusal`."""

    data: bytes
    rows: int = 0
    users: int = 0
    problems: Sequence[tuple[int, str]] = ()
    warnings: Sequence[str] = ()
    is_cut_off: bool = False
    refusal: str | None = None
    first_name: str | None = None
    fields: frozenset[str] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, Sequence[str]] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def exit_status(self) -> int:
        """What `check` ends with."""
        if self.refusal is not None or not self.users:
            return 4
        return 1 if self.problems or self.is_cut_off else 0


def lines(*rows: Sequence[str], delimiter: str = ",", end: str = "\n", quotes: bool = False) -> str:
    """Return rows as the text of a file. Cells stand in it as they are, in quotes only where that is asked for."""
    quote = '"' if quotes else ""
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + end for row in rows)


def people(*, delimiter: str = ",", end: str = "\n", headers: Sequence[str] = OWN_HEADERS, quotes: bool = False) -> str:
    """Return a good file of four people."""
    return lines(headers, *PEOPLE, delimiter=delimiter, end=end, quotes=quotes)


def short(*rows: str, headers: str = "external_id,name,email") -> str:
    """Return a file with few columns, its rows written out."""
    return "\n".join((headers, *rows)) + "\n"


def mixed(
    content: str | bytes, counts: tuple[int, int], problems: Mapping[int, str] | None = None, **expected: object
) -> Case:
    """Return the case of a file, with the number of its rows and of its good users, and its problems by line."""
    rows, users = counts
    return _case(content, rows=rows, users=users, problems=tuple((problems or {}).items()), **expected)


def good(content: str | bytes, **expected: object) -> Case:
    """Return the case of a file in which all four people are read, with the first one's name intact."""
    return _case(content, rows=4, users=4, first_name="Loïs Visser", **expected)


def refused(content: str | bytes, refusal: str, **options: object) -> Case:
    """Return the case of a file that can't be used as a whole; `refusal` is a pattern for the message."""
    return _case(content, refusal=refusal, **options)


def _case(content: str | bytes, **expected: object) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case(data, **expected)  # type: ignore[arg-type] # keywords go on as they are
