"""People as a Dutch municipality has them: names of many origins, and what an organisation makes of them."""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_NAMES = (
    *("Jan", "Anna", "Pieter", "Sanne", "Kees", "Fleur", "Daan", "Emma", "Bram", "Lotte", "Sjoerd", "Femke", "Thijs"),
    *("Ilse", "Joost", "Marieke", "Ruben", "Noor", "Gijs", "Eva", "Maarten", "Saskia", "Wouter", "Roos", "Jeroen"),
    *("Loïs", "Zoë", "René", "Chloé", "Daniël", "Anaïs", "Jürgen", "Siân", "Michaël", "Noëlle", "Björn", "Inès"),
    *("Fatima", "Mohammed", "Youssef", "Khadija", "Abdel", "Samira", "Hamza", "Naima", "Özlem", "Emre", "Ayşe"),
    *("Çağla", "Mehmet", "Işıl", "İbrahim", "Agnieszka", "Paweł", "Łukasz", "Zofia", "Grzegorz", "Xander", "Quinten"),
    *("Jan-Willem", "Anne-Marie", "Kim", "Bo", "Ans", "Ad", "Jo", "Marie-Louise", "Giovanni", "Shanice", "Delano"),
    *("Hendrik", "Johanna", "Cornelis", "Wilhelmina", "Willem", "Maria", "Gerrit", "Elisabeth", "Dirk", "Catharina"),
    *("Tom", "Lisa", "Stef", "Iris", "Bas", "Nina", "Lars", "Julia", "Koen", "Esmee", "Niels", "Manon", "Rik", "Tess"),
)
SURNAMES = (
    *("Jansen", "de Vries", "van den Berg", "Bakker", "van Dijk", "Visser", "Smit", "Meijer", "de Boer", "Mulder"),
    *("de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "de Wit", "Dijkstra"),
    *("Smits", "de Graaf", "van der Meer", "van der Linden", "Kok", "Jacobs", "de Haan", "Vermeulen", "van Vliet"),
    *("Yılmaz", "Öztürk", "Çelik", "Kowalski", "Wójcik", "Nowak", "El Amrani", "Ben Ali", "Benali", "al-Hassan"),
    *("Abdullah", "Oulad Haj", "Ramdin", "Sewnarain", "in 't Veld", "van 't Hof", "ter Horst", "Postma", "Hoekstra"),
    *("Müller", "François", "Núñez", "d'Hondt", "O'Brien", "Nguyen", "Li", "Wong", "Hoogland", "van Aken-Bos"),
    *("Kramer", "Scholten", "Post", "Kuipers", "Veenstra", "Prins", "Huisman", "Peeters", "Schouten", "Verhoeven"),
    *("Willems", "van der Wal", "Koster", "van Dam", "Maas", "Blom", "Verbeek", "Timmermans", "de Lange", "Evers"),
    *("van Beek", "Hermans", "van den Heuvel", "Gerritsen", "Schipper", "Bosch", "van der Heijden", "Molenaar"),
)
OCCUPATIONS = ("Jurist", "Griffier", "Handhaver", "Adviseur", "Beleidsmedewerker", "Bode", "Planner", "Inspecteur, jr.")


@dataclass(frozen=True)
class Inhabitant:
    """Somebody who may work for the town: what stays the same, whatever the town's file says of it."""

    first: str
    surname: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.surname}"

    def written(self, style: str) -> str:
        """Return the name as an organisation writes it."""
        match style:
            case "initials":
                return f"{'-'.join(part[0] + '.' for part in self.first.split('-'))} {self.surname}"
            case "surname first":
                return f"{self.surname}, {self.first}"
            case "surname first, initials":
                return f"{self.surname}, {self.first[0]}."
            case _:
                return self.full

    def local_part(self, style: str) -> str:
        """Return what stands before the `@`, without accents."""
        first, surname = plain(self.first), plain(self.surname)
        return f"{first[0]}.{surname}" if style == "initial" else f"{first}.{surname}"


def plain(text: str) -> str:
    """Return a text as it stands in an e-mail: ASCII, lower case, no blanks."""
    folded = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("ł", "l").replace("Ł", "L"))
    return "".join(one for one in folded.lower() if one.isascii() and (one.isalnum() or one == "-"))


def somebody(chance: random.Random, surnames: Sequence[str] = SURNAMES) -> Inhabitant:
    return Inhabitant(chance.choice(FIRST_NAMES), chance.choice(surnames))
