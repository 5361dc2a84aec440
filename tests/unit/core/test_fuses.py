"""The limits, to the unit; what each fuse counts, and of how many, seen in the fuses of small plans."""

from collections.abc import Iterable
from fractions import Fraction

import pytest

from pleio_profile_sync_client.core.fuses import above, below, check_changes, explain_fuse, explain_way_out
from pleio_profile_sync_client.core.models import Action, Fuse, Memory, Remembered, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Limit, Policy
from tests.unit.core.builders import (
    BAN,
    DELETE,
    SALT,
    digest_of,
    digest_of_email,
    figures,
    number,
    people,
    percent,
    plan,
    problems,
    reading,
    row,
    skipped,
    tripped,
    user,
)

PEOPLE_ROWS, PEOPLE_USERS = people(12)


def chain_of(length: int) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """People of whom each takes the next one's address."""
    rows, users = people(length)
    return [
        row(one.line, one.external_id, f"n{n + 1}@gemeente.test", one.name) for n, one in enumerate(rows, start=1)
    ], users


@pytest.mark.parametrize(
    ("limit", "total", "most"),
    [
        (percent("10"), 100, 10),
        (percent("10"), 101, 11),
        (percent("10"), 3, 1),
        (percent("0"), 100, 0),
        (number(36), 100, 36),
        (number(0), 100, 0),
    ],
)
def test_a_limit_is_the_most_that_passes(limit: Limit, total: int, most: int) -> None:
    assert above("creates", most, total, limit) == Fuse("creates", most, total, most, tripped=False)
    assert above("creates", most + 1, total, limit) == Fuse("creates", most + 1, total, most, tripped=True)


@pytest.mark.parametrize(
    ("limit", "least"), [(percent("50"), 50), (percent("50.5"), 51), (number(40), 40), (percent("0"), 0)]
)
def test_a_limit_that_is_the_least_trips_below_it(limit: Limit, least: int) -> None:
    assert below("matched", least, 100, limit) == Fuse("matched", least, 100, least, tripped=False)
    assert below("matched", least - 1, 100, limit) == Fuse("matched", least - 1, 100, least, tripped=True)


@pytest.mark.parametrize(("total", "exists"), [(9, False), (10, True)])
def test_changes_are_a_share_of_ten_users_or_more(total: int, exists: bool) -> None:
    fuses = list(check_changes([("changed.name", 5, total)], Policy(max_changes=number(3))))
    assert fuses == ([Fuse("changed.name", 5, total, 3, tripped=True)] if exists else [])


@pytest.mark.parametrize(("matched", "limit"), [(0, 3), (1, 3), (300, 3), (301, 4), (1000, 10), (1001, 11)])
def test_handed_over_is_one_per_cent_and_at_least_three(matched: int, limit: int) -> None:
    assert figures(plan(*people(matched)), "handed_over") == (0, matched, limit, False)


def test_no_option_but_force_moves_the_limit_of_handed_over() -> None:
    policy = Policy(max_changes=percent("100"), max_removals=percent("100"), min_matched=percent("0"))
    assert figures(plan(*chain_of(15), policy), "handed_over") == (4, 15, 3, True)
    assert "--force" in explain_fuse(Fuse("handed_over", 4, 15, 3, tripped=True))


@pytest.mark.parametrize("off", [percent("0"), number(0)])
def test_matched_is_off_at_zero(off: Limit) -> None:
    strangers = [row(2, "X", "x@y.test", "Kim Bos")]
    assert tripped(plan(strangers, PEOPLE_USERS)) == ["matched"]
    assert figures(plan(strangers, PEOPLE_USERS, Policy(min_matched=off)), "matched") is None


def test_a_calm_plan_trips_nothing() -> None:
    assert tripped(plan(*people(100), DELETE)) == []


