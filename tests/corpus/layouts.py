"""Corpus files about layout: delimiters, line ends, headers, blank records, quotes, files that are cut off."""

from tests.corpus.case import (
    DUTCH_COLUMNS,
    DUTCH_HEADERS,
    OWN_HEADERS,
    PEOPLE,
    Case,
    good,
    lines,
    mixed,
    people,
    refused,
    short,
)

_JAN = "1,Jan Smit,jan@gemeente.test"
_PIET = "2,Piet Bos,piet@gemeente.test"
_KEES = "3,Kees Dijk,kees@gemeente.test"
_WITH_NOTE = "external_id,name,email,profile.note"


def cases() -> dict[str, Case]:
    """Return the files by name."""
    return {**_delimiters(), **_headers(), **_mapped(), **_quotes(), **_cut()}


def _delimiters() -> dict[str, Case]:
    return {
        "semicolons.csv": good(people(delimiter=";")),
        "tabs.tsv": good(people(delimiter="\t")),
        "pipes.csv": good(people(delimiter="|")),
        "all-quoted.csv": good(people(delimiter=";", quotes=True)),
        "crlf.csv": good(people(end="\r\n")),
        "carriage-returns.csv": good(people(end="\r")),
        "mixed-line-ends.csv": mixed(
            "name,email\rJan,jan@gemeente.test\r\nPiet,piet@gemeente.test\n", (2, 2), warnings=("no_external_id",)
        ),
        "no-last-line-end.csv": good(people().removesuffix("\n")),
        "separator-line.csv": good("sep=;\r\n" + people(delimiter=";", end="\r\n")),
        "separator-line-quoted.csv": good('"sep=|"\n' + people(delimiter="|")),
        "separator-line-odd.csv": good("SEP=^\n" + people(delimiter="^")),
        "told-delimiter.csv": good(people(delimiter="#"), delimiter="#"),
        "told-delimiter-is-wrong.csv": refused(people(), r"line 1: no header \"name\"", delimiter=";"),
        "unknown-delimiter.csv": refused(people(delimiter="#"), r"line 1: no header \"name\""),
        "commas-in-headers.csv": mixed(
            "external_id;name;email;profile.a, b, c, d\n1;Jan;jan@gemeente.test;x, y\n", (1, 1)
        ),
        "dos-end-mark.csv": good(people(end="\r\n") + "\x1a"),
        "blank-records.csv": mixed(f"\n,,\nexternal_id,name,email\n\n{_JAN}\n,,\n  , ,\t\n\n{_PIET}\n", (2, 2)),
        "empty.csv": refused(b"", r"is empty"),
        "blank.csv": refused(b"\n\n , \n", r"is empty"),
        "headers-only.csv": refused(b"external_id,name,email\n", r"holds no rows"),
    }


def _headers() -> dict[str, Case]:
    return {
        "headers-in-any-case.csv": mixed(
            "EXTERNAL_ID, Name ,E-Mail,EMail,Profile.Functie\n1,Jan,x,jan@gemeente.test,Bode\n",
            (1, 1),
            warnings=("unknown_header",),
            fields=frozenset({"external_id", "name", "email", "profile.Functie"}),
        ),
        "only-required-headers.csv": mixed("name,email\nJan,jan@gemeente.test\n", (1, 1), warnings=("no_external_id",)),
        "no-name.csv": refused(
            b"external_id,naam,email\n1,Jan,jan@gemeente.test\n", r'no header "name".*Probably meant: "naam"'
        ),
        "no-email.csv": refused(
            b"name,e-mail\nJan,jan@gemeente.test\n", r'no header "email".*"name", "e-mail".*Probably'
        ),
        "email-mistyped.csv": refused(b"name,emial\nJan,jan@gemeente.test\n", r'Probably meant: "emial"'),
        "title-above-headers.csv": mixed(
            "Alle medewerkers\n\nname,email\nJan,jan@gemeente.test\n",
            (1, 1),
            warnings=("title_above_headers", "no_external_id"),
        ),
        "powershell-type.csv": mixed(
            '#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n"name","email"\r\n"Jan","jan@gemeente.test"\r\n',
            (1, 1),
            warnings=("title_above_headers", "no_external_id"),
        ),
        "doubled-email.csv": refused(b"name,email,Email\nJan,jan@gemeente.test,\n", r'"email" is there more than once'),
        "doubled-external-id.csv": refused(
            b"external_id,name,email,external_id\n1,Jan,jan@gemeente.test,2\n", "more than"
        ),
        "doubled-profile-field.csv": mixed(
            "name,email,profile.a,profile.a\nJan,jan@gemeente.test,x,y\n",
            (1, 1),
            warnings=("doubled_header", "doubled_header", "no_external_id"),
            fields=frozenset({"name", "email"}),
        ),
        "unknown-headers.csv": mixed(
            "name,email,telefoon,profile.\nJan,jan@gemeente.test,06,x\n",
            (1, 1),
            warnings=("unknown_header", "unknown_header", "no_external_id"),
        ),
        "column-without-header.csv": mixed(
            "name,email,\nJan,jan@gemeente.test,\n", (1, 1), warnings=("no_external_id",)
        ),
        "empty-columns.csv": mixed(
            "external_id,name,email,profile.a,groups,avatar\n,Jan,jan@gemeente.test,, ,\n,Piet,piet@gemeente.test,,,\n",
            (2, 2),
            warnings=("empty_column", "empty_column", "empty_column", "no_external_id"),
            fields=frozenset({"external_id", "name", "email"}),
        ),
        "headers-not-closed.csv": refused(b'name,"email\nJan,jan@gemeente.test\n', r"quotes in the headers"),
    }


