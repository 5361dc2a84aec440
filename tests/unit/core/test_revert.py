"""Tests of undoing a run."""

from datetime import date

from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, Guid, Memory, Removal, SubsiteUser, Write
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.revert import PastChange, Reversal, make_reversal_plan, plan_reversal

JAN = SubsiteUser("g1", "1", "Jan", "jan@x.test", is_banned=False, profile={"job": "clerk"})


def past(
    action: Action, guid: Guid | None = "g1", *, number: int = 1, **fields: tuple[str | None, str | None]
) -> PastChange:
    named = {name.replace("__", "."): pair for name, pair in fields.items()}
    return PastChange(number, action, guid, "1", "jan@x.test", named)


def undo(*changes: PastChange, users: tuple[SubsiteUser, ...] = (JAN,), protect: tuple[str, ...] = ()) -> Reversal:
    return plan_reversal(changes, users, Policy(protect=protect))


def told(reversal: Reversal) -> str:
    return " ".join(finding.message for finding in reversal.left)


def test_values_that_stand_as_the_run_left_them_go_back() -> None:
    reversal = undo(past(Action.UPDATE, name=("Johan", "Jan"), profile__job=("", "clerk")))
    (write,) = reversal.writes
    assert write.fields == {"name": ("Jan", "Johan"), "profile.job": ("clerk", "")}
    assert write.record is not None
    assert (write.record.name, write.record.email, write.record.profile) == ("Johan", "jan@x.test", {"job": ""})
    assert write.record.external_id is None
    assert not reversal.left


def test_a_value_that_was_changed_since_is_left_and_told() -> None:
    reversal = undo(past(Action.UPDATE, name=("Johan", "Joop")))
    assert not reversal.writes
    assert "name: changed since" in told(reversal)


def test_a_value_that_went_back_already_is_no_change() -> None:
    reversal = undo(past(Action.UPDATE, name=("Jan", "Joop"), email=("JAN@x.test", "joop@x.test")))
    assert (reversal.writes, reversal.left) == ((), ())


def test_who_was_banned_is_unbanned() -> None:
    reversal = undo(past(Action.BAN), users=(replace(JAN, is_banned=True),))
    (write,) = reversal.writes
    assert (write.action, write.record) == (Action.REACTIVATE, None)


def test_who_was_created_or_reactivated_is_banned() -> None:
    for action in (Action.CREATE, Action.REACTIVATE):
        assert undo(past(action)).bans == (Removal(Action.BAN, "g1", "1", "jan@x.test", "Jan"),)


def test_what_a_reactivation_wrote_stays_and_is_told() -> None:
    assert "name stay" in told(undo(past(Action.REACTIVATE, name=("Johan", "Jan"))))


def test_an_external_id_that_was_another_one_goes_back() -> None:
    (write,) = undo(past(Action.UPDATE, external_id=("7", "1"))).writes
    assert write.record is not None
    assert write.record.external_id == "7"


def test_an_external_id_where_there_was_none_can_not_come_back() -> None:
    reversal = undo(past(Action.UPDATE, external_id=(None, "1")))
    assert not reversal.writes
    assert "there was none before" in told(reversal)


def test_an_external_id_that_is_somebody_elses_now_is_told() -> None:
    other = SubsiteUser("g2", "7", "An", "an@x.test", is_banned=False)
    reversal = undo(past(Action.UPDATE, external_id=("7", "1")), users=(JAN, other))
    assert not reversal.writes
    assert "is now that of the subsite user g2" in told(reversal)


def test_nothing_is_written_to_who_is_banned_now() -> None:
    reversal = undo(past(Action.UPDATE, name=("Johan", "Jan")), users=(replace(JAN, is_banned=True),))
    assert not reversal.writes
    assert "banned since" in told(reversal)


def test_protected_users_are_neither_banned_nor_reactivated() -> None:
    banned = replace(JAN, is_banned=True)
    for reversal in (
        undo(past(Action.CREATE), protect=("*@x.test",)),
        undo(past(Action.BAN), users=(banned,), protect=("*@x.test",)),
    ):
        assert not reversal.writes
        assert not reversal.bans
        assert "--protect" in told(reversal)


def test_deletes_groups_and_avatars_are_told_as_final() -> None:
    assert "final" in told(undo(past(Action.DELETE), users=()))
    joined = PastChange(1, Action.UPDATE, "g1", "1", "jan@x.test", {}, groups=("a",), has_avatar=True)
    assert "groups, avatar: the subsite's API can't undo it" in told(undo(joined))


def test_a_failed_ban_is_not_lifted_since_it_may_be_somebody_elses() -> None:
    reversal = undo(replace(past(Action.BAN), is_applied=False), users=(replace(JAN, is_banned=True),))
    assert not reversal.writes
    assert "reported as failed" in told(reversal)


