"""One person explained: rows, users, what would be done, and what holds it up."""

from collections.abc import Iterable
from datetime import date

import pytest

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.explain import explain
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Avatar, Memory, NotTaken, Remembered, SourceReading, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import BAN, DELETE, NOTHING_KNOWN, reading, remember, row, skipped, user

BANNED = user(banned=True)


def explained(
    wanted: str,
    source: SourceReading,
    users: Iterable[SubsiteUser],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    memory: Memory = NOTHING_KNOWN,
) -> str:
    matching = match_rows(source, users)
    draft = draft_plan(matching, source, memory=memory, policy=policy, avatars={}, now_s=1_000_000.0)
    return "\n".join(explain(wanted, draft, memory, today=date(2026, 11, 24)))


@pytest.mark.parametrize(
    ("source", "users", "policy", "said"),
    [
        (reading(row()), [user()], BAN, "nothing: the user already matches the row"),
        (reading(row(name="Ann")), [user()], BAN, "  name: Anna de Wit -> Ann"),
        (reading(row(groups=("g1", "g2"))), [user()], BAN, "  groups: g1, g2"),
        (reading(row()), [], BAN, "matches no user, neither by external_id nor by e-mail\n  create:"),
        (reading(row(external_id=None), columns=()), [user()], BAN, "line 2 is user u1, by e-mail"),
        (
            reading(row()),
            [BANNED],
            BAN,
            "nothing (stays_banned): Line 2 (Anna de Wit, external_id P1): the subsite user u1 is banned",
        ),
        (reading(row()), [BANNED], Policy(reactivate=True), "reactivate (banned_elsewhere):"),
        (reading(row(external_id="P2")), [user()], BAN, "whose external_id is P1; the address may have been passed on"),
        (
            reading(row(), row(3, "P2", "b@x.test")),
            [user(email="b@x.test"), user("u2", "P2", "c@x.test")],
            BAN,
            "nothing (handed_over): Line 3",
        ),
    ],
)
def test_a_row_is_explained_by_its_rule(
    source: SourceReading, users: list[SubsiteUser], policy: Policy, said: str
) -> None:
    key = "P2" if len(source.users) > 1 else "anna@gemeente.test"
    assert said in explained(key, source, users, policy)


@pytest.mark.parametrize(
    ("wanted", "policy", "said"),
    [
        ("P1", BAN, "nothing (other_person): Line 2 (Kim Bakker, external_id P1)"),
        ("P1", Policy(relink=True, only="P1"), "  name: Anna de Wit -> Kim Bakker"),
        ("P2", BAN, "nothing (handed_over): Line 3 (Bram Smit, external_id P2): its e-mail c@x.test is held"),
        ("P3", BAN, "nothing (handed_over): Line 4 (Carla Post, external_id P3): it replaces the e-mail"),
        ("P9", BAN, "nothing (taken): Line 5 (Dirk Nieuw, external_id P9): its e-mail b@x.test is held"),
        ("P2", Policy(relink=True, only="P2"), "it waits for user u3, who has to give up the e-mail first"),
        ("P9", Policy(force=True), "it waits for user u2, who has to give up the e-mail first"),
    ],
)
def test_who_would_get_anothers_account_is_explained(wanted: str, policy: Policy, said: str) -> None:
    rows = [
        row(2, "P1", "kim@x.test", "Kim Bakker"),
        row(3, "P2", "c@x.test", "Bram Smit"),
        row(4, "P3", "d@x.test", "Carla Post"),
        row(5, "P9", "b@x.test", "Dirk Nieuw"),
    ]
    users = [user(), user("u2", "P2", "b@x.test", "Bram Smit"), user("u3", "P3", "c@x.test", "Carla Post")]
    assert said in explained(wanted, reading(*rows), users, policy)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            reading(skipped=[skipped(41, code="ragged_row", cells=("x", "anna@gemeente.test"))]),
            "user u1 stays: line 41, which can't be read reliably, contains the e-mail",
        ),
        (reading(row(5, "P9", "new@x.test", "Anna de Wit (P1)")), "user u1 stays: line 5 contains the external_id"),
        (
            reading(row(5, "P2", "other@x.test", "Wit, Anna de")),
            "user u1 stays: line 5, which is refused (other_person), contains the name",
        ),
        (
            reading(row(5, "P9", "new@x.test")),
            "user u1 stays: line 5, which is refused (same_name), contains the name",
        ),
    ],
    ids=["torn", "the own cells of a good row", "refused", "a newcomer"],
)
def test_a_trace_says_where_it_was_found(source: SourceReading, said: str) -> None:
    users = [user(), user("u2", "P2", "kim@x.test", "Kim Bos")]
    assert said in explained("P1", source, users, DELETE)


