"""The ordinary year of a town: what its nights do to a subsite, and how often the client spoke, and why.

Nothing goes wrong in it: people leave, come, marry, are hired again, share a name, wait for their e-mail; departments
move to another mail domain; addresses of leavers are given to newcomers weeks later; sign-in sets names and addresses
back. Every night the town's export is read and planned by the client, and carried out on a model of the subsite. An
administrator looks at what has stood for three nights, and takes the way out that the message names. In some years a
row a week is damaged as well, for one to three nights.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, Finding, Guid, Memory, Write
from pleio_profile_sync_client.core.policy import Policy
from tests.model_subsite import ModelSubsite, apply_plan
from tests.properties.damage import damage_line
from tests.properties.exports import Export
from tests.properties.inhabitants import FIRST_NAMES, OCCUPATIONS, SURNAMES, plain
from tests.properties.planning import Files, Night, plan_night, read_file, without_limits

DAY_S = 86_400.0
HEADERS = ("external_id", "name", "email", "profile.functie", "profile.afdeling", "status")
FILE = Export(HEADERS, (), (), ",", is_quoted=False, line_end="\n", files=Files(skip={"status": ["Vacant"]}))
DEPARTMENTS = 8
PATIENCE = 3
"""Nights that a problem stands before the administrator acts."""

WRITTEN_OUT = "full names"
INITIALS = "initials"
STYLES = (WRITTEN_OUT, INITIALS)

_PARTICLES = ("", "", "", "van ", "van den ", "van der ", "de ", "ter ")
_STEMS = (
    *("Aalst", "Akker", "Beek", "Berg", "Bergh", "Boom", "Bosch", "Brink", "Broek", "Burg", "Dam", "Dijk", "Donk"),
    *("Eijk", "Elst", "Ende", "Gaag", "Geest", "Graaf", "Haar", "Hagen", "Ham", "Heide", "Hoek", "Horst", "Hout"),
    *("Kamp", "Kerk", "Klei", "Kolk", "Laan", "Laar", "Land", "Linde", "Loo", "Maat", "Meer", "Molen", "Oever"),
    *("Plas", "Poel", "Ploeg", "Sande", "Schans", "Sloot", "Spek", "Steen", "Straat", "Veen", "Veld", "Vliet", "Waal"),
    *("Weide", "Werf", "Wiel", "Wijk", "Woude", "Zande", "Zee", "Zwaan", "Kuiper", "Slager", "Snijder", "Wever"),
)
_RARE = tuple(
    dict.fromkeys(particle + stem + end for stem in _STEMS for particle in _PARTICLES for end in ("", "s", "sma"))
)


@dataclass
class Person:
    """Somebody who works for the town, or did."""

    number: int
    given: tuple[str, ...]
    surname: str
    external_id: str
    department: int
    email: str
    functie: str
    has_email_from: int = 0
    is_surname_first: bool = False
    account_name: str | None = None
    account_email: str | None = None

    def name(self, style: str) -> str:
        first = self.given[0] if style == WRITTEN_OUT else "".join(f"{each[0]}." for each in self.given)
        return f"{self.surname}, {first}" if self.is_surname_first else f"{first} {self.surname}"


@dataclass
class Tally:
    """What a year came to. `wrong` are those that spoke although nothing was the matter, by code."""

    nights: int = 0
    withheld: int = 0
    with_problems: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    problem_nights: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    fuses: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: list[str] = field(default_factory=list)
    given_away: list[str] = field(default_factory=list)


class Town:
    """The people of a town, night after night."""

    def __init__(self, size: int, style: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self.style = style
        self.night = 0
        self.events: Counter[str] = Counter()
        self.staff: dict[int, Person] = {}
        self.domains = ["gemeente.test"] * DEPARTMENTS
        self._gone: list[tuple[int, Person]] = []
        self._back: dict[int, list[Person]] = defaultdict(list)
        self._held: dict[str, int] = {}
        self._numbers = 0
        self._personnel_numbers = 1_000
        self._common = [*SURNAMES]
        self._later: dict[int, list[int]] = defaultdict(list)
        for _ in range(size):
            self._hire(waits=False)
        self.size = size
        self.events.clear()

    def pass_a_day(self) -> None:
        """Let a working day's events happen."""
        self.night += 1
        for number in self._later.pop(self.night, []):
            if number in self.staff:
                self._readdress(self.staff[number])
        for person in self._back.pop(self.night, []):
            self._hire_again(person)
        for kind, a_year, happen in (
            ("left", 0.12, self._leave),
            ("married", 0.015, self._marry),
            ("took the own name again", 0.004, self._marry),
            ("another first name", 0.001, self._rename),
            ("another department", 0.05, self._transfer),
        ):
            for _ in range(self._how_many(self.size * a_year / 365)):
                happen(self.chance.choice(list(self.staff.values())))
                self.events[kind] += 1
        for _ in range(self._how_many(self.size * 0.12 / 365)):
            self._hire(waits=self.chance.random() < 0.4)
        if self.night % 40 == 20 and self.night // 40 < DEPARTMENTS:
            self._move_department(self.night // 40)
        if self.night % 90 == 45:
            self._turn_names_round(self.night // 90)
        if self.night % 60 == 30:
            self._share_a_mailbox()

    def rows(self) -> list[tuple[Person | None, tuple[str, ...]]]:
        """Return the export's rows, in the order of names; vacancies are nobody."""
        rows: list[tuple[Person | None, tuple[str, ...]]] = [
            (
                person,
                (
                    person.external_id,
                    person.name(self.style),
                    person.email if person.has_email_from <= self.night else "",
                    person.functie,
                    f"Afdeling {person.department}",
                    "In dienst",
                ),
            )
            for person in self.staff.values()
        ]
        rows += [(None, ("", f"Vacature {number}", "", "Jurist", "Afdeling 1", "Vacant")) for number in range(20)]
        return sorted(rows, key=lambda row: row[1][1])

    def _how_many(self, mean: float) -> int:
        whole = int(mean)
        return whole + (self.chance.random() < mean - whole)

    def _surname(self) -> str:
        if self.chance.random() < 0.45:
            return self.chance.choices(self._common, [1 / (rank + 8) for rank in range(len(self._common))])[0]
        return self.chance.choice(_RARE)

    def _hire(self, *, waits: bool) -> None:
        self._numbers += 1
        self._personnel_numbers += self.chance.choice((1, 1, 1, 2, 5))
        given = tuple(self.chance.choices(FIRST_NAMES, k=self.chance.choice((1, 2, 2, 3))))
        person = Person(
            self._numbers,
            given,
            self._surname(),
            f"{self._personnel_numbers:06}",
            self.chance.randrange(DEPARTMENTS),
            "",
            self.chance.choice(OCCUPATIONS),
        )
        person.email = self._free_email(person)
        self._held[person.email] = self._numbers
        if waits:
            person.has_email_from = self.night + self.chance.randint(1, 10)
            self.events["new, without an e-mail yet"] += 1
        if self.chance.random() < 0.02:
            person.account_name = f"{person.given[0]} ({person.surname})"
        if self.chance.random() < 0.01:
            person.account_email = f"{plain(person.given[0])}{self._numbers}@thuis.test"
        self.staff[person.number] = person
        self.events["new"] += 1

    def _hire_again(self, person: Person) -> None:
        if self._held.get(person.email, person.number) != person.number:
            person.email = self._free_email(person)
            self.events["hired again, the address was given away"] += 1
        self._held[person.email] = person.number
        if self.chance.random() < 0.3:
            self._personnel_numbers += 1
            person.external_id = f"{self._personnel_numbers:06}"
            self.events["hired again under another number"] += 1
        person.has_email_from = self.night
        self.staff[person.number] = person
        self.events["hired again"] += 1

    def _leave(self, person: Person) -> None:
        del self.staff[person.number]
        self._gone.append((self.night, person))
        if self.chance.random() < 0.08:
            self._back[self.night + self.chance.randint(10, 150)].append(person)

    def _is_free(self, email: str, person: Person) -> bool:
        holder = self._held.get(email)
        if holder is None or holder == person.number:
            return True
        if holder in self.staff:
            return False
        left = next((night for night, gone in reversed(self._gone) if gone.number == holder), 0)
        if self.night - left < 42:
            return False
        self.events["address of a leaver passed on"] += 1
        return True

    def _free_email(self, person: Person) -> str:
        first = plain(person.given[0]) if self.style == WRITTEN_OUT else plain(person.given[0])[0]
        local = f"{first}.{plain(person.surname)}"
        domain = self.domains[person.department]
        return next(
            email for n in range(1, 999) if self._is_free(email := f"{local}{n if n > 1 else ''}@{domain}", person)
        )

    def _readdress(self, person: Person) -> None:
        new = self._free_email(person)
        self._held.pop(person.email, None)
        self._held[new] = person.number
        person.email = new

    def _marry(self, person: Person) -> None:
        partner = self._surname()
        own = person.surname.rpartition("-")[2]
        person.surname = self.chance.choice((partner, f"{partner}-{own}", f"{own}-{partner}", own))
        when = self.chance.random()
        if when < 0.5:
            self._readdress(person)
        elif when < 0.75:
            self._later[self.night + self.chance.randint(1, 30)].append(person.number)

    def _rename(self, person: Person) -> None:
        person.given = (self.chance.choice(FIRST_NAMES), *person.given[1:])
        if self.chance.random() < 0.5:
            self._readdress(person)

    def _transfer(self, person: Person) -> None:
        person.functie = self.chance.choice(OCCUPATIONS)

    def _move_department(self, department: int) -> None:
        """Let a department move to another mail domain, all its people in one night."""
        self.domains[department] = "regio.test"
        self.events["departments that moved to another mail domain"] += 1
        for person in self.staff.values():
            if person.department == department:
                self._readdress(person)

    def _turn_names_round(self, department: int) -> None:
        self.events["departments whose names were written the other way round"] += 1
        for person in self.staff.values():
            if person.department == department:
                person.is_surname_first = not person.is_surname_first

    def _share_a_mailbox(self) -> None:
        """Let a new colleague use another's address for two weeks."""
        self._hire(waits=False)
        person = self.staff[self._numbers]
        self._held.pop(person.email, None)
        person.email = self.chance.choice(list(self.staff.values())[:50]).email
        self._later[self.night + 14].append(person.number)
        self.events["shared a colleague's mailbox for two weeks"] += 1


class Year:
    """A town, its subsite, and what the client remembers; `owners` says whose account an account is."""

    def __init__(self, size: int, style: str, seed: int, policy: Policy, *, damaged_a_week: float = 0) -> None:
        self.town = Town(size, style, seed)
        self._damaged_a_week = damaged_a_week
        self._damaged: dict[int, tuple[int, int]] = {}
        self._chance = random.Random(seed)
        self.policy = policy
        self.subsite = ModelSubsite((), ("functie", "afdeling"))
        self.memory = Memory({}, b"salt")
        self.owners: dict[Guid, int] = {}
        self.tally = Tally()
        self._standing: dict[tuple[str, int], int] = {}
        self._told: set[tuple[str, int, int]] = set()
        self._people: dict[int, Person] = {}

    def run(self, nights: int) -> Tally:
        self._night()
        self.tally = Tally()
        self.town.events.clear()
        for _ in range(nights):
            self.town.pass_a_day()
            self._damage_rows()
            self._sign_in()
            self._night()
        self.tally.events = self.town.events
        return self.tally

    def _night(self) -> None:
        rows, night = self._plan(self.policy)
        self._count(rows, night)
        if night.tripped:
            rows, night = self._plan(without_limits(self.policy))
        self._carry_out(rows, night)
        self.memory = replace(
            self.memory, last_list=frozenset(map(str, self.subsite.accounts)), runs=self.town.night + 1
        )
        self._look_after_problems(rows, night)

    def _plan(self, policy: Policy) -> tuple[list[Person | None], Night]:
        rows = self.town.rows()
        self._people.update((person.number, person) for person, _ in rows if person)
        lines = [FILE.put_down(cells) for _, cells in rows]
        for place, (person, cells) in enumerate(rows):
            until, seed = self._damaged.get(person.number, (0, 0)) if person else (0, 0)
            if until > self.town.night and place + 1 < len(rows):
                lines[place] = damage_line(random.Random(seed), FILE, [*cells])
        reading = read_file(FILE.text_of(lines).encode("utf-8", "replace"), FILE.files)
        assert reading is not None
        now_s = self.town.night * DAY_S
        return [person for person, _ in rows], plan_night(reading, self.subsite.users(), policy, self.memory, now_s)

    def _carry_out(self, rows: list[Person | None], night: Night) -> None:
        owners_before = {guid: self.owners.get(guid) for guid in night.removed}
        for guid, owner in owners_before.items():
            if owner in self.town.staff and self._stands_alone(owner, guid):
                self.tally.lost.append(f"night {self.town.night}: {self._people[owner]} lost {guid}")
        here = set(self.subsite.accounts)
        before = {guid: account.email for guid, account in self.subsite.accounts.items()}
        now_s = self.town.night * DAY_S
        applied = apply_plan(self.subsite, night.plan, self.memory, now_s=now_s, seed=self.town.night)
        self.memory = applied.memory
        by_line = dict(enumerate(rows, start=2))
        by_email = {account.email: guid for guid, account in self.subsite.accounts.items() if guid not in here}
        for change in night.plan.changes:
            if not isinstance(change, Write) or change in applied.refused:
                continue
            person = by_line[change.line]
            assert person is not None
            guid = change.guid if change.guid is not None else by_email[change.email]
            owner = self.owners.setdefault(guid, person.number)
            if owner != person.number:
                self.tally.given_away.append(
                    f"night {self.town.night}: {person} got {guid} ({before[guid]}) of {owner}"
                )
                self.owners[guid] = person.number
            self.tally.changes[change.action] += 1
        self.tally.changes[str(self.policy.removal)] += len(night.removed)
        self.tally.changes["refused by the subsite"] += len(applied.refused)

    def _stands_alone(self, owner: int, guid: Guid) -> bool:
        """Tell whether this is the only account of somebody who is in the file."""
        return not any(other == owner and each != guid for each, other in self.owners.items())

    def _count(self, rows: list[Person | None], night: Night) -> None:
        tally = self.tally
        tally.nights += 1
        tally.withheld += night.is_withheld
        tally.with_problems += bool(night.plan.problems)
        tally.fuses.update(night.tripped)
        for problem in night.plan.problems:
            tally.problem_nights[problem.code] += 1
        for code, person, problem in self._keyed(rows, night):
            since = self._standing.get((code, person.number), self.town.night)
            if (code, person.number, since) not in self._told:
                self._told.add((code, person.number, since))
                tally.problems[code] += 1
                if self._is_wrong(code, person):
                    tally.wrong[code] += 1
                tally.examples[code].append(f"night {self.town.night}: {problem.message}")

    def _keyed(self, rows: list[Person | None], night: Night) -> Iterator[tuple[str, Person, Finding]]:
        by_line = dict(enumerate(rows, start=2))
        for problem in night.plan.problems:
            person = by_line.get(problem.line) if problem.line else None
            if person is not None:
                yield problem.code, person, problem

    def _is_wrong(self, code: str, person: Person) -> bool:
        """Tell whether a rule suspects what is not so: another person in the same one, or the same in another."""
        has_account = any(owner == person.number for owner in self.owners.values())
        match code:
            case "other_id" | "other_person" | "lost_zeros":
                return has_account
            case "same_name":
                return not has_account
            case _:
                return False

    def _look_after_problems(self, rows: list[Person | None], night: Night) -> None:
        standing: dict[tuple[str, int], int] = {}
        ripe: list[tuple[str, Person, Finding]] = []
        for code, person, problem in self._keyed(rows, night):
            since = self._standing.get((code, person.number), self.town.night)
            standing[code, person.number] = since
            if self.town.night - since >= PATIENCE:
                ripe.append((code, person, problem))
        self._standing = standing
        for code, person, problem in ripe:
            self._resolve(code, person, problem)

    def _resolve(self, code: str, person: Person, problem: Finding) -> None:
        """Take the way out that the message names, knowing who is who."""
        is_same = any(owner == person.number for owner in self.owners.values())
        only = replace(self.policy, only=person.external_id, removal=None)
        match code:
            case "other_id" | "other_person" if is_same:
                self._run_once(replace(only, relink=True, reactivate=True))
            case "other_id" | "other_person" | "taken":
                self._delete_holder(person, problem)
            case "same_name":
                self._run_once(replace(only, relink=True) if is_same else replace(only, force=True))
            case "handed_over":
                self._run_once(replace(only, relink=True))
            case _:
                return
        self.tally.events["acts of the administrator"] += 1

    def _run_once(self, policy: Policy) -> None:
        rows, night = self._plan(policy)
        if policy.force or not night.tripped:
            self._carry_out(rows, night)
            self.tally.changes["by hand"] += len(night.plan.changes)

    def _delete_holder(self, person: Person, problem: Finding) -> None:
        holders = [
            guid
            for guid, account in self.subsite.accounts.items()
            if guid == problem.guid or account.email.lower() == person.email.lower()
            if self.owners.get(guid) not in self.town.staff
        ]
        for guid in holders:
            self.subsite.delete(guid)
            del self.owners[guid]

    def _damage_rows(self) -> None:
        if self._chance.random() < self._damaged_a_week / 7:
            person = self._chance.choice(list(self.town.staff))
            until = self.town.night + self._chance.choice((1, 1, 2, 3))
            self._damaged[person] = (until, self._chance.randrange(10**9))
            self.town.events["rows damaged"] += 1

    def _sign_in(self) -> None:
        """Let people sign in, some of whom have another name or address in their account."""
        chance = self.town.chance
        guid_of = {owner: guid for guid, owner in self.owners.items()}
        for person in self.town.staff.values():
            if (person.account_name or person.account_email) and chance.random() < 0.1:
                account = self.subsite.accounts.get(guid_of.get(person.number, ""))
                if account is not None and not account.is_banned:
                    account.name = person.account_name or account.name
                    account.email = person.account_email or account.email
                    self.town.events["sign-ins that set a name or address back"] += 1


POLICIES = {
    "--delete --grace 7d": Policy(removal=Action.DELETE, grace_s=7 * DAY_S, only_linked=True),
    "--ban": Policy(removal=Action.BAN, only_linked=True),
}
