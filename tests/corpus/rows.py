"""Corpus files about rows: each problem, their order, duplicates, groups."""

from tests.corpus.case import GROUP, OWN_HEADERS, PEOPLE, Case, good, lines, mixed, people, short

_JAN = "1,Jan Smit,jan@gemeente.test"
_WITH_PROBLEMS = (
    ("0010030", "Fleur Bos", "", "Jurist", "Amsterdam", ""),
    ("0010031", "", "daan.dekker@gemeente.test", "Jurist", "Amsterdam", ""),
    ("0010032", "Ilse van den Berg", "geen-adres", "Jurist", "Amsterdam", GROUP),
    ("0010033", "Bram Bakker", "BRAM@GEMEENTE.TEST", "Jurist", "Amsterdam", ""),
    ("0010034", "Bram Çelik", "bram@gemeente.test", "Jurist", "Amsterdam", ""),
    ("0010035", "Ans Jansen", "ans.jansen@gemeente.test", "Jurist", "Amsterdam", ""),
    ("0010035", "Özlem Visser", "ozlem.visser@gemeente.test", "Jurist", "Amsterdam", GROUP),
    ("0010036", "Sjoerd Smit", "sjoerd.smit@gemeente.test", "Griffier"),
    ('"1,23E+05"', "Maarten Bakker", "maarten.bakker@gemeente.test", "Griffier", "Amsterdam", ""),
    ("0010037", "ZoÃ« de Wit", "zoe.dewit@gemeente.test", "Handhaver", "Den Haag", ""),
    ("0010038", "x" * 101, "x@gemeente.test", "Handhaver", "Den Haag", GROUP),
    ("0010039", "Anna\x07 Bakker", "anna.bakker@gemeente.test", "Handhaver", "Den Haag", ""),
    ("0010040", "Xander de Groot", "xander@gemeente.test", '"Griffier\nen plaatsvervanger"', "Den Haag", ""),
)


def cases() -> dict[str, Case]:
    """Return the files by name."""
    return {**_shapes(), **_problems(), **_duplicates(), **_groups()}


def _one_bad(row: str, code: str, **expected: object) -> Case:
    return mixed(short(_JAN, row), (2, 1), {3: code}, **expected)


def _shapes() -> dict[str, Case]:
    return {
        "users.csv": good(people()),
        "users-with-problems.csv": mixed(
            lines(OWN_HEADERS, *PEOPLE[:2], *_WITH_PROBLEMS, *PEOPLE[2:]),
            (4 + len(_WITH_PROBLEMS), 5),
            {
                4: "missing_email",
                5: "missing_name",
                6: "invalid_email",
                7: "duplicate_email",
                8: "duplicate_email",
                9: "duplicate_external_id",
                10: "duplicate_external_id",
                11: "ragged_row",
                12: "scientific_number",
                13: "mojibake",
                14: "too_long",
                15: "control_character",
            },
            first_name="Loïs Visser",
        ),
    }


def _problems() -> dict[str, Case]:
    return {
        "control-character.csv": _one_bad("2,Anna\x1b[31m Bakker,anna@gemeente.test", "control_character"),
        "control-character-c1.csv": _one_bad("2,Anna\x85 Bakker,anna@gemeente.test", "control_character"),
        "control-character-at-the-edge.csv": _one_bad("2,Anna\x1f,anna@gemeente.test", "control_character"),
        "tab-in-name.csv": _one_bad("2,Anna\tBakker,anna@gemeente.test", "control_character"),
        "line-break-in-name.csv": _one_bad('2,"Anna\nBakker",anna@gemeente.test', "control_character"),
        "tab-in-profile.csv": mixed(
            "name,email,profile.a\nJan,jan@gemeente.test,a\tb\n", (1, 1), warnings=("no_external_id",)
        ),
        "escape-in-profile.csv": mixed(
            "name,email,profile.a\nJan,jan@gemeente.test,a\nAns,ans@gemeente.test,\x1b]0;x\x07\n",
            (2, 1),
            {3: "control_character"},
            warnings=("no_external_id",),
        ),
        "control-character-in-unused-column.csv": mixed(
            "name,email,opmerking\nJan,jan@gemeente.test,a\x07b\n",
            (1, 1),
            warnings=("unknown_header", "no_external_id"),
        ),
        "missing-name.csv": _one_bad("2, ,anna@gemeente.test", "missing_name"),
        "missing-email.csv": _one_bad("2,Anna,", "missing_email"),
        "invalid-emails.csv": mixed(
            short(
                _JAN,
                "2,A,geen",
                "3,B,@gemeente.test",
                "4,C,c@",
                "5,D,d@e@gemeente.test",
                "6,E,e e@gemeente.test",
                "7,F,F <f@gemeente.test>",
            ),
            (7, 1),
            dict.fromkeys(range(3, 9), "invalid_email"),
        ),
        "odd-emails.csv": mixed(
            short("1,A,a@intern", "2,B,b+c@gemeente.test", "3,C,ü@gemeente.test", "4,D,o'd@[10.0.0.1]"), (4, 4)
        ),
        "too-long.csv": mixed(
            short(
                f"1,{'n' * 100},{'e' * 241}@gemeente.test",
                f"2,{'n' * 101},b@gemeente.test",
                f"3,C,{'e' * 242}@gemeente.test",
                f"{'i' * 201},D,d@gemeente.test",
                f"{'i' * 200},E,e@gemeente.test",
            ),
            (5, 2),
            {3: "too_long", 4: "too_long", 5: "too_long"},
        ),
        "scientific-numbers.csv": mixed(
            "external_id;name;email\n1,23E+05;A;a@gemeente.test\n1.2e-3;B;b@gemeente.test\n4E+10;C;c@gemeente.test\n"
            "12E4;D;d@gemeente.test\nE+5;E;e@gemeente.test\n",
            (5, 2),
            {2: "scientific_number", 3: "scientific_number", 4: "scientific_number"},
        ),
        "mojibake.csv": mixed(
            short(
                _JAN, "2,ZoÃ« de Wit,zoe@gemeente.test", "3,Ren\ufffde,rene@gemeente.test", "4,Ã‰va,eva@gemeente.test"
            ),
            (4, 1),
            {3: "mojibake", 4: "mojibake", 5: "mojibake"},
        ),
        "mojibake-trimmed.csv": _one_bad("2,VisÃ\xa0,visa@gemeente.test", "mojibake"),
        "mojibake-in-profile.csv": mixed(
            "name,email,profile.a\nJan,jan@gemeente.test,Ã«\n", (1, 1), warnings=("no_external_id",)
        ),
        "looks-like-mojibake.csv": mixed(short("1,Ângela Ñuñez,angela@gemeente.test"), (1, 1)),
        "first-problem-counts.csv": mixed(
            short(
                _JAN,
                f"1E+5,\x07,{'e' * 256}",
                "1E+5,,geen",
                "1E+5,A,",
                f"1E+5,{'n' * 101},geen",
                f"1E+5,{'n' * 101},a@gemeente.test",
                "1E+5,ZoÃ«,b@gemeente.test",
                "1,ZoÃ«,c@gemeente.test",
                "1,B,jan@gemeente.test",
            ),
            (9, 0),
            refusal="no good row",
        ),
    }