@pytest.mark.parametrize(
    ("fuse", "option"),
    [
        (Fuse("removals", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("removals_banned", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("reactivations", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("changed.name", 36, 100, 30, tripped=True), "--max-changes 36"),
        (Fuse("emptied.profile.functie", 36, 100, 30, tripped=True), "--max-changes 36"),
        (Fuse("matched", 12, 100, 50, tripped=True), "--min-matched 12"),
        (Fuse("handed_over", 12, 100, 3, tripped=True), "--force"),
        (Fuse("creates", 120, 100, 50, tripped=True), "--max-creates 120"),
        (Fuse("changed.groups", 36, 100, 30, tripped=True), "--max-changes 36"),
        (Fuse("listed", 80, 100, 90, tripped=True), "--min-listed 80"),
    ],
)
def test_a_tripped_fuse_gives_the_figures_and_the_option_that_would_let_it_pass(fuse: Fuse, option: str) -> None:
    said = explain_fuse(fuse)
    assert option in said
    for figure in (fuse.value, fuse.of, fuse.limit):
        assert str(figure) in said
    assert "\n" not in said


def test_an_option_that_moves_several_fuses_lets_all_of_them_pass() -> None:
    """With `--max-changes 5`, the names that 30 % let pass would trip."""
    few = Fuse("emptied.profile.functie", 5, 10, 3, tripped=True)
    many = Fuse("changed.name", 250, 1000, 300, tripped=False)
    assert explain_fuse(few, (few, many)).endswith("--max-changes 250")
    assert explain_way_out((few, many)) == "--max-changes 250"


def test_all_options_that_a_plan_needs_are_named_together() -> None:
    creates = Fuse("creates", 1000, 12, 6, tripped=True)
    names = Fuse("changed.name", 11, 12, 4, tripped=True)
    passed = Fuse("removals", 2, 12, 2, tripped=False)
    handed_over = Fuse("handed_over", 9, 12, 3, tripped=True)
    assert explain_way_out((passed, creates, names)) == "--max-creates 1000 --max-changes 11"
    assert explain_way_out((creates, handed_over)) == "--force"


def test_a_fuse_of_one_field_names_it() -> None:
    assert "profile.functie" in explain_fuse(Fuse("emptied.profile.functie", 1, 10, 3, tripped=False))


@pytest.mark.parametrize("value", [1, 7, 99])
def test_the_option_with_this_plans_figure_lets_it_pass(value: int) -> None:
    exactly = Limit(Fraction(value))
    assert not above("removals", value, 100, exactly).tripped
    assert not below("matched", value, 100, exactly).tripped


def test_removals_are_active_users_of_the_active_ones_that_may_be_removed() -> None:
    users = [
        *PEOPLE_USERS,
        user("a1", "A1", "a1@gemeente.test"),
        user("b1", "B1", "b1@gemeente.test", banned=True),
        user("p1", "X1", "x1@beheer.test"),
        user("g1", None, "gast@elders.test"),
        user("s1", None, "externalcontent@localhost", banned=True),
    ]
    delete = Policy(removal=Action.DELETE, only_linked=True, protect=("*@beheer.test",))
    made = plan(PEOPLE_ROWS, users, delete)
    assert figures(made, "removals") == (1, 13, 2, False)
    assert figures(made, "removals_banned") == (1, 14, 2, False)
    made = plan(PEOPLE_ROWS, users, Policy(removal=Action.DELETE, only_linked=False, protect=("*@beheer.test",)))
    assert figures(made, "removals") == (2, 14, 2, False)
    assert figures(made, "removals_banned") == (1, 15, 2, False)
    made = plan(PEOPLE_ROWS, users, Policy(removal=Action.DELETE, only_linked=False, scope=("a*", "b*")))
    assert figures(made, "removals") == (1, 1, 1, False)
    assert figures(made, "removals_banned") == (1, 2, 1, False)


def test_while_it_is_undecided_users_without_external_id_do_not_count() -> None:
    users = [*PEOPLE_USERS, user("g1", None, "gast@elders.test")]
    assert figures(plan(PEOPLE_ROWS, users, Policy(removal=Action.BAN)), "removals") == (0, 12, 2, False)


def test_grace_does_not_count_for_whom_the_options_allow_to_be_removed() -> None:
    made = plan(PEOPLE_ROWS[:11], PEOPLE_USERS, Policy(removal=Action.BAN, only_linked=True, grace_s=60.0))
    assert figures(made, "removals") == (0, 12, 2, False)


def test_removal_fuses_exist_only_with_ban_or_delete() -> None:
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS), "removals") is None
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, BAN), "removals_banned") is None
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, DELETE), "removals_banned") == (0, 12, 2, False)


