"""Corpus files about layout: delimiters, line ends, headers, blank records, quotes, files that are cut off."""

from tests.corpus.case import (
    DUTCH_COLUMNS,
    DUTCH_HEADERS,
    OWN_HEADERS,
    PEOPLE,
    Case,
    good,
    lines,
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


def _text(content: str, **expected: object) -> Case:
    return Case(content.encode(), **expected)  # type: ignore[arg-type] # keywords go on as they are


def _delimiters() -> dict[str, Case]:
    return {
        "semicolons.csv": good(people(delimiter=";").encode()),
        "tabs.tsv": good(people(delimiter="\t").encode()),
        "pipes.csv": good(people(delimiter="|").encode()),
        "all-quoted.csv": good(people(delimiter=";", quotes=True).encode()),
        "crlf.csv": good(people(end="\r\n").encode()),
        "carriage-returns.csv": good(people(end="\r").encode()),
        "mixed-line-ends.csv": _text(
            "name,email\rJan,jan@gemeente.test\r\nPiet,piet@gemeente.test\n",
            rows=2,
            users=2,
            warnings=("no_external_id",),
        ),
        "no-last-line-end.csv": good(people().removesuffix("\n").encode()),
        "separator-line.csv": good(("sep=;\r\n" + people(delimiter=";", end="\r\n")).encode()),
        "separator-line-quoted.csv": good(('"sep=|"\n' + people(delimiter="|")).encode()),
        "separator-line-odd.csv": good(("SEP=^\n" + people(delimiter="^")).encode()),
        "told-delimiter.csv": good(people(delimiter="#").encode(), delimiter="#"),
        "told-delimiter-is-wrong.csv": refused(people().encode(), r"line 1: no header \"name\"", delimiter=";"),
        "unknown-delimiter.csv": refused(people(delimiter="#").encode(), r"line 1: no header \"name\""),
        "commas-in-headers.csv": _text(
            "external_id;name;email;profile.a, b, c, d\n1;Jan;jan@gemeente.test;x, y\n", rows=1, users=1
        ),
        "dos-end-mark.csv": good((people(end="\r\n") + "\x1a").encode()),
        "blank-records.csv": _text(
            f"\n,,\nexternal_id,name,email\n\n{_JAN}\n,,\n  , ,\t\n\n{_PIET}\n", rows=2, users=2
        ),
        "empty.csv": refused(b"", r"is empty"),
        "blank.csv": refused(b"\n\n , \n", r"is empty"),
        "headers-only.csv": refused(b"external_id,name,email\n", r"holds no rows"),
    }


def _headers() -> dict[str, Case]:
    return {
        "headers-in-any-case.csv": _text(
            "EXTERNAL_ID, Name ,E-Mail,EMail,Profile.Functie\n1,Jan,x,jan@gemeente.test,Bode\n",
            rows=1,
            users=1,
            warnings=("unknown_header",),
            fields=frozenset({"external_id", "name", "email", "profile.Functie"}),
        ),
        "only-required-headers.csv": _text(
            "name,email\nJan,jan@gemeente.test\n", rows=1, users=1, warnings=("no_external_id",)
        ),
        "no-name.csv": refused(
            b"external_id,naam,email\n1,Jan,jan@gemeente.test\n", r'no header "name".*Likely meant: "naam"'
        ),
        "no-email.csv": refused(
            b"name,e-mail\nJan,jan@gemeente.test\n", r'no header "email".*"name", "e-mail".*Likely'
        ),
        "email-mistyped.csv": refused(b"name,emial\nJan,jan@gemeente.test\n", r'Likely meant: "emial"'),
        "title-above-headers.csv": _text(
            "Alle medewerkers\n\nname,email\nJan,jan@gemeente.test\n",
            rows=1,
            users=1,
            warnings=("title_above_headers", "no_external_id"),
        ),
        "powershell-type.csv": _text(
            '#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n"name","email"\r\n"Jan","jan@gemeente.test"\r\n',
            rows=1,
            users=1,
            warnings=("title_above_headers", "no_external_id"),
        ),
        "doubled-email.csv": refused(b"name,email,Email\nJan,jan@gemeente.test,\n", r'"email" is there more than once'),
        "doubled-external-id.csv": refused(
            b"external_id,name,email,external_id\n1,Jan,jan@gemeente.test,2\n", "more than"
        ),
        "doubled-profile-field.csv": _text(
            "name,email,profile.a,profile.a\nJan,jan@gemeente.test,x,y\n",
            rows=1,
            users=1,
            warnings=("doubled_header", "doubled_header", "no_external_id"),
            fields=frozenset({"name", "email"}),
        ),
        "unknown-headers.csv": _text(
            "name,email,telefoon,profile.\nJan,jan@gemeente.test,06,x\n",
            rows=1,
            users=1,
            warnings=("unknown_header", "unknown_header", "no_external_id"),
        ),
        "column-without-header.csv": _text(
            "name,email,\nJan,jan@gemeente.test,\n", rows=1, users=1, warnings=("no_external_id",)
        ),
        "empty-columns.csv": _text(
            "external_id,name,email,profile.a,groups,avatar\n,Jan,jan@gemeente.test,, ,\n,Piet,piet@gemeente.test,,,\n",
            rows=2,
            users=2,
            warnings=("empty_column", "empty_column", "empty_column", "no_external_id"),
            fields=frozenset({"external_id", "name", "email"}),
        ),
        "headers-not-closed.csv": refused(b'name,"email\nJan,jan@gemeente.test\n', r"quotes of the headers"),
    }


def _mapped() -> dict[str, Case]:
    dutch = people(headers=DUTCH_HEADERS).encode()
    return {
        "mapped.csv": good(dutch, columns=DUTCH_COLUMNS),
        "mapped-key-is-email.csv": _text(
            "name,email\nJan,jan@gemeente.test\n",
            rows=1,
            users=1,
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
        "mapped-away.csv": _text(
            "name,Naam,email\nj.smit,Jan Smit,jan@gemeente.test\n",
            rows=1,
            users=1,
            first_name="Jan Smit",
            columns={"name": "naam"},
            warnings=("unused_header", "no_external_id"),
        ),
        "skipped-records.csv": _text(
            "external_id,name,email,Status\n1,VACATURE griffie,,In dienst\n2,Jan,jan@gemeente.test,In dienst\n"
            "3,Piet,piet@gemeente.test,Uit dienst\n3,Piet,piet@gemeente.test,uit DIENST\nTotaal: 2\n",
            rows=1,
            users=1,
            skip={"NAME": ["Vacature*"], "status": ["Uit dienst"], "external_id": ["Totaal*"]},
        ),
        "skip-header-missing.csv": refused(
            b"external_id,name,email,Status\n1,Jan,jan@gemeente.test,x\n",
            r'no header "Satus" \(for \[skip\]\).*Likely meant: "Status"',
            skip={"Satus": ["x"]},
        ),
    }


def _quotes() -> dict[str, Case]:
    return {
        "quoted-line-breaks.csv": _text(
            f'{_WITH_NOTE}\n1,Jan,jan@gemeente.test,"een\ntwee\r\ndrie"\n2,Piet,geen,"x\n"\n',
            rows=2,
            users=1,
            problems=[(5, "invalid_email")],
        ),
        "doubled-quotes.csv": _text(
            'name,email\n"Jan ""Joop"" Smit",jan@gemeente.test\n',
            rows=1,
            users=1,
            warnings=("no_external_id",),
            first_name='Jan "Joop" Smit',
        ),
        "quotes-in-bare-cell.csv": _text(f'{_WITH_NOTE}\n{_JAN},buis 5" lang\n', rows=1, users=1),
        "quotes-not-doubled.csv": _text(
            f'{_WITH_NOTE}\n1,"Jan "Joop" Smit",jan@gemeente.test,x\n{_PIET},y\n',
            rows=2,
            users=1,
            problems=[(2, "bad_quotes")],
        ),
        "quotes-after-blank.csv": _text(
            f'{_WITH_NOTE}\n1, "Smit, Jan", jan@gemeente.test\n{_PIET},y\n',
            rows=2,
            users=1,
            problems=[(2, "bad_quotes")],
        ),
        "quotes-hide-rows.csv": _text(
            f'{_WITH_NOTE}\n{_JAN},"begin\n{_PIET},bode\n{_KEES},einde"\n4,Ans,ans@gemeente.test,x\n',
            rows=2,
            users=1,
            problems=[(2, "bad_quotes")],
        ),
        "quotes-hide-last-row.csv": _text(
            f'{_WITH_NOTE},profile.a\n{_JAN},"bode,A\n{_PIET},bode",A\n{_KEES},x,A\n',
            rows=2,
            users=1,
            problems=[(2, "bad_quotes")],
        ),
        "quotes-closed-by-the-next-row.csv": _text(
            f'{_WITH_NOTE}\n1,"Jan,jan@gemeente.test,x\n2,"Piet",piet@gemeente.test,y\n{_KEES},z\n',
            rows=2,
            users=1,
            problems=[(2, "bad_quotes")],
        ),
        "note-with-an-address.csv": _text(
            f'{_WITH_NOTE}\n{_JAN},"Vragen, ook lastige?\nMail mij, of piet@gemeente.test"\n', rows=1, users=1
        ),
        "very-long-cell.csv": _text(f"{_WITH_NOTE}\n{_JAN},{'x' * 200_000}\n", rows=1, users=1),
    }


def _cut() -> dict[str, Case]:
    whole = lines(OWN_HEADERS, *PEOPLE)
    return {
        "cut-in-the-last-row.csv": Case(
            whole[: whole.rindex(",Beleids")].encode(), rows=4, users=3, problems=[(5, "ragged_row")], is_cut_off=True
        ),
        "cut-inside-quotes.csv": _text(
            f'{_WITH_NOTE}\n{_JAN},x\n{_PIET},"begin\n', rows=2, users=1, problems=[(3, "bad_quotes")], is_cut_off=True
        ),
        "cut-by-one-lost-quote.csv": _text(
            f'{_WITH_NOTE}\n{_JAN},x\n{_PIET},"begin\n{_KEES},y\n',
            rows=2,
            users=1,
            problems=[(3, "bad_quotes")],
            is_cut_off=True,
        ),
        "ragged-but-not-last.csv": _text(
            short("1,Jan", _PIET, "3,Kees,kees@gemeente.test,4", _JAN),
            rows=4,
            users=2,
            problems=[(2, "ragged_row"), (4, "ragged_row")],
        ),
        "all-ragged.csv": refused(b"name,email,profile.a\nJan,jan@gemeente.test\n", r"no good row.*ragged_row 1"),
    }