def test_addresses_that_were_handed_on_come_back_in_order() -> None:
    users = (
        SubsiteUser("g1", "1", "A", "b@x.test", is_banned=False),
        SubsiteUser("g2", "2", "B", "c@x.test", is_banned=False),
    )
    reversal = undo(
        past(Action.UPDATE, "g1", number=1, email=("a@x.test", "b@x.test")),
        past(Action.UPDATE, "g2", number=2, email=("b@x.test", "c@x.test")),
        users=users,
    )
    assert [(write.guid, write.waits_for) for write in reversal.writes] == [("g1", None), ("g2", "g1")]


def test_addresses_that_others_hold_or_that_go_round_are_told() -> None:
    users = (
        SubsiteUser("g1", "1", "A", "b@x.test", is_banned=False),
        SubsiteUser("g2", "2", "B", "a@x.test", is_banned=False),
    )
    held = undo(past(Action.UPDATE, email=("a@x.test", "b@x.test")), users=users)
    round_trip = undo(
        past(Action.UPDATE, "g1", number=1, email=("a@x.test", "b@x.test")),
        past(Action.UPDATE, "g2", number=2, email=("b@x.test", "a@x.test")),
        users=users,
    )
    assert not held.writes
    assert "who keeps it" in told(held)
    assert not round_trip.writes
    assert len(round_trip.left) == 2


def test_all_whom_the_report_tells_of_and_the_list_shows_are_concerned() -> None:
    assert undo(past(Action.UPDATE), past(Action.UPDATE, "gone")).concerned == (JAN,)


TODAY = date(2026, 11, 24)
NO_OPTIONS = Policy()


def judge(
    reversal: Reversal,
    users: tuple[SubsiteUser, ...],
    policy: Policy = NO_OPTIONS,
    *,
    dry_run: bool = False,
) -> Plan:
    occasion = Occasion(TODAY, "gemeente.pleio.test", is_dry_run=dry_run)
    return make_reversal_plan(reversal, users, policy=policy, memory=Memory(), occasion=occasion)


def a_bad_night(people: int) -> tuple[Reversal, tuple[SubsiteUser, ...]]:
    """Everybody was banned but the first twenty, who were renamed."""
    users = tuple(
        SubsiteUser(f"g{number}", str(number), f"New {number}", f"p{number}@x.test", is_banned=number > 20)
        for number in range(1, people + 1)
    )
    changes = [
        past(Action.BAN, user.guid, number=place)
        if user.is_banned
        else past(Action.UPDATE, user.guid, number=place, name=(f"Old {place}", user.name))
        for place, user in enumerate(users, 1)
    ]
    return undo(*changes, users=users), users


def test_a_reversal_passes_through_the_fuses_like_any_plan() -> None:
    reversal, users = a_bad_night(300)
    made = judge(reversal, users)
    assert {fuse.fuse for fuse in made.refusing} == {"reactivations"}
    assert "--max-removals 280" in explain_fuse(made.refusing[0])


def test_a_reversal_can_be_approved() -> None:
    reversal, users = a_bad_night(300)
    shown = judge(reversal, users, dry_run=True).approval
    assert shown is not None
    made = judge(reversal, users, Policy(approved=Code.parse(shown.code)))
    assert not made.is_refused
    assert len(made.changes) == 300


def test_a_reversal_waits_where_changes_wait_for_approval() -> None:
    reversal, users = a_bad_night(30)
    made = judge(reversal, users, Policy(approval="all"))
    assert made.changes == ()
    assert made.awaiting is not None


def test_a_reversal_says_that_the_next_sync_does_it_again() -> None:
    reversal, users = a_bad_night(30)
    assert [warning.code for warning in judge(reversal, users).warnings] == ["source_unchanged"]
    assert judge(undo(), (JAN,)).warnings == ()


def test_what_was_put_back_by_hand_is_done_again_by_the_next_sync_too() -> None:
    back = undo(past(Action.UPDATE, name=("Jan", "Joop")))
    assert [warning.code for warning in judge(back, (JAN,)).warnings] == ["source_unchanged"]
    never_done = undo(replace(past(Action.UPDATE, name=("Jan", "Joop")), is_applied=False))
    assert judge(never_done, (JAN,)).warnings == ()
    gone = undo(past(Action.DELETE, "g9"))
    assert judge(gone, (JAN,)).warnings == ()


def test_a_reversal_holds_no_write_twice_for_a_user() -> None:
    reversal = undo(past(Action.UPDATE, name=("Johan", "Jan")))
    assert [type(change) for change in (*reversal.writes, *reversal.bans)] == [Write]