def test_reactivations_are_of_the_active_users() -> None:
    banned = [user("b1", "B1", "b1@gemeente.test", banned=True), user("b2", "B2", "b2@gemeente.test", banned=True)]
    rows = [*PEOPLE_ROWS, row(2, "B1", "b1@gemeente.test"), row(3, "B2", "b2@gemeente.test")]
    made = plan(rows, [*PEOPLE_USERS, *banned], Policy(reactivate=True))
    assert figures(made, "reactivations") == (2, 12, 2, False)
    made = plan(rows, [*PEOPLE_USERS, *banned])
    assert figures(made, "reactivations") == (0, 12, 2, False)


def test_changed_names_and_emails_are_of_the_matched_users() -> None:
    rows = [
        *PEOPLE_ROWS[:9],
        row(2, "N10", "n10@gemeente.test", "Ander"),
        row(3, "N11", "nieuw@gemeente.test", "Naam 11"),
        row(4, "N12", "n12@gemeente.test", "Ander"),
        row(5, "N13", "n13@gemeente.test"),
    ]
    made = plan(rows, PEOPLE_USERS)
    assert figures(made, "changed.name") == (2, 12, 4, False)
    assert figures(made, "changed.email") == (1, 12, 4, False)
    assert figures(made, "changed.external_id") == (0, 12, 4, False)


@pytest.mark.parametrize(
    ("set_back", "changed", "counted", "trips"),
    [(4, 0, 0, False), (4, 4, 4, False), (4, 5, 5, True), (5, 0, 5, True), (5, 3, 8, True)],
)
def test_what_sign_in_set_back_counts_only_where_such_alone_are_more_than_the_limit(
    set_back: int, changed: int, counted: int, trips: bool
) -> None:
    remembered = {
        f"n{n}": Remembered(name_digest=digest_of(f"Naam {n}"), email_digest=digest_of_email(f"n{n}@gemeente.test"))
        for n in range(1, set_back + 1)
    }
    users = [
        user(f"n{n}", f"N{n}", f"set.back{n}@pleio.test", f"N. {n}") if n <= set_back else PEOPLE_USERS[n - 1]
        for n in range(1, 13)
    ]
    rows = [
        row(n, f"N{n}", f"n{n}@{'nieuw' if set_back < n <= set_back + changed else 'gemeente'}.test", f"Naam {n}")
        for n in range(1, 13)
    ]
    made = plan(rows, users, memory=Memory(remembered, SALT))
    assert figures(made, "changed.email") == (counted, 12, 4, trips)


def test_an_external_id_for_a_user_without_one_is_no_changed_one() -> None:
    users = [user(f"n{n}", None, f"n{n}@gemeente.test", f"Naam {n}") for n in range(1, 13)]
    assert figures(plan(PEOPLE_ROWS, users), "changed.external_id") == (0, 12, 4, False)


def test_other_ids_and_lost_zeros_count_as_changed_external_ids() -> None:
    rows = [
        *PEOPLE_ROWS[:10],
        row(2, "X", "n11@gemeente.test"),
        row(3, "12", "nieuw@gemeente.test"),
    ]
    users = [*PEOPLE_USERS[:11], user("n12", "0012", "n12@gemeente.test")]
    made = plan(rows, users)
    assert figures(made, "changed.external_id") == (2, 12, 4, False)
    assert figures(made, "changed.name") == (0, 10, 3, False)


def test_relinked_users_count_as_changed_external_ids() -> None:
    rows = [*PEOPLE_ROWS[:11], row(2, "X", "n12@gemeente.test")]
    assert figures(plan(rows, PEOPLE_USERS, Policy(relink=True)), "changed.external_id") == (1, 12, 4, False)


def test_a_user_of_several_problems_counts_once() -> None:
    rows = [*PEOPLE_ROWS[:11], row(2, "12", "a@gemeente.test"), row(3, "012", "b@gemeente.test")]
    users = [*PEOPLE_USERS[:11], user("n12", "0012", "n12@gemeente.test")]
    assert figures(plan(rows, users), "changed.external_id") == (1, 12, 4, False)


def test_refused_and_banned_users_are_not_matched() -> None:
    rows = [*PEOPLE_ROWS[:10], row(2, "N11", "n12@gemeente.test"), row(3, "N12", "n11@gemeente.test")]
    assert figures(plan(rows, PEOPLE_USERS), "changed.name") == (0, 10, 3, False)
    users = [*PEOPLE_USERS[:11], user("n12", "N12", "n12@gemeente.test", banned=True)]
    assert figures(plan(PEOPLE_ROWS, users), "changed.name") == (0, 11, 4, False)