def test_a_skipped_row_protects_whom_it_may_be_about() -> None:
    said = explained("P1", reading(skipped=[skipped(2, "P1")]), [user()], DELETE)
    assert "line 2: skipped (missing_name)" in said
    assert "user u1 stays: line 2, which is skipped (missing_name), contains the external_id" in said


@pytest.mark.parametrize(
    ("source", "users", "why"),
    [
        (
            reading(row(2, "17")),
            [user("u1", "0017", "b@x.test")],
            "the external_id of line 2 differs only in leading zeros",
        ),
        (
            reading(skipped=[skipped(2, "17")]),
            [user("u1", "0017", "b@x.test")],
            "the external_id of line 2 differs only in leading zeros",
        ),
        (
            reading(row(2, "p1", "i@x.test")),
            [user("u2", "P1", "a@x.test"), user("u1", "p1", "b@x.test")],
            "named by line 2, which is about somebody else",
        ),
    ],
    ids=["zeros that a row lost", "zeros that a skipped row lost", "a shared external_id"],
)
def test_a_user_whom_a_refused_row_may_be_about_is_said_to_stay(
    source: SourceReading, users: list[SubsiteUser], why: str
) -> None:
    said = explained("b@x.test", source, users, BAN)
    assert f"user u1 stays: {why}" in said


def test_a_user_with_the_address_of_another_ones_row_is_said_to_be_named_by_it() -> None:
    source = reading(row(2, "P1", "b@x.test"))
    said = explained("b@x.test", source, [user(), user("u2", "P2", "b@x.test")], BAN)
    assert "user u2 stays: named by line 2, which is about somebody else" in said


@pytest.mark.parametrize(
    ("absent", "policy", "said"),
    [
        (user(), Policy(), "neither --ban nor --delete is on"),
        (user(), BAN, "ban user u1: no row names this user"),
        (user(), DELETE, "delete user u1: no row names this user"),
        (user(), Policy(removal=BAN.removal, protect=("anna@*",)), "they are protected"),
        (user(email="x@localhost"), BAN, "they are protected"),
        (user(), Policy(removal=BAN.removal, scope=("*@elders.test",)), "they are outside --scope"),
        (BANNED, BAN, "they are banned already"),
        (BANNED, Policy(removal=DELETE.removal, grace_s=86_400.0), "with a run every night, delete from 2026-11-25"),
        (user(external_id=None), BAN, "they have no external_id"),
        (user(external_id=None), Policy(removal=BAN.removal), "they have no external_id (--only-linked is not set)"),
        (
            user(),
            Policy(removal=BAN.removal, grace_s=86_400.0),
            "they have not been absent for long enough yet (--grace); with a run every night, ban from 2026-11-25",
        ),
    ],
)
def test_a_user_in_no_row_is_explained(absent: SubsiteUser, policy: Policy, said: str) -> None:
    assert said in explained(absent.email, reading(row(9, "P9", "i@x.test", "Ineke Bos")), [absent], policy)


def test_a_removal_that_is_withheld_says_why() -> None:
    source = reading(row(9, "P9", "i@x.test", "Ineke Bos"), skipped=[skipped(3)])
    assert "ban user u1: no row names this user; withheld: line 3 (missing_name)" in explained(
        "P1", source, [user()], BAN
    )


def test_users_who_share_a_key_are_told_apart() -> None:
    said = explained("P1", reading(row(9, "P9", "i@x.test", "Ineke Bos")), [user(), user("u2", "p1", "b@x.test")], BAN)
    assert said.count("they share an external_id or e-mail with another user") == 2


def test_what_the_state_remembers_is_shown() -> None:
    remembered = Remembered(
        groups=frozenset({"g2", "g1"}),
        avatar=Avatar("", "d", 1, 2),
        not_taken={"name": NotTaken(b"x", 0.0)},
        banned_by_us=True,
    )
    said = explained("P1", reading(row()), [BANNED], memory=remember(remembered=remembered))
    for line in (
        "banned by this client, according to the state",
        "groups sent before: g1, g2",
        "an avatar was sent before",
        "values that the subsite did not take: name",
    ):
        assert line in said


def test_a_key_that_nobody_has_gives_nothing() -> None:
    assert explained("P7", reading(row()), [user()]) == ""
