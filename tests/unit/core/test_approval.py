"""Tests of what an approval holds and lets pass."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval, Occasion
from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Action, Memory, Remembered, SkippedRow, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Limit, Policy

from .builders import NOTHING_KNOWN, reading, row, user

TODAY = date(2026, 11, 24)
ALL = Limit.percentage(100)
BAN = Policy(removal=Action.BAN, max_removals=ALL)


def a_row(line: int, external_id: str, name: str = "") -> SourceUser:
    return row(line, external_id, f"p{external_id}@gemeente.test", name or f"Persoon {external_id}")


def a_user(external_id: str, name: str = "") -> SubsiteUser:
    return user(f"u{external_id}", external_id, f"p{external_id}@gemeente.test", name or f"Persoon {external_id}")


ROWS = [a_row(2, "1", name="Jan New")]
USERS = [a_user("1", name="Jan Old"), a_user("2"), a_user("3")]


def plan(
    policy: Policy = BAN,
    *,
    rows: list[SourceUser] = ROWS,
    users: list[SubsiteUser] = USERS,
    memory: Memory = NOTHING_KNOWN,
    today: date = TODAY,
    is_dry_run: bool = False,
    skipped: Sequence[SkippedRow] = (),
) -> Plan:
    read = reading(*rows, skipped=skipped)
    draft = draft_plan(match_rows(read, users), read, memory=memory, policy=policy, avatars={}, now_s=0.0)
    return make_plan(draft, Occasion(today, "gemeente.pleio.test/profile_sync_api", is_dry_run=is_dry_run))


def offered(policy: Policy = BAN, *, users: list[SubsiteUser] = USERS, memory: Memory = NOTHING_KNOWN) -> Approval:
    approval = plan(policy, users=users, memory=memory, is_dry_run=True).approval
    assert approval is not None
    return approval


def actions(made: Plan) -> list[str]:
    return [change.action.value for change in made.changes]


def codes(made: Plan) -> tuple[list[str], list[str]]:
    return [problem.code for problem in made.problems], [warning.code for warning in made.warnings]


def approve(code: str | None, approval: Literal["none", "removals", "all"] = "none", policy: Policy = BAN) -> Policy:
    return replace(policy, approval=approval, approved=Code.parse(code or ""))


def test_without_approval_nothing_is_held() -> None:
    made = plan()
    assert actions(made) == ["update", "ban", "ban"]
    assert made.awaiting is None


def test_removals_wait_while_ordinary_changes_go_on() -> None:
    made = plan(replace(BAN, approval="removals"))
    assert actions(made) == ["update"]
    assert [(one.external_id, one.why, one.due) for one in made.waiting] == [
        ("2", "awaiting_approval", None),
        ("3", "awaiting_approval", None),
    ]
    assert codes(made) == ([], ["awaiting_approval"])


def test_everything_waits_where_all_is_to_be_approved() -> None:
    made = plan(replace(BAN, approval="all"))
    assert actions(made) == []
    assert made.awaiting is not None
    assert made.awaiting.changes == 3


def test_fuses_do_not_count_what_waits() -> None:
    strict = replace(BAN, max_removals=Limit.percentage(0))
    assert plan(strict).is_refused
    assert not plan(replace(strict, approval="removals")).is_refused


def test_a_dry_run_shows_all_that_there_is_to_approve() -> None:
    made = plan(replace(BAN, approval="all"), is_dry_run=True)
    assert actions(made) == ["update", "ban", "ban"]
    assert codes(made) == ([], ["awaiting_approval"])


@pytest.mark.parametrize(
    ("approval", "held"), [("none", []), ("removals", ["ban", "ban"]), ("all", ["update", "ban", "ban"])]
)
def test_a_dry_run_tells_what_a_real_one_would_hold(
    approval: Literal["none", "removals", "all"], held: list[str]
) -> None:
    made = plan(replace(BAN, approval=approval), is_dry_run=True)
    assert [change.action.value for change in made.changes if made.awaits_approval(change)] == held


def test_a_removal_that_is_withheld_waits_for_that_alone() -> None:
    torn = SkippedRow(9, "ragged_row", None, None, ("?", "?"), is_garbled=True)
    made = plan(replace(BAN, approval="removals"), skipped=[torn], is_dry_run=True)
    assert [one.why for one in made.waiting] == ["withheld", "withheld"]
    assert not any(map(made.awaits_approval, made.changes))


def test_the_warning_names_the_code_that_lets_it_go() -> None:
    approval = offered()
    waiting = plan(replace(BAN, approval="removals"))
    assert str(approval.removals_code) in waiting.warnings[0].message
    assert approval.code in plan(replace(BAN, approval="all")).warnings[0].message


def test_an_approved_plan_is_carried_out_whole() -> None:
    made = plan(approve(offered().code, "all"))
    assert actions(made) == ["update", "ban", "ban"]
    assert not made.is_refused
    assert plan(approve(offered().code, "all"), is_dry_run=True).awaiting is None


def test_an_approval_passes_the_fuses() -> None:
    strict = replace(BAN, max_removals=Limit.percentage(0), max_changes=Limit.percentage(0))
    made = plan(approve(offered(strict).code, policy=strict))
    assert any(fuse.tripped for fuse in made.fuses)
    assert not made.is_refused


def test_another_plan_is_refused_and_told_in_counts() -> None:
    made = plan(approve(offered().code), users=[*USERS, a_user("4")])
    assert made.is_refused
    assert made.difference is not None
    assert "1 update, 2 ban then, 1 update, 3 ban now" in made.difference


def test_an_approval_of_removals_lets_those_go_who_were_due_on_its_day() -> None:
    code = offered().removals_code
    since = {"u2": TODAY, "u3": TODAY}
    made = plan(
        approve(code, "removals"),
        users=[*USERS, a_user("4")],
        memory=Memory(awaiting=since),
        today=TODAY + timedelta(days=2),
    )
    assert actions(made) == ["update", "ban", "ban"]
    assert [one.external_id for one in made.waiting] == ["4"]
    assert not made.is_refused


def test_an_approval_of_removals_holds_on_its_day_whatever_the_state_noted() -> None:
    assert actions(plan(approve(offered().removals_code, "removals"))) == ["update", "ban", "ban"]


def test_an_approval_of_removals_holds_for_who_came_to_be_due_after_the_nights_run() -> None:
    tomorrow = TODAY + timedelta(days=1)
    memory = Memory(awaiting={"u2": TODAY, "u3": tomorrow})
    made = plan(approve(offered().removals_code, "removals"), memory=memory, today=tomorrow)
    assert actions(made) == ["update", "ban", "ban"]


def test_an_approval_of_removals_is_none_for_other_changes_under_all() -> None:
    assert actions(plan(approve(offered().removals_code, "all"))) == ["ban", "ban"]


def test_an_approval_of_removals_passes_no_other_fuse() -> None:
    strict = replace(BAN, max_removals=Limit.percentage(0), max_changes=Limit.percentage(0))
    users = [a_user(str(number), name="Old") for number in range(1, 13)]
    rows = [a_row(number + 1, str(number), name="New") for number in range(1, 12)]
    code = plan(strict, rows=rows, users=users, is_dry_run=True).approval
    assert code is not None
    made = plan(approve(code.removals_code, "removals", strict), rows=rows, users=users)
    assert "changed.name" in [fuse.fuse for fuse in made.refusing]
    assert "removals" not in [fuse.fuse for fuse in made.refusing]


def test_somebody_who_came_back_makes_it_another_plan() -> None:
    made = plan(approve(offered().removals_code, "removals"), rows=[*ROWS, a_row(3, "3")])
    assert made.is_refused


def test_what_waits_for_more_than_a_week_is_a_problem() -> None:
    for days, is_problem in ((7, False), (8, True)):
        memory = Memory(awaiting_since=TODAY - timedelta(days=days))
        problems, warnings = codes(plan(replace(BAN, approval="removals"), memory=memory))
        assert ("awaiting_approval" in problems, "awaiting_approval" in warnings) == (is_problem, not is_problem)


def test_who_is_in_grace_waits_with_the_first_night_that_would_do_it() -> None:
    policy = replace(BAN, grace_s=7 * 86_400.0)
    memory = Memory(users={"u2": Remembered(absent_s=5 * 86_400.0, counted_s=0.0)})
    made = plan(policy, memory=memory)
    assert {one.external_id: one.due for one in made.waiting} == {"2": date(2026, 11, 26), "3": date(2026, 12, 1)}


def test_a_plan_without_changes_has_no_code() -> None:
    assert plan(rows=[a_row(2, "1")], users=[a_user("1")], is_dry_run=True).approval is None
