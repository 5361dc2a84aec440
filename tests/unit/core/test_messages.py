"""What the messages name: the line, the user, the other user's guid, the ways out; in one line, of nobody's gender."""

import re

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, Finding, SourceUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import DELETE, plan, reading, row, skipped, user

JAN = "jan@gemeente.test"
PIET = "piet@gemeente.test"


def told(code: str) -> Finding:
    """A finding of each kind, from a plan that has it."""
    jan, piet = user("guid-jan", "P1", JAN, "Jan Jansen"), user("guid-piet", "P2", PIET, "Piet Peters")
    other_id = plan([row(7, "P9", JAN, "Kim Bakker")], [jan])
    lost_zeros = plan([row(7, "17", PIET, "Kim Bakker")], [user("guid-jan", "0017", JAN)])
    taken = plan([row(7, "P1", PIET, "Jan Jansen")], [jan, user("guid-piet", None, PIET, banned=True)])
    circle = plan([row(7, "P1", PIET, "Jan Jansen"), row(8, "P2", JAN, "Piet Peters")], [jan, piet])
    other_person = plan([row(7, "P1", PIET, "Piet Peters")], [jan, piet])
    chain = [row(7, "P1", PIET, "Jan Jansen"), row(8, "P2", "vrij@gemeente.test", "Piet Peters")]
    handed_over = plan(chain, [jan, piet])
    behind = plan([*chain, row(9, "P9", JAN, "Kim Bakker")], [jan, piet])
    twins = plan([row(7, "P1", JAN, "Jan Jansen")], [jan, user("guid-twin", "p1", PIET)])
    lone_twins = plan([], [jan, user("guid-twin", "p1", PIET)], DELETE)
    stays = plan([row(7, "P1", JAN, "Jan Jansen")], [user("guid-jan", "P1", JAN, banned=True)])
    kept = plan([row(7, "P1", JAN)], [user("guid-jan", "P1", JAN, banned=True)], Policy(protect=("p1",)))
    undecided = plan([], [user("guid-gast", None, "gast@elders.test")], Policy(removal=Action.BAN))
    withheld = plan(reading(row(2, "P8", "kim@x.test", "Kim Bos"), skipped=[skipped(7, None, None)]), [jan], DELETE)
    same_name = plan([row(7, "P9", "jj@new.test", "Jansen, Jan")], [jan], DELETE)
    unused = plan([row(2, "P8", "kim@x.test", "Kim Bos")], [jan], replace(DELETE, protect=("*@typo.test",)))
    unknown = plan([row(7, "P1", JAN, profile={"functi": "x"})], [user("guid-jan", profile={"functie": "x"})])
    found = {
        "other_id": other_id.problems,
        "lost_zeros": lost_zeros.problems,
        "taken": taken.problems,
        "taken_behind": behind.problems[2:],
        "other_person": other_person.problems,
        "handed_over": handed_over.problems,
        "handed_over_head": handed_over.problems[1:],
        "circle": circle.problems,
        "ambiguous": twins.problems,
        "ambiguous_user": lone_twins.problems,
        "stays_banned": stays.warnings,
        "protected": kept.warnings,
        "undecided": undecided.problems,
        "same_name": same_name.problems,
        "unused_pattern": tuple(one for one in unused.problems if one.code == "unused_pattern"),
        "removals_withheld": tuple(one for one in withheld.problems if one.line is None),
        "unknown_profile_field": unknown.warnings,
    }
    return found[code][0]