@pytest.mark.parametrize("count", [9, 10])
def test_changed_and_emptied_exist_from_ten_users_on(count: int) -> None:
    rows = [row(n + 1, f"N{n}", f"n{n}@x.test", "Nieuw", profile={"functie": ""}) for n in range(count)]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", "Oud", profile={"functie": "Klerk"}) for n in range(count)]
    made = plan(rows, users)
    expected = None if count < 10 else (10, 10, 3, True)
    assert figures(made, "changed.name") == expected
    assert figures(made, "emptied.profile.functie") == expected


def test_emptied_values_are_of_the_matched_users_who_have_one() -> None:
    rows = [row(n + 1, f"N{n}", f"n{n}@x.test", profile={"functie": "" if n < 2 else "Klerk"}) for n in range(20)]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", profile={"functie": "Klerk" if n < 11 else ""}) for n in range(20)]
    assert figures(plan(rows, users), "emptied.profile.functie") == (2, 11, 4, False)


def test_handed_over_counts_rows_whose_new_email_is_held_by_somebody_who_is_to_get_another() -> None:
    rows = [
        row(2, "N1", "n2@gemeente.test", "Naam 1"),
        row(3, "N2", "nieuw@gemeente.test", "Naam 2"),
        row(4, "N3", "n4@gemeente.test", "Naam 3"),
        row(5, "N4", "n3@gemeente.test", "Naam 4"),
        row(6, "N5", "n12@gemeente.test", "Naam 5"),
        row(7, "X9", "n6@gemeente.test", "Nieuw"),
        row(8, "N6", "nieuw6@gemeente.test", "Naam 6"),
    ]
    rows = [*rows, *PEOPLE_ROWS[6:11]]
    # 4 and 5 are a circle, 7 is a create that waits; 2 is held back; 6 is taken by somebody who keeps it.
    assert figures(plan(rows, PEOPLE_USERS), "handed_over") == (3, 11, 3, False)
    assert figures(plan(rows, PEOPLE_USERS, Policy(force=True)), "handed_over") == (4, 11, 3, True)


@pytest.mark.parametrize(("length", "value", "trips"), [(11, 0, False), (12, 1, False), (14, 3, False), (15, 4, True)])
def test_those_that_are_held_back_count_from_the_eleventh_on(length: int, value: int, trips: bool) -> None:
    """In a chain the head takes nobody's address, so one less than its length counts."""
    made = plan(*chain_of(length))
    assert figures(made, "handed_over") == (value, length, 3, trips)


def test_those_that_are_confirmed_one_by_one_do_not_count_and_those_that_force_passes_do() -> None:
    rows, users = chain_of(15)
    assert figures(plan(rows, users, Policy(relink=True, only="N1")), "handed_over") == (0, 15, 3, False)
    assert figures(plan(rows, users, Policy(force=True)), "handed_over") == (14, 15, 3, True)


def test_handed_over_counts_rows_behind_a_taken_one() -> None:
    rows = [row(2, "N1", "n2@gemeente.test", "Naam 1"), row(3, "N2", "n3@gemeente.test", "Naam 2")]
    assert figures(plan(rows, PEOPLE_USERS), "handed_over") == (1, 2, 3, False)


@pytest.mark.parametrize("count", [9, 10])
def test_creates_are_of_the_active_users_from_ten_on(count: int) -> None:
    _, users = people(count)
    newcomers = [row(n, f"X{n}", f"x{n}@gemeente.test") for n in range(300, 306)]
    made = plan(newcomers, [*users, user("b1", "B1", "b1@gemeente.test", banned=True)])
    assert figures(made, "creates") == (None if count < 10 else (6, 10, 5, True))


def test_the_first_run_into_an_empty_subsite_needs_no_option() -> None:
    rows, _ = people(1000)
    admin = user("a1", None, "beheer@leverancier.test", "Beheer")
    assert tripped(plan(rows, [admin, user("s1", None, "externalcontent@localhost", "")])) == []


def test_a_first_fill_that_was_cut_short_goes_on_the_next_night() -> None:
    rows, users = people(300)
    assert plan(rows, []).is_filling
    assert tripped(plan(rows, users[:60])) == ["creates"]
    going_on = plan(rows, users[:60], memory=Memory(is_filling=True))
    assert tripped(going_on) == []
    assert going_on.is_filling


