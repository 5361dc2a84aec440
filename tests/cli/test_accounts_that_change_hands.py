"""Files that would give accounts to other people, or do to everybody what was never done before: refused, and told."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended

HEADERS = ("external_id", "name", "email", "profile.occupation", "groups")
FIRST = ("Anna", "Bram", "Chloe", "Daan", "Emre", "Fleur", "Gijs", "Hanna", "Ilse", "Joost", "Kees", "Lotte", "Mees")
ENDS = ("laan", "berg", "dijk", "veld", "horst", "wijk", "stein")
SIZE = 100

Row = dict[str, str]


def person(number: int, external_id: int | None = None) -> Row:
    """Return somebody; external_ids are running numbers in the order of the file."""
    first = FIRST[number % len(FIRST)]
    last = f"Kanarie{ENDS[number % len(ENDS)]}{'abcdefghij'[number // 10 % 10] * 3}{'abcdefghij'[number % 10] * 3}"
    return {
        "external_id": str(external_id if external_id is not None else number + 1),
        "name": f"{first} {last}",
        "email": f"{first}.{last}@gemeente.test".lower(),
        "profile.occupation": f"Kanarievak {number}",
        "groups": "",
    }


PEOPLE = [person(number) for number in range(SIZE)]


class Night:
    """A town of a hundred on a subsite, and the command."""

    def __init__(self, command: Command, sandbox: RunningSandbox) -> None:
        self.command = command
        self.sandbox = sandbox
        sandbox.store.add_profile_field("occupation")

    def settle(self, rows: Iterable[Row] = PEOPLE) -> None:
        """Bring these people to the subsite by a first run."""
        self.write(rows)
        assert self.sync().status == 0
        self.sandbox.requests.clear()

    def write(self, rows: Iterable[Row]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, HEADERS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        (self.command.folder / "users.csv").write_text(text.getvalue(), "utf-8")

    def sync(self, *options: str) -> Ended:
        where = ("--source", "users.csv", "--destination", self.sandbox.url)
        return self.command(*where, *options, environ={"API_SECRET": SECRET})

    def accounts(self) -> dict[str, tuple[str, str, str]]:
        """Return by guid the external_id, name and e-mail of all accounts."""
        everybody = self.sandbox.store.users.everybody()
        return {user.guid: (user.external_id or "", user.name, user.email) for user in everybody}

    def writes(self) -> list[str]:
        requests = self.sandbox.requests
        return [request.path for request in requests if request.method != "GET" and "/logs" not in request.path]


@pytest.fixture
def night(command: Command, sandbox: RunningSandbox) -> Night:
    return Night(command, sandbox)


def emails_of(night: Night) -> dict[str, str]:
    return {guid: email for guid, (_, _, email) in night.accounts().items()}


def assert_nobody_got_anothers(before: dict[str, str], night: Night) -> None:
    owners = {email: guid for guid, email in before.items()}
    after = emails_of(night)
    assert [guid for guid, email in after.items() if guid in before and owners.get(email, guid) != guid] == []


def test_a_newcomer_inserted_among_running_numbers_gives_no_account_away(night: Night) -> None:
    night.settle()
    before = emails_of(night)
    place = SIZE - 10
    rows = [*PEOPLE[:place], person(SIZE + 1), *PEOPLE[place:]]
    night.write([{**row, "external_id": str(number)} for number, row in enumerate(rows, start=1)])

    ended = night.sync("--delete", "--max-changes", "100%")

    assert ended.status == 1
    assert "other_person" in ended.out
    assert_nobody_got_anothers(before, night)
    assert set(before) <= set(night.accounts())


@pytest.mark.parametrize("from_the_end", [3, 10])
def test_a_cell_inserted_in_the_emails_gives_no_account_away(night: Night, from_the_end: int) -> None:
    night.settle()
    accounts = night.accounts()
    place = SIZE - from_the_end
    emails = [row["email"] for row in PEOPLE]
    emails = [*emails[:place], "nieuw@gemeente.test", *emails[place:-1]]
    night.write([{**row, "email": email} for row, email in zip(PEOPLE, emails, strict=True)])

    ended = night.sync("--max-changes", "100%")

    assert ended.status == 1
    assert "handed_over" in ended.out
    assert night.accounts() == accounts


def test_a_banned_leavers_number_given_to_a_newcomer_does_not_give_the_account(night: Night) -> None:
    night.settle()
    night.write(PEOPLE[1:])
    assert night.sync("--ban").status == 0
    accounts = night.accounts()
    night.write([person(SIZE + 5, external_id=1), *PEOPLE[1:]])

    ended = night.sync("--ban", "--reactivate", "true")

    assert ended.status == 1
    assert "other_person" in ended.out
    assert night.accounts() == accounts


def test_a_test_file_numbered_from_one_renames_nobody(night: Night) -> None:
    night.settle()
    accounts = night.accounts()
    night.write(
        [
            {**person(number), "name": f"Testgebruiker {'abcdefghi'[number]}", "email": f"test{number}@kanarie.test"}
            for number in range(9)
        ]
    )

    ended = night.sync("--min-matched", "0")

    assert ended.status == 1
    assert "other_person" in ended.out
    assert night.accounts() == accounts


def test_outsiders_by_the_hundred_beside_a_few_users_are_refused(night: Night) -> None:
    night.settle(PEOPLE[:20])
    night.write([*PEOPLE[:20], *PEOPLE[20:], *(person(number + SIZE) for number in range(60))])

    ended = night.sync()

    assert ended.status == 3
    assert "--max-creates" in ended.out
    assert night.writes() == []


def test_deleted_leavers_in_an_old_file_are_not_created_anew(night: Night) -> None:
    night.settle()
    night.write(PEOPLE[60:])
    assert night.sync("--delete", "--max-removals", "60").status == 0
    night.sandbox.requests.clear()
    night.write(PEOPLE)

    ended = night.sync("--delete")

    assert ended.status == 3
    assert "--max-creates" in ended.out
    assert night.writes() == []


def test_a_group_that_was_filled_down_is_refused(night: Night) -> None:
    known, secret = (night.sandbox.store.groups.add(name).guid for name in ("Iedereen", "Vertrouwelijk"))
    rows = [{**row, "groups": known} for row in PEOPLE]
    night.settle(rows)
    night.write([{**row, "groups": f"{known},{secret}"} for row in rows])

    ended = night.sync()

    assert ended.status == 3
    assert "changed.groups" in ended.out
    assert night.writes() == []


def test_a_profile_column_that_shifted_is_refused(night: Night) -> None:
    night.settle()
    shifted = ["Kanarievak nieuw", *(row["profile.occupation"] for row in PEOPLE[:-1])]
    night.write([{**row, "profile.occupation": value} for row, value in zip(PEOPLE, shifted, strict=True)])

    ended = night.sync()

    assert ended.status == 3
    assert "changed.profile.occupation" in ended.out
    assert night.writes() == []


def test_a_bad_file_that_was_forced_once_does_not_pass_ever_after(night: Night) -> None:
    """Its names are put right on the subsite, as sign-in does; what was sent before is no excuse for everybody's."""
    night.settle()
    accounts = night.accounts()
    night.write([{**row, "name": f"{row['name']} ({number})"} for number, row in enumerate(PEOPLE)])
    assert night.sync("--force").status == 0
    for guid, (_, name, _) in accounts.items():
        users = night.sandbox.store.users
        users.save(replace(users[guid], name=name))
    night.sandbox.requests.clear()

    ended = night.sync()

    assert ended.status == 3
    assert "changed.name" in ended.out
    assert night.writes() == []


def test_a_marriage_a_new_domain_and_names_the_other_way_round_are_written_without_a_word(night: Night) -> None:
    night.settle()
    rows = [*PEOPLE]
    anna, bram, chloe = (rows[number] for number in (0, 1, 2))
    rows[0] = {**anna, "name": "Anna van der Kanariepoel", "email": anna["email"].replace("@", "@regio.")}
    rows[1] = {**bram, "name": ", ".join(reversed(bram["name"].split())), "email": "bram@elders.test"}
    rows[2] = {**chloe, "name": chloe["name"].replace("Chloe", "Karel")}
    night.write(rows)

    ended = night.sync()

    assert ended.status == 0, ended.out
    written = {email for _, _, email in night.accounts().values()}
    assert {row["email"] for row in rows} == written
