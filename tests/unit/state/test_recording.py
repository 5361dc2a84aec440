"""How what became of a change alters what is remembered."""

from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import digest
from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Change,
    NotTaken,
    Outcome,
    Record,
    Remembered,
    Removal,
    Status,
    Step,
    Write,
)
from pleio_profile_sync_client.state.recording import learn_outcome

SALT = b"zout"
NOW_S = 1e9
AVATAR = Avatar("fatma.jpg", "d1", 10, 20)
RECORD = Record("Fatma Yildiz", "Fatma@Gemeente.test", "P7", {"phone": "06"}, ("g1", "g2"))
UPDATE = Write(
    Action.UPDATE,
    "u1",
    7,
    "P7",
    "fatma@gemeente.test",
    RECORD,
    {"name": ("Fatma", "Fatma Yildiz"), "profile.phone": ("", "06")},
    AVATAR,
)
BAN = Removal(Action.BAN, "u1", "P7", "fatma@gemeente.test", "Fatma Yildiz")


def applied(*steps: Step, not_taken: dict[str, str] | None = None) -> Outcome:
    return Outcome(Status.APPLIED, "u1", steps=steps, avatar=AVATAR, not_taken=not_taken or {})


def learnt(known: Remembered, change: Change, outcome: Outcome) -> Remembered:
    after = learn_outcome(known, change, outcome, SALT, NOW_S)
    assert after is not None
    return after


def test_a_written_user_is_remembered_by_the_groups_and_by_digests_of_name_and_email() -> None:
    assert learnt(Remembered(), UPDATE, applied(Step.USER)) == Remembered(
        groups=frozenset({"g1", "g2"}),
        name_digest=digest(SALT, "Fatma Yildiz"),
        email_digest=digest(SALT, "fatma@gemeente.test"),
    )


def test_groups_that_were_sent_join_those_that_are_known() -> None:
    known = Remembered(groups=frozenset({"g0", "g1"}))
    after = learnt(known, UPDATE, applied(Step.USER))
    assert after.groups == frozenset({"g0", "g1", "g2"})


def test_an_avatar_is_remembered_only_when_it_was_sent() -> None:
    without = learnt(Remembered(), UPDATE, applied(Step.USER))
    assert without.avatar is None
    with_it = learnt(Remembered(), UPDATE, applied(Step.USER, Step.AVATAR))
    assert with_it.avatar == AVATAR


def test_the_avatar_that_was_really_sent_counts_and_not_the_planned_one() -> None:
    sent = Avatar("fatma.jpg", "d2", 11, 21)
    outcome = Outcome(Status.APPLIED, "u1", steps=(Step.AVATAR,), avatar=sent)
    assert learnt(Remembered(), UPDATE, outcome) == Remembered(avatar=sent)


def test_a_ban_is_ours_until_it_is_lifted() -> None:
    banned = learnt(Remembered(), BAN, applied(Step.BAN))
    assert banned == Remembered(banned_by_us=True)
    assert learnt(banned, UPDATE, applied(Step.UNBAN)) == Remembered()


def test_an_update_lifts_a_ban_as_well() -> None:
    after = learnt(Remembered(banned_by_us=True), UPDATE, applied(Step.USER))
    assert not after.banned_by_us


def test_a_deleted_user_is_forgotten() -> None:
    delete = Removal(Action.DELETE, "u1", "P7", "fatma@gemeente.test", "Fatma Yildiz")
    assert learn_outcome(Remembered(groups=frozenset({"g"})), delete, applied(Step.DELETE), SALT, NOW_S) is None


def test_nothing_is_learnt_from_a_change_without_a_step() -> None:
    known = Remembered(groups=frozenset({"g"}))
    assert learnt(known, UPDATE, Outcome(Status.FAILED, "u1")) == known


def test_a_value_that_was_not_taken_is_remembered_by_its_digest_and_when() -> None:
    after = learnt(Remembered(), UPDATE, applied(Step.USER, not_taken={"profile.phone": "06"}))
    assert after.not_taken == {"profile.phone": NotTaken(digest(SALT, "06"), NOW_S)}


def test_the_mark_goes_when_the_value_is_taken() -> None:
    known = Remembered(not_taken={"profile.phone": NotTaken(digest(SALT, "06"), 5.0)})
    after = learnt(known, UPDATE, applied(Step.USER))
    assert after.not_taken == {}


def test_the_mark_goes_when_another_value_of_the_field_is_sent() -> None:
    known = Remembered(not_taken={"profile.phone": NotTaken(digest(SALT, "former"), 5.0)})
    after = learnt(known, UPDATE, applied(Step.USER))
    assert after.not_taken == {}


def test_the_mark_of_an_email_stays_while_the_users_own_email_is_sent_with_another_change() -> None:
    known = Remembered(not_taken={"email": NotTaken(digest(SALT, "fatma.yildiz@gemeente.test"), 5.0)})
    after = learnt(known, UPDATE, applied(Step.USER))
    assert after.not_taken == known.not_taken


def test_absence_is_left_to_be_noted_by_itself() -> None:
    known = Remembered(absent_s=5.0, counted_s=6.0)
    after = learnt(known, replace(UPDATE, record=None), applied(Step.AVATAR))
    assert after == Remembered(avatar=AVATAR, absent_s=5.0, counted_s=6.0)


def test_groups_that_nothing_is_known_of_stay_unknown_while_none_are_sent() -> None:
    without = replace(UPDATE, record=replace(RECORD, groups=()))
    after = learnt(Remembered(), without, applied(Step.USER))
    assert after.groups is None
