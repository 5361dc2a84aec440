"""The plan as a whole: counts, order, accepted problems, what does not depend on what."""

import random

import pytest

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Action, Finding, Memory, SourceReading
from pleio_profile_sync_client.core.plan import make_plan
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    A_NIGHT,
    BAN,
    DELETE,
    NO_AVATARS,
    people,
    plan,
    problems,
    reading,
    removed,
    row,
    skipped,
    tripped,
    user,
    warnings,
    writes,
    written,
)


def test_two_empty_sides_give_an_empty_plan() -> None:
    made = plan([], [])
    assert (made.changes, made.problems, made.warnings, made.unchanged, made.withheld) == ((), (), (), 0, frozenset())
    assert tripped(made) == []


def test_a_pattern_that_matches_nobody_is_told_where_users_may_be_removed() -> None:
    patterns = Policy(removal=Action.BAN, protect=("anna@*", "*@typo.test"), scope=("P1", "*@gone.test"))
    made = plan([row()], [user()], patterns)
    assert (problems(made), warnings(made)) == ([("unused_pattern", None)], [("unused_pattern", None)])
    for other in (plan([row()], [user()], Policy(protect=("*@typo.test",))), plan([row()], [], patterns)):
        assert (problems(other), warnings(other)) == ([], [])


def test_changes_stand_in_the_order_of_the_rows_and_removals_last() -> None:
    rows = [row(9, "P9", "a9@x.test", "Negen"), row(3, "P3", "a3@x.test", "Nieuw"), row(5, "P5", "a5@x.test", "Vijf")]
    users = [user("u8", "P8", "a8@x.test"), user("u3", "P3", "a3@x.test"), user("u7", "P7", "a7@x.test")]
    made = plan(rows, users, DELETE)
    assert written(made) == [("create", 9, None), ("update", 3, "u3"), ("create", 5, None)]
    assert removed(made) == [("delete", "u8"), ("delete", "u7")]
    assert [change.action for change in made.changes] == ["create", "update", "create", "delete", "delete"]


def test_problems_of_the_run_stand_first_then_those_of_rows_by_line() -> None:
    source = reading(
        row(8, "P8", "a1@x.test"),
        row(3, "P3", "a2@x.test"),
        skipped=[skipped(5, None, None)],
    )
    users = [user("u1", "P1", "a1@x.test"), user("u2", "P2", "a2@x.test"), user("u4", "P4", "a4@x.test", "Vier")]
    assert problems(plan(source, users, DELETE)) == [
        ("removals_withheld", None),
        ("other_id", 3),
        ("missing_name", 5),
        ("other_id", 8),
    ]


def test_accepted_problems_are_warnings() -> None:
    source = reading(row(2, "P9", "a1@x.test"), skipped=[skipped(3, "P3", None, "missing_email")])
    users = [user("u1", "P1", "a1@x.test")]
    made = plan(source, users, Policy(accept=frozenset({"missing_email", "other_id"})))
    assert (problems(made), warnings(made)) == ([], [("other_id", 2), ("missing_email", 3)])
    assert made.changes == ()
    made = plan(source, users, Policy(accept=frozenset({"missing_email"})))
    assert (problems(made), warnings(made)) == ([("other_id", 2)], [("missing_email", 3)])


def test_an_accepted_skipped_row_still_counts_as_present() -> None:
    source = reading(row(), skipped=[skipped(3, "P2", None, "missing_email")])
    users = [user(), user("u2", "P2", "a2@x.test"), user("u3", "P3", "a3@x.test")]
    made = plan(source, users, Policy(removal=Action.BAN, only_linked=True, accept=frozenset({"missing_email"})))
    assert removed(made) == [("ban", "u3")]


def test_an_accepted_row_that_may_be_about_anybody_still_withholds_removals() -> None:
    source = reading(row(), skipped=[skipped(3, None, None, "missing_email")])
    accept = Policy(removal=Action.BAN, only_linked=True, accept=frozenset({"missing_email"}))
    made = plan(source, [user(), user("u2", "P2", "a2@x.test")], accept)
    assert problems(made) == [("removals_withheld", None)]
    assert made.withheld


def test_an_accepted_ambiguous_user_is_a_warning() -> None:
    users = [user(), user("u2", "P2", "a2@x.test"), user("u3", "P3", "A2@x.test")]
    accept = Policy(removal=Action.BAN, only_linked=True, accept=frozenset({"ambiguous"}))
    made = plan([row()], users, accept)
    assert (problems(made), warnings(made)) == ([], [("ambiguous", None), ("ambiguous", None)])


@pytest.mark.parametrize("code", ["removals_withheld", "undecided"])
def test_problems_of_the_whole_run_are_not_accepted(code: str) -> None:
    users = [user(), user("u2", "P2", "a2@x.test"), user("g1", None, "gast@x.test")]
    made = plan(reading(row(), cut_off="cut"), users, Policy(removal=Action.BAN, accept=frozenset({code})))
    assert (code, None) in problems(made)
    assert made.withheld


def test_warnings_of_the_reading_are_told() -> None:
    told = Finding("identical_rows", "Lines 2 and 3 are identical", line=3)
    source = reading(row())
    source = SourceReading(
        source.location, 2, source.users, (), (), (told,), source.fields, source.columns, source.cut_off
    )
    assert plan(source, [user()]).warnings == (told,)


def test_unchanged_counts_matched_users_without_a_change() -> None:
    rows = [
        row(),
        row(3, "P2", "a2@x.test"),
        row(4, "P3", "a3@x.test"),
        row(5, "P9", "a4@x.test"),
    ]
    users = [
        user(),
        user("u2", "P2", "a2@x.test"),
        user("u3", "P3", "a3@x.test", banned=True),
        user("u4", "P4", "a4@x.test"),
    ]
    made = plan(rows, users)
    assert made.unchanged == 2
    assert (problems(made), warnings(made)) == ([("other_id", 5)], [("stays_banned", 4)])


def test_a_tripped_fuse_leaves_the_plan_as_it_is() -> None:
    rows, users = people(20)
    made = plan(rows[:10], users, BAN)
    assert tripped(made) == ["removals"]
    assert len(removed(made)) == 10
    forced = plan(rows[:10], users, Policy(removal=Action.BAN, only_linked=True, force=True))
    assert tripped(forced) == ["removals"]
    assert removed(forced) == removed(made)


def test_the_order_of_the_subsites_list_decides_nothing_but_the_order_of_removals() -> None:
    rows, users = people(30)
    rows = [row(one.line, one.external_id, f"x{one.email}", one.name) for one in rows[:20]]
    mixed = random.Random(7).sample(users, len(users))
    made, other = plan(rows, users, DELETE), plan(rows, mixed, DELETE)
    assert writes(made) == writes(other)
    assert sorted(removed(made)) == sorted(removed(other))
    assert removed(other) == [("delete", one.guid) for one in mixed if int(str(one.guid)[1:]) > 20]
    assert made.problems == other.problems


def test_a_draft_is_the_plan_before_only_narrows_it() -> None:
    rows, users = people(3)
    rows = [row(one.line, one.external_id, one.email, "Nieuw") for one in rows]
    source = reading(*rows)
    matching = match_rows(source, users)
    policy = Policy(only="N2")
    draft = draft_plan(matching, source, memory=Memory(), policy=policy, avatars=NO_AVATARS, now_s=0.0)
    assert len(list(draft.judgements)) == 3
    assert written(make_plan(draft, A_NIGHT)) == [("update", 102, "n2")]