def _duplicates() -> dict[str, Case]:
    return {
        "duplicate-external-id.csv": mixed(
            short("a1,A,a@gemeente.test", "A1,B,b@gemeente.test", "2,C,c@gemeente.test"),
            (3, 1),
            {2: "duplicate_external_id", 3: "duplicate_external_id"},
        ),
        "duplicate-email.csv": mixed(
            short("1,A,a@gemeente.test", "2,B,A@GEMEENTE.TEST", "3,C,c@gemeente.test"),
            (3, 1),
            {2: "duplicate_email", 3: "duplicate_email"},
        ),
        "duplicate-of-a-skipped-row.csv": mixed(
            short("1,,a@gemeente.test", "2,B,A@gemeente.test", "3,C,c@gemeente.test"),
            (3, 1),
            {2: "missing_name", 3: "duplicate_email"},
        ),
        "duplicate-in-both.csv": mixed(
            short("1,A,a@gemeente.test", "1,B,b@gemeente.test", "2,C,B@gemeente.test", "3,D,d@gemeente.test"),
            (4, 1),
            {2: "duplicate_external_id", 3: "duplicate_external_id", 4: "duplicate_email"},
        ),
        "identical-rows.csv": mixed(
            short(_JAN, "2,B,b@gemeente.test", f"{_JAN} ", _JAN), (4, 2), warnings=("identical_rows",)
        ),
        "identical-but-for-unused-column.csv": mixed(
            "external_id,name,email,dienstverband\n1,A,a@gemeente.test,1\n1,A,a@gemeente.test,2\n",
            (2, 1),
            warnings=("unknown_header", "identical_rows"),
        ),
        "identical-and-another.csv": mixed(
            short(_JAN, _JAN, "2,B,jan@gemeente.test", "3,C,c@gemeente.test"),
            (4, 1),
            {2: "duplicate_email", 3: "duplicate_email", 4: "duplicate_email"},
        ),
        "ragged-rows-duplicate-nothing.csv": mixed(
            short("1,A", _JAN, "2,B,b@gemeente.test"), (3, 2), {2: "ragged_row"}
        ),
        "no-external-ids.csv": mixed(
            short(",A,a@gemeente.test", ",B,b@gemeente.test"), (2, 2), warnings=("no_external_id",)
        ),
    }


def _groups() -> dict[str, Case]:
    compact = GROUP.replace("-", "").upper()
    return {
        "groups.csv": mixed(
            f'name,email,groups\nA,a@gemeente.test,"{GROUP}, 57979220"\nB,b@gemeente.test,{compact}\n',
            (2, 2),
            warnings=("no_external_id",),
        ),
        "groups-by-name.csv": mixed(
            f'name,email,groups\nA,a@gemeente.test,"{GROUP},Griffie"\nB,b@gemeente.test,Griffie\nC,c@gemeente.test,;\n',
            (3, 3),
            warnings=("no_external_id", "not_a_guid", "not_a_guid"),
        ),
    }