def _mapped() -> dict[str, Case]:
    dutch = people(headers=DUTCH_HEADERS).encode()
    return {
        "mapped.csv": good(dutch, columns=DUTCH_COLUMNS),
        "mapped-key-is-email.csv": mixed(
            "name,email\nJan,jan@gemeente.test\n",
            (1, 1),
            columns={"external_id": "Email"},
            fields=frozenset({"external_id", "name", "email"}),
        ),
        "mapped-header-missing.csv": refused(
            dutch,
            r'no header "Personelsnummer".*"Personeelsnummer"',
            columns={**DUTCH_COLUMNS, "external_id": "Personelsnummer"},
        ),
        "mapped-header-doubled.csv": refused(
            b"Naam,email,Naam\nJan,jan@gemeente.test,Jan\n", r"more than once", columns={"name": "Naam"}
        ),
        "mapped-away.csv": mixed(
            "name,Naam,email\nj.smit,Jan Smit,jan@gemeente.test\n",
            (1, 1),
            first_name="Jan Smit",
            columns={"name": "naam"},
            warnings=("unused_header", "no_external_id"),
        ),
        "skipped-records.csv": mixed(
            "external_id,name,email,Status\n1,VACATURE griffie,,In dienst\n2,Jan,jan@gemeente.test,In dienst\n"
            "3,Piet,piet@gemeente.test,Uit dienst\n3,Piet,piet@gemeente.test,uit DIENST\nTotaal: 2\n",
            (1, 1),
            skip={"NAME": ["Vacature*"], "status": ["Uit dienst"], "external_id": ["Totaal*"]},
        ),
        "skip-header-missing.csv": refused(
            b"external_id,name,email,Status\n1,Jan,jan@gemeente.test,x\n",
            r'no header "Satus" \(for \[skip\]\).*Probably meant: "Status"',
            skip={"Satus": ["x"]},
        ),
    }


def _quotes() -> dict[str, Case]:
    return {
        "quoted-line-breaks.csv": mixed(
            f'{_WITH_NOTE}\n1,Jan,jan@gemeente.test,"een\ntwee\r\ndrie"\n2,Piet,geen,"x\n"\n',
            (2, 1),
            {5: "invalid_email"},
        ),
        "doubled-quotes.csv": mixed(
            'name,email\n"Jan ""Joop"" Smit",jan@gemeente.test\n',
            (1, 1),
            warnings=("no_external_id",),
            first_name='Jan "Joop" Smit',
        ),
        "quotes-in-bare-cell.csv": mixed(f'{_WITH_NOTE}\n{_JAN},buis 5" lang\n', (1, 1)),
        "quotes-not-doubled.csv": mixed(
            f'{_WITH_NOTE}\n1,"Jan "Joop" Smit",jan@gemeente.test,x\n{_PIET},y\n', (2, 1), {2: "bad_quotes"}
        ),
        "quotes-after-blank.csv": mixed(
            f'{_WITH_NOTE}\n1, "Smit, Jan", jan@gemeente.test\n{_PIET},y\n', (2, 1), {2: "bad_quotes"}
        ),
        "quotes-hide-rows.csv": mixed(
            f'{_WITH_NOTE}\n{_JAN},"begin\n{_PIET},bode\n{_KEES},einde"\n4,Ans,ans@gemeente.test,x\n',
            (2, 1),
            {2: "bad_quotes"},
        ),
        "quotes-hide-last-row.csv": mixed(
            f'{_WITH_NOTE},profile.a\n{_JAN},"bode,A\n{_PIET},bode",A\n{_KEES},x,A\n', (2, 1), {2: "bad_quotes"}
        ),
        "quotes-closed-by-the-next-row.csv": mixed(
            f'{_WITH_NOTE}\n1,"Jan,jan@gemeente.test,x\n2,"Piet",piet@gemeente.test,y\n{_KEES},z\n',
            (2, 1),
            {2: "bad_quotes"},
        ),
        "note-with-an-address.csv": mixed(
            f'{_WITH_NOTE}\n{_JAN},"Vragen, ook lastige?\nMail mij, of piet@gemeente.test"\n', (1, 1)
        ),
        "very-long-cell.csv": mixed(f"{_WITH_NOTE}\n{_JAN},{'x' * 200_000}\n", (1, 1)),
    }


def _cut() -> dict[str, Case]:
    whole = lines(OWN_HEADERS, *PEOPLE)
    return {
        "cut-in-the-last-row.csv": mixed(whole[: whole.rindex(",Beleids")], (4, 3), {5: "ragged_row"}, is_cut_off=True),
        "cut-inside-quotes.csv": mixed(
            f'{_WITH_NOTE}\n{_JAN},x\n{_PIET},"begin\n', (2, 1), {3: "bad_quotes"}, is_cut_off=True
        ),
        "cut-by-one-lost-quote.csv": mixed(
            f'{_WITH_NOTE}\n{_JAN},x\n{_PIET},"begin\n{_KEES},y\n', (2, 1), {3: "bad_quotes"}, is_cut_off=True
        ),
        "ragged-but-not-last.csv": mixed(
            short("1,Jan", _PIET, "3,Kees,kees@gemeente.test,4", _JAN), (4, 2), {2: "ragged_row", 4: "ragged_row"}
        ),
        "all-ragged.csv": refused(b"name,email,profile.a\nJan,jan@gemeente.test\n", r"no good row.*ragged_row 1"),
    }