WAYS_OUT = {
    "other_id": ["line 7", "Kim Bakker", "P9", "guid-jan", "P1", "--relink --only P9", "delete", "address"],
    "lost_zeros": ["line 7", "Kim Bakker", "17", "guid-jan", "0017", "zeros"],
    "taken": ["line 7", "Jan Jansen", "P1", "guid-piet", PIET, "banned", "elete", "address", "source"],
    "taken_behind": ["line 9", "Kim Bakker", "P9", "guid-jan", JAN, "line 7"],
    "other_person": [
        *("line 7", "Piet Peters", "P1", "guid-jan", JAN, PIET, "guid-piet", "passed on", "--relink --only P1"),
        *("delete the old account", "a ban does not free the external_id"),
    ],
    "handed_over": [
        *("line 7", "Jan Jansen", "guid-piet", "P2", PIET, "--relink --only P1", "--force"),
        *("delete the old account", "change its address", "a ban does not free it"),
    ],
    "handed_over_head": [
        *("line 8", "Piet Peters", "P2", PIET, "line 7", "Jan Jansen", "--relink --only P2", "--force"),
        "the next run",
    ],
    "circle": ["line 7", "Jan Jansen", "guid-piet", PIET, "line 8", "another address", "one night"],
    "ambiguous": ["line 7", "Jan Jansen", "guid-jan", "guid-twin", "letter case"],
    "ambiguous_user": ["guid-jan", JAN, "guid-twin", PIET],
    "stays_banned": ["line 7", "Jan Jansen", "guid-jan", "--reactivate true"],
    "protected": ["line 7", "guid-jan", "protected"],
    "undecided": ["1 user", "gast@elders.test", "--only-linked true", "--only-linked false", "ban"],
    "removals_withheld": ["1 removal", "line 7 (missing_name)", "[skip]", "--force"],
    "same_name": [
        *("line 7", "Jansen, Jan", "P9", "guid-jan", "P1", JAN, "without a row of their own"),
        *("--relink --only P9", "--force --only P9"),
    ],
    "unused_pattern": ["--protect", "*@typo.test", "typing error", "--accept unused_pattern"],
    "unknown_profile_field": ["profile.functi", "functie"],
}


@pytest.mark.parametrize(("code", "named"), WAYS_OUT.items(), ids=WAYS_OUT)
def test_a_message_names_who_is_concerned_and_the_ways_out(code: str, named: list[str]) -> None:
    message = told(code).message
    for text in named:
        assert text.lower() in message.lower()


@pytest.mark.parametrize("code", WAYS_OUT)
def test_a_message_is_one_line_and_of_nobodys_gender(code: str) -> None:
    message = told(code).message
    assert "\n" not in message
    assert not re.search(r"\b(he|him|his|she|her)\b", message)
    assert message.endswith((".", ")"))


@pytest.mark.parametrize(
    ("code", "line", "external_id", "guid"),
    [
        ("other_id", 7, "P9", "guid-jan"),
        ("lost_zeros", 7, "17", "guid-jan"),
        ("taken", 7, "P1", "guid-piet"),
        ("circle", 7, "P1", "guid-piet"),
        ("other_person", 7, "P1", "guid-jan"),
        ("handed_over", 7, "P1", "guid-piet"),
        ("handed_over_head", 8, "P2", "guid-piet"),
        ("ambiguous", 7, "P1", "guid-jan"),
        ("ambiguous_user", None, "P1", "guid-jan"),
        ("stays_banned", 7, "P1", "guid-jan"),
        ("undecided", None, None, None),
        ("same_name", 7, "P9", "guid-jan"),
        ("unused_pattern", None, None, None),
        ("removals_withheld", None, None, None),
    ],
)
def test_a_finding_can_be_told_without_names(
    code: str, line: int | None, external_id: str | None, guid: str | None
) -> None:
    finding = told(code)
    assert (finding.line, finding.external_id, finding.guid) == (line, external_id, guid)


def test_a_row_without_an_external_id_is_not_told_to_relink() -> None:
    (problem,) = plan(reading(row(7, None, JAN)), [user("guid-jan", "P1", JAN)]).problems
    assert "--relink" not in problem.message
    assert "external_id" in problem.message
    assert problem.external_id is None


@pytest.mark.parametrize(
    ("one", "external_id"),
    [(row(7, "P9", JAN), "P1"), (row(7, "P1", PIET, "Piet Peters"), "P1"), (row(7, "17", JAN), "0017")],
    ids=["other_id", "other_person", "lost_zeros"],
)
def test_a_banned_user_is_not_reactivated_by_relink_alone(one: SourceUser, external_id: str) -> None:
    (problem,) = plan([one], [user("guid-jan", external_id, JAN, banned=True)]).problems
    assert "--reactivate true" in problem.message