def test_a_subsite_with_people_on_it_is_not_being_filled() -> None:
    rows, users = people(30)
    assert not plan(rows, users[:20]).is_filling
    assert not plan(rows[:5], users[:5]).is_filling


def shifted_names(count: int, shifted: int) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """People of whom the first `shifted` have the next one's name in the source."""
    rows, users = people(count)
    names = [one.name for one in rows]
    moved = [names[place + 1] if place < shifted else name for place, name in enumerate(names)]
    return [row(one.line, one.external_id, one.email, name) for one, name in zip(rows, moved, strict=True)], users


@pytest.mark.parametrize(("shifted", "is_refused"), [(4, False), (5, True)])
def test_names_that_have_shifted_refuse_the_plan_long_before_a_third_is_renamed(shifted: int, is_refused: bool) -> None:
    made = plan(*shifted_names(40, shifted))
    assert tripped(made) == (["handed_over.name"] if is_refused else [])
    assert figures(made, "handed_over.name") == (shifted - 1, 40, 3, is_refused)


def test_ordinary_renames_have_no_such_fuse() -> None:
    rows, users = people(40)
    rows[3] = row(rows[3].line, rows[3].external_id, rows[3].email, "Naam 4 van Dijk")
    rows[4] = row(rows[4].line, rows[4].external_id, rows[4].email, "5, Naam")
    assert figures(plan(rows, users), "handed_over.name") is None


def test_deleted_leavers_who_come_back_with_an_old_file_trip_creates() -> None:
    rows, users = people(160)
    made = plan(rows, users[:100])
    assert figures(made, "creates") == (60, 100, 50, True)
    assert tripped(plan(rows, users[:100], Policy(max_creates=number(60)))) == []


def with_values(*values: str) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """People whose function in the source is the next one's on the subsite; an empty one stays empty."""
    rows = [
        row(n, f"N{n}", f"n{n}@x.test", profile={"functie": values[n - 1] if value else ""})
        for n, value in enumerate(values)
    ]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", profile={"functie": value}) for n, value in enumerate(values)]
    return rows, users


def test_values_that_become_others_are_of_the_matched_users_who_have_one() -> None:
    made = plan(*with_values(*map(str, range(20)), "", ""))
    assert figures(made, "changed.profile.functie") == (19, 20, 6, True)
    assert figures(made, "emptied.profile.functie") == (1, 20, 6, False)
    assert figures(plan(*with_values(*map(str, range(9)))), "changed.profile.functie") is None


def test_a_value_where_there_was_none_is_no_changed_one() -> None:
    rows = [row(n, f"N{n}", f"n{n}@x.test", profile={"functie": "Klerk"}) for n in range(20)]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", profile={"functie": ""}) for n in range(20)]
    assert figures(plan(rows, users), "changed.profile.functie") is None


def knowing(groups: Iterable[frozenset[str] | None]) -> Memory:
    return Memory({f"n{n}": Remembered(groups=known) for n, known in enumerate(groups, start=1)}, SALT)


def test_users_who_would_come_into_a_group_are_of_those_whose_groups_are_known() -> None:
    rows = [row(one.line, one.external_id, one.email, one.name, groups=("g1",)) for one in PEOPLE_ROWS]
    nothing, has_it = frozenset[str](), frozenset({"g1"})
    known = knowing([nothing, nothing, nothing, nothing, *[has_it] * 7, None])
    assert figures(plan(rows, PEOPLE_USERS, memory=known), "changed.groups") == (4, 11, 4, False)
    known = knowing([nothing] * 12)
    assert figures(plan(rows, PEOPLE_USERS, memory=known), "changed.groups") == (12, 12, 4, True)
    known = knowing([*[nothing] * 9, None, None, None])
    assert figures(plan(rows, PEOPLE_USERS, memory=known), "changed.groups") is None


def test_groups_that_are_sent_again_are_no_changed_ones() -> None:
    rows = [row(one.line, one.external_id, one.email, one.name, groups=("g1",)) for one in PEOPLE_ROWS]
    made = plan(rows, PEOPLE_USERS, Policy(full=True), memory=knowing([frozenset({"g1", "g2"})] * 12))
    assert len(made.changes) == 12
    assert figures(made, "changed.groups") == (0, 12, 4, False)


