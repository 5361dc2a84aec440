"""Tests of the code that an administrator signs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pleio_profile_sync_client.core.approval_code import Code, explain_difference, make_code
from pleio_profile_sync_client.core.models import Action, Avatar, Change, Record, Removal, Write

DAY = date(2026, 11, 24)
SITE = "https://gemeente.pleio.test/profile_sync_api"

CREATE = Write(
    action=Action.CREATE,
    guid=None,
    line=2,
    external_id="1",
    email="jan@x.test",
    record=Record("Jan", "jan@x.test", "1", {"occupation": "clerk"}, ("g1", "g2")),
    fields={"name": (None, "Jan"), "email": (None, "jan@x.test"), "profile.occupation": (None, "clerk")},
    avatar=Avatar("jan.jpg", "d1", 10, 5),
)
UPDATE = Write(
    action=Action.UPDATE,
    guid="u2",
    line=3,
    external_id="2",
    email="an@x.test",
    record=Record("An", "an@x.test"),
    fields={"name": ("Ann", "An")},
)
BAN = Removal(Action.BAN, "u3", "3", "piet@x.test", "Piet")


def code(*changes: Change, day: date = DAY, destination: str = SITE) -> Code:
    return make_code("plan", changes, day=day, destination=destination)


def test_a_code_tells_what_it_covers_the_day_and_the_counts() -> None:
    assert str(code(CREATE, UPDATE, BAN)).startswith("plan-20261124-c1u1b1-")
    assert str(make_code("removals", [CREATE, UPDATE, BAN], day=DAY, destination=SITE)).startswith(
        "removals-20261124-b1-"
    )


def test_a_code_holds_nothing_personal() -> None:
    text = str(code(CREATE, UPDATE, BAN))
    assert not any(personal in text for personal in ("jan", "piet", "x.test", "clerk"))


def test_the_order_of_changes_and_their_lines_do_not_count() -> None:
    assert code(CREATE, UPDATE, BAN) == code(BAN, replace(UPDATE, line=99), CREATE)


def test_the_order_of_groups_does_not_count() -> None:
    assert CREATE.record is not None
    assert code(CREATE) == code(replace(CREATE, record=replace(CREATE.record, groups=("g2", "g1"))))


def test_an_avatar_counts_by_its_bytes() -> None:
    assert CREATE.avatar is not None
    assert code(CREATE) == code(replace(CREATE, avatar=replace(CREATE.avatar, path="other.jpg", mtime_ns=9)))
    assert code(CREATE) != code(replace(CREATE, avatar=replace(CREATE.avatar, digest="d2")))


@pytest.mark.parametrize(
    "other",
    [
        replace(UPDATE, fields={"name": ("Ann", "Ann ")}),
        replace(UPDATE, fields={"name": ("Anne", "An")}),
        replace(UPDATE, fields={"profile.name": ("Ann", "An")}),
        replace(UPDATE, guid="u4"),
        replace(UPDATE, action=Action.REACTIVATE),
        replace(UPDATE, marks=("relinked",)),
        replace(UPDATE, email="an@y.test"),
        replace(UPDATE, record=Record("An", "an@x.test", groups=("g1",))),
    ],
)
def test_whatever_differs_in_a_change_changes_the_code(other: Write) -> None:
    assert code(CREATE, other, BAN) != code(CREATE, UPDATE, BAN)


def test_another_day_or_subsite_is_another_code() -> None:
    assert code(CREATE).digest != code(CREATE, day=date(2026, 11, 25)).digest
    assert code(CREATE).digest != code(CREATE, destination="https://other.pleio.test/profile_sync_api").digest


def test_the_code_of_removals_leaves_other_changes_aside() -> None:
    def removals(*changes: Change) -> Code:
        return make_code("removals", changes, day=DAY, destination=SITE)

    assert removals(BAN) == removals(CREATE, BAN, UPDATE)
    assert removals(BAN).digest != code(BAN).digest


def test_a_code_is_read_as_it_is_shown_in_any_case() -> None:
    shown = code(CREATE, UPDATE, BAN)
    assert Code.parse(f" {str(shown).upper()} ") == shown


@pytest.mark.parametrize("text", ["", "plan", "36", "plan-20261332-c1-aaaaaaaaaaaaaaaa", "plan-20261124-x1-abc"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Code.parse(text)


def test_the_same_plan_holds_for_seven_days() -> None:
    approved = code(CREATE, BAN)
    assert explain_difference(approved, approved, today=DAY) is None
    assert explain_difference(approved, approved, today=date(2026, 12, 1)) is None
    assert "expired" in str(explain_difference(approved, approved, today=date(2026, 12, 2)))
    assert "clock" in str(explain_difference(approved, approved, today=date(2026, 11, 23)))


def test_a_difference_is_told_in_counts() -> None:
    message = explain_difference(code(CREATE, BAN), code(CREATE, UPDATE), today=DAY)
    assert message is not None
    assert "1 create, 1 ban then, 1 create, 1 update now" in message


def test_other_people_in_the_same_counts_are_told_as_such() -> None:
    message = explain_difference(code(BAN), code(replace(BAN, guid="u9")), today=DAY)
    assert message is not None
    assert "still 1 ban" in message


texts = st.text(max_size=6)
changes = st.lists(
    st.one_of(
        st.builds(
            Write,
            action=st.sampled_from([Action.CREATE, Action.UPDATE]),
            guid=st.none() | texts,
            line=st.integers(2, 9),
            external_id=st.none() | texts,
            email=texts,
            record=st.none(),
            fields=st.dictionaries(texts, st.tuples(st.none() | texts, st.none() | texts), max_size=2),
        ),
        st.builds(Removal, st.just(Action.BAN), texts, st.none() | texts, texts, texts),
    ),
    max_size=4,
)


def _meaning(plan: list[Change]) -> list[str]:
    return sorted(repr(replace(change, line=0) if isinstance(change, Write) else change) for change in plan)


@given(changes, changes)
def test_plans_have_the_same_code_just_if_they_do_the_same(one: list[Change], other: list[Change]) -> None:
    assert (code(*one) == code(*other)) == (_meaning(one) == _meaning(other))
