"""The same town as CSV, workbook, a command's output and a directory comes to the same plan, by its code."""

import csv
import sys
from datetime import date
from io import StringIO
from pathlib import Path

import openpyxl

from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Action, Memory, SubsiteUser
from pleio_profile_sync_client.core.plan import make_plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.load import load_check_settings
from pleio_profile_sync_client.sync.origins import make_source
from tests.directory.conftest import MakeSlapd
from tests.directory.slapd import GROUPS, PASSWORD, PEOPLE, READER, group, person
from tests.silence import SILENCE

GUID = "11111111-1111-4111-8111-111111111111"
ATTRIBUTES = ("employeeNumber", "displayName", "mail", "title")
COLUMNS = (
    '[columns]\nexternal_id = "employeeNumber"\nname = "displayName"\nemail = "mail"\n"profile.occupation" = "title"\n'
)
TOWN = [person(number) for number in range(1, 61)]
SUBSITE = [
    *(
        SubsiteUser(f"u{n}", f"{n:06}", f"Persoon {n}", f"persoon{n}@gemeente.test", False, {"occupation": ""})
        for n in range(1, 41)
    ),
    SubsiteUser("weg", "999999", "Wie Weg Is", "weg@gemeente.test", False, {"occupation": ""}),
]


def code(configuration: Path) -> str:
    source = make_source(load_check_settings({"config": str(configuration)}).source)
    reading = source.read(SILENCE)
    draft = draft_plan(
        match_rows(reading, SUBSITE),
        reading,
        memory=Memory(),
        policy=Policy(removal=Action.BAN, only_linked=True),
        avatars={},
        now_s=0,
    )
    plan = make_plan(draft, Occasion(date(2026, 11, 24), "https://gemeente.test", is_dry_run=True))
    assert plan.approval is not None
    assert len(plan.changes) == 61
    return plan.approval.code


def test_every_kind_of_source_comes_to_the_same_plan(make_slapd: MakeSlapd, tmp_path: Path) -> None:
    rows = [[str(attributes[name]) for name in ATTRIBUTES] for _, attributes in TOWN]
    text = StringIO()
    csv.writer(text).writerows(
        [(*ATTRIBUTES, "groups"), *([*row, GUID if n < 2 else ""] for n, row in enumerate(rows))]
    )
    (tmp_path / "people.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Staf")
    for row in csv.reader(StringIO(text.getvalue(), newline="")):
        sheet.append(row)
    book.save(tmp_path / "people.xlsx")
    server = make_slapd([*TOWN, group("griffie", TOWN[0][0], TOWN[1][0])])
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    program = "import sys; sys.stdout.buffer.write(open('people.csv', 'rb').read())"
    kinds = {
        "csv": f'source = "people.csv"\n{COLUMNS}',
        "workbook": f'source = "people.xlsx"\n{COLUMNS}',
        "command": f'{COLUMNS}[command]\nrun = ["{sys.executable}", "-c", "{program}"]\n',
        "directory": f'{COLUMNS}[ldap]\nurl = "{server.url}"\nbase = "{PEOPLE}"\nbind = "{READER}"\n'
        f'password_file = "password"\n[ldap.groups]\n"CN=Griffie, {GROUPS}" = "{GUID}"\n',
    }
    codes = {}
    for kind, configuration in kinds.items():
        path = tmp_path / f"{kind}.toml"
        path.write_text(configuration, encoding="utf-8")
        codes[kind] = code(path)
    assert len(set(codes.values())) == 1, codes