def test_other_persons_count_as_changed_external_ids() -> None:
    rows = [*PEOPLE_ROWS[:10], row(2, "N11", "kim@gemeente.test", "Kim Bakker"), row(3, "N12", "n12@gemeente.test")]
    made = plan(rows, PEOPLE_USERS)
    assert problems(made) == [("other_person", 2)]
    assert figures(made, "changed.external_id") == (1, 12, 4, False)


def listed(*guids: str) -> Memory:
    return Memory(salt=SALT, last_list=frozenset(guids))


def test_listed_counts_who_of_the_last_list_is_listed_again() -> None:
    everybody = [f"n{n}" for n in range(1, 13)]
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, memory=listed(*everybody)), "listed") == (12, 12, 11, False)
    made = plan(PEOPLE_ROWS, PEOPLE_USERS[:10], Policy(max_creates=percent("100")), memory=listed(*everybody))
    assert figures(made, "listed") == (10, 12, 11, True)
    numeric = [user(n, f"N{n}", f"n{n}@gemeente.test", f"Naam {n}") for n in range(1, 13)]
    assert figures(plan(PEOPLE_ROWS, numeric, memory=listed(*map(str, range(1, 13)))), "listed") == (12, 12, 11, False)


def test_listed_exists_where_a_list_of_ten_or_more_is_known_and_zero_switches_it_off() -> None:
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS), "listed") is None
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, memory=listed(*"123456789")), "listed") is None
    made = plan(PEOPLE_ROWS, PEOPLE_USERS, memory=listed(*"0123456789"))
    assert figures(made, "listed") == (0, 10, 9, True)
    off = Policy(min_listed=percent("0"))
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, off, memory=listed(*"0123456789")), "listed") is None


def test_only_looks_at_the_whole_list_too() -> None:
    memory = listed(*(f"n{n}" for n in range(1, 15)))
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, Policy(only="N1"), memory=memory), "listed") == (12, 14, 13, True)


def test_matched_takes_the_side_with_the_larger_share() -> None:
    newcomers = [row(n, f"X{n}", f"x{n}@gemeente.test") for n in range(300, 336)]
    made = plan([*PEOPLE_ROWS, *newcomers], PEOPLE_USERS)
    assert figures(made, "matched") == (12, 12, 6, False)
    assert figures(plan(PEOPLE_ROWS[:3], PEOPLE_USERS), "matched") == (3, 3, 2, False)
    assert figures(plan([*PEOPLE_ROWS[:3], *newcomers], PEOPLE_USERS), "matched") == (3, 12, 6, True)


def test_matched_counts_active_linked_users_named_by_any_row() -> None:
    users = [
        *PEOPLE_USERS,
        user("b1", "B1", "b1@gemeente.test", banned=True),
        user("g1", None, "gast@elders.test"),
    ]
    source = reading(*PEOPLE_ROWS[:3], skipped=[skipped(2, "N4"), skipped(3, None, "n5@gemeente.test")])
    newcomers = [row(n, f"X{n}", f"x{n}@gemeente.test") for n in range(300, 310)]
    source = reading(*source.users, *newcomers, skipped=source.skipped)
    assert figures(plan(source, users), "matched") == (5, 12, 6, True)


@pytest.mark.parametrize("count", [9, 10])
def test_matched_counts_only_active_users_with_an_external_id_towards_ten(count: int) -> None:
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test") for n in range(count)]
    made = plan([row(2, "X", "x@y.test", "Kim Bos")], [*users, user("g1", None, "g@y.test")])
    assert figures(made, "matched") == (None if count < 10 else (0, 10, 5, True))


def test_withheld_removals_count_for_the_fuses() -> None:
    made = plan(reading(*PEOPLE_ROWS[:6], cut_off="cut"), PEOPLE_USERS, BAN)
    assert made.withheld
    assert figures(made, "removals") == (6, 12, 2, True)


def test_only_is_taken_out_before_the_fuses_are_checked_but_matched_looks_at_all() -> None:
    rows = [row(100 + n, f"N{n}", f"n{n}@gemeente.test", "Anders") for n in range(1, 7)]
    made = plan(rows, PEOPLE_USERS, Policy(removal=Action.DELETE, only_linked=True, only="N9"))
    assert figures(made, "removals") == (1, 12, 2, False)
    assert figures(made, "changed.name") is None
    assert figures(made, "matched") == (6, 6, 3, False)
