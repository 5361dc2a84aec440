"""Tests of undoing a run."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, Guid, Memory, Removal, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.revert import PastChange, plan_reversal
from tests.unit.core.builders import figures, only_write, warnings, writes

JAN = SubsiteUser("g1", "1", "Jan", "jan@x.test", is_banned=False, profile={"job": "clerk"})


def past(
    action: Action, guid: Guid | None = "g1", *, number: int = 1, **fields: tuple[str | None, str | None]
) -> PastChange:
    named = {name.replace("__", "."): pair for name, pair in fields.items()}
    return PastChange(number, action, guid, "1", "jan@x.test", named)


NO_OPTIONS = Policy()
A_NIGHT = Occasion(date(2026, 11, 24), "gemeente.pleio.test", is_dry_run=False)


def undo(
    *changes: PastChange,
    users: Sequence[SubsiteUser] = (JAN,),
    policy: Policy = NO_OPTIONS,
    occasion: Occasion = A_NIGHT,
) -> Plan:
    return plan_reversal(changes, users, policy=policy, memory=Memory(), occasion=occasion)


def told(made: Plan) -> str:
    return " ".join(finding.message for finding in made.problems)


def test_values_that_stand_as_the_run_left_them_go_back() -> None:
    made = undo(past(Action.UPDATE, name=("Johan", "Jan"), profile__job=("", "clerk")))
    write = only_write(made)
    assert write.fields == {"name": ("Jan", "Johan"), "profile.job": ("clerk", "")}
    assert write.record is not None
    assert (write.record.name, write.record.email, write.record.profile) == ("Johan", "jan@x.test", {"job": ""})
    assert write.record.external_id is None
    assert not made.problems


def test_a_value_that_was_changed_since_is_left_and_told() -> None:
    made = undo(past(Action.UPDATE, name=("Johan", "Joop")))
    assert not writes(made)
    assert "name: changed since" in told(made)


def test_a_value_that_went_back_already_is_no_change() -> None:
    made = undo(past(Action.UPDATE, name=("Jan", "Joop"), email=("JAN@x.test", "joop@x.test")))
    assert (made.changes, made.problems) == ((), ())


def test_who_was_banned_is_unbanned() -> None:
    made = undo(past(Action.BAN), users=(replace(JAN, is_banned=True),))
    write = only_write(made)
    assert (write.action, write.record) == (Action.REACTIVATE, None)


def test_who_was_created_or_reactivated_is_banned() -> None:
    for action in (Action.CREATE, Action.REACTIVATE):
        assert undo(past(action)).changes == (Removal(Action.BAN, "g1", "1", "jan@x.test", "Jan"),)


def test_what_a_reactivation_wrote_stays_and_is_told() -> None:
    assert "name stay" in told(undo(past(Action.REACTIVATE, name=("Johan", "Jan"))))


def test_an_external_id_that_was_another_one_goes_back() -> None:
    write = only_write(undo(past(Action.UPDATE, external_id=("7", "1"))))
    assert write.record is not None
    assert write.record.external_id == "7"


def test_an_external_id_where_there_was_none_can_not_come_back() -> None:
    made = undo(past(Action.UPDATE, external_id=(None, "1")))
    assert not writes(made)
    assert "there was none before" in told(made)


def test_an_external_id_that_is_somebody_elses_now_is_told() -> None:
    other = SubsiteUser("g2", "7", "An", "an@x.test", is_banned=False)
    made = undo(past(Action.UPDATE, external_id=("7", "1")), users=(JAN, other))
    assert not writes(made)
    assert "is now that of the subsite user g2" in told(made)


def test_nothing_is_written_to_who_is_banned_now() -> None:
    made = undo(past(Action.UPDATE, name=("Johan", "Jan")), users=(replace(JAN, is_banned=True),))
    assert not writes(made)
    assert "banned since" in told(made)


def test_protected_users_are_neither_banned_nor_reactivated() -> None:
    banned = replace(JAN, is_banned=True)
    protect = Policy(protect=("*@x.test",))
    for made in (undo(past(Action.CREATE), policy=protect), undo(past(Action.BAN), users=(banned,), policy=protect)):
        assert made.changes == ()
        assert "--protect" in told(made)


def test_deletes_groups_and_avatars_are_told_as_final() -> None:
    assert "final" in told(undo(past(Action.DELETE), users=()))
    joined = PastChange(1, Action.UPDATE, "g1", "1", "jan@x.test", {}, groups=("a",), has_avatar=True)
    assert "groups, avatar: the subsite's API can't undo it" in told(undo(joined))


def test_a_failed_ban_is_not_lifted_since_it_may_be_somebody_elses() -> None:
    made = undo(replace(past(Action.BAN), is_applied=False), users=(replace(JAN, is_banned=True),))
    assert not writes(made)
    assert "reported as failed" in told(made)


def test_addresses_that_were_handed_on_come_back_in_order() -> None:
    users = (
        SubsiteUser("g1", "1", "A", "b@x.test", is_banned=False),
        SubsiteUser("g2", "2", "B", "c@x.test", is_banned=False),
    )
    made = undo(
        past(Action.UPDATE, "g1", number=1, email=("a@x.test", "b@x.test")),
        past(Action.UPDATE, "g2", number=2, email=("b@x.test", "c@x.test")),
        users=users,
    )
    assert [(write.guid, write.waits_for) for write in writes(made)] == [("g1", None), ("g2", "g1")]


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
    assert not writes(held)
    assert "who keeps it" in told(held)
    assert not writes(round_trip)
    assert len(round_trip.problems) == 2


def test_changes_are_of_all_whom_the_report_tells_of_and_the_list_shows() -> None:
    users = [replace(JAN, guid=f"g{number}", external_id=str(number)) for number in range(12)]
    made = undo(*(past(Action.UPDATE, f"g{number}", name=("Johan", "Jan")) for number in range(2, 14)), users=users)
    assert figures(made, "changed.name") == (10, 10, 3, True)


def a_bad_night(people: int) -> tuple[list[PastChange], list[SubsiteUser]]:
    """Everybody was banned but the first twenty, who were renamed."""
    users = [
        SubsiteUser(f"g{number}", str(number), f"New {number}", f"p{number}@x.test", is_banned=number > 20)
        for number in range(1, people + 1)
    ]
    changes = [
        past(Action.BAN, user.guid, number=place)
        if user.is_banned
        else past(Action.UPDATE, user.guid, number=place, name=(f"Old {place}", user.name))
        for place, user in enumerate(users, 1)
    ]
    return changes, users


def test_a_reversal_passes_through_the_fuses_like_any_plan() -> None:
    changes, users = a_bad_night(300)
    made = undo(*changes, users=users)
    assert {fuse.fuse for fuse in made.refusing} == {"reactivations"}
    assert "--max-removals 280" in explain_fuse(made.refusing[0])


def test_a_reversal_can_be_approved() -> None:
    changes, users = a_bad_night(300)
    shown = undo(*changes, users=users, occasion=replace(A_NIGHT, is_dry_run=True)).approval
    assert shown is not None
    made = undo(*changes, users=users, policy=Policy(approved=Code.parse(shown.code)))
    assert not made.is_refused
    assert len(made.changes) == 300


def test_a_reversal_waits_where_changes_wait_for_approval() -> None:
    changes, users = a_bad_night(30)
    made = undo(*changes, users=users, policy=Policy(approval="all"))
    assert made.changes == ()
    assert made.awaiting is not None


def test_a_reversal_says_that_the_next_sync_does_it_again() -> None:
    changes, users = a_bad_night(30)
    assert warnings(undo(*changes, users=users)) == [("source_unchanged", None)]
    assert undo().warnings == ()


def test_what_was_put_back_by_hand_is_done_again_by_the_next_sync_too() -> None:
    back = past(Action.UPDATE, name=("Jan", "Joop"))
    assert warnings(undo(back)) == [("source_unchanged", None)]
    assert undo(replace(back, is_applied=False)).warnings == ()
    assert undo(past(Action.DELETE, "g9")).warnings == ()


def test_who_was_put_back_only_partly_is_done_again_too() -> None:
    half = past(Action.UPDATE, name=("Jan", "Joop"), email=("a@x.test", "b@x.test"))
    assert "email: changed since" in told(undo(half))
    assert warnings(undo(half)) == [("source_unchanged", None)]
    nothing = past(Action.UPDATE, name=("Johan", "Joop"), email=("a@x.test", "b@x.test"))
    assert "name, email: changed since" in told(undo(nothing))
    assert undo(nothing).warnings == ()
