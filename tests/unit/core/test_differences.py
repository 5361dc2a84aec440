"""What a row would change of its user, seen with what is remembered; what an answer shows of what was sent."""

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.differences import find_not_taken, match_columns
from pleio_profile_sync_client.core.models import (
    Avatar,
    Finding,
    Memo,
    Memory,
    NotTaken,
    Record,
    Remembered,
    SourceUser,
    SubsiteUser,
)
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    digest_of,
    digest_of_email,
    only_write,
    plan,
    problems,
    reading,
    remember,
    row,
    user,
    warnings,
    written,
)

RECORD = Record("Zoë Bakker", "Zoe@gemeente.test", "P7", {"occupation": "Jurist", "floor": ""}, groups=("g1",))
PHOTO = Avatar("photos/anna.jpg", "d1", 100, 1)
FULL = Policy(full=True)
DAY_S = 86_400.0
KLERK = [row(profile={"functie": "Klerk"})]


def knows(*groups: str) -> Memory:
    return remember("u1", Remembered(groups=frozenset(groups)))


def test_a_group_that_is_not_remembered_is_sent() -> None:
    write = only_write(plan([row(groups=("g1", "g2"))], [user()], memory=knows("g1")))
    assert write.action.value == "update"
    assert write.record is not None
    assert write.record.groups == ("g2",)
    assert write.fields == {}


def test_groups_that_are_remembered_are_not_sent_again() -> None:
    made = plan([row(groups=("g1", "g2"))], [user()], memory=knows("g1", "g2"))
    assert (made.changes, made.unchanged, made.memos) == ((), 1, ())


def test_a_group_that_left_the_cell_is_forgotten_unsent_and_sent_when_it_comes_back() -> None:
    made = plan([row(groups=("g1",))], [user()], memory=knows("g1", "g2"))
    assert made.changes == ()
    assert made.memos == (Memo("u1", groups=frozenset({"g1"})),)
    made = plan([row(groups=("g1", "g2"))], [user()], memory=knows("g1"))
    assert only_write(made).record is not None
    assert made.memos == ()


def test_a_cell_without_a_readable_value_leaves_the_groups_alone() -> None:
    lost = replace(row(), groups=None)
    made = plan(reading(lost, columns={"external_id", "groups"}), [user()], memory=knows("g1"))
    assert (made.changes, made.memos) == ((), ())


def test_an_empty_cell_forgets_all_groups_where_the_source_has_the_column() -> None:
    made = plan(reading(row(), columns={"external_id", "groups"}), [user()], memory=knows("g1"))
    assert made.changes == ()
    assert made.memos == (Memo("u1", groups=frozenset()),)
    made = plan(reading(row(), columns={"external_id"}), [user()], memory=knows("g1"))
    assert made.memos == ()


def test_groups_become_known_when_they_were_sent_or_the_cell_is_empty() -> None:
    """Else a first run that was killed would leave everybody without groups, and a fuse would refuse the rest."""
    source = reading(row(), row(3, "P2", "bert@x.test", "Bert", groups=("g1",)))
    made = plan(source, [user(), user("u2", "P2", "bert@x.test", "Bert")])
    assert made.memos == (Memo("u1", groups=frozenset()),)
    assert [write.guid for write in made.changes] == ["u2"]


def test_full_sends_all_groups_again() -> None:
    write = only_write(plan([row(groups=("g1", "g2"))], [user()], FULL, memory=knows("g1", "g2")))
    assert write.record is not None
    assert write.record.groups == ("g1", "g2")


def test_groups_go_along_with_other_differences() -> None:
    write = only_write(plan([row(name="Anna", groups=("g1",))], [user()]))
    assert write.record is not None
    assert (list(write.fields), write.record.groups) == (["name"], ("g1",))


def test_a_lost_state_sends_groups_and_avatars_once_more() -> None:
    write = only_write(plan([row(groups=("g1",), avatar=PHOTO.path)], [user()], avatars={2: PHOTO}))
    assert write.avatar == PHOTO
    assert write.record is not None
    assert write.record.groups == ("g1",)


def test_an_avatar_alone_is_an_update_without_a_record() -> None:
    write = only_write(plan([row(avatar=PHOTO.path)], [user()], avatars={2: PHOTO}))
    assert (write.action, write.record, write.avatar) == ("update", None, PHOTO)


@pytest.mark.parametrize(
    ("known", "sent", "learnt"),
    [
        (PHOTO, False, False),
        (Avatar("photos/anna.jpg", "d0", 100, 1), True, False),
        (Avatar("photos/anna.jpg", "d1", 100, 2), False, True),
        (Avatar("photos/anna.jpg", "d1", 99, 1), False, True),
        (Avatar("other.jpg", "d1", 100, 1), False, False),
        (None, True, False),
    ],
    ids=["same", "other bytes", "touched", "other size noted", "moved", "never sent"],
)
def test_an_avatar_is_sent_when_its_bytes_changed(known: Avatar | None, sent: bool, learnt: bool) -> None:
    memory = remember("u1", Remembered(avatar=known))
    made = plan([row(avatar=PHOTO.path)], [user()], memory=memory, avatars={2: PHOTO})
    assert bool(made.changes) == sent
    assert made.memos == ((Memo("u1", avatar=PHOTO),) if learnt else ())


def test_full_sends_the_avatar_again() -> None:
    memory = remember("u1", Remembered(avatar=PHOTO))
    write = only_write(plan([row(avatar=PHOTO.path)], [user()], FULL, memory=memory, avatars={2: PHOTO}))
    assert write.avatar == PHOTO


def test_a_row_without_an_avatar_leaves_the_one_that_is_there() -> None:
    made = plan([row()], [user()], memory=remember("u1", Remembered(avatar=PHOTO)))
    assert (made.changes, made.memos) == ((), ())


def test_a_bad_avatar_is_a_problem_and_the_user_is_synced_without_it() -> None:
    bad = Finding("avatar_not_jpeg", "Line 2: photos/anna.png is no JPEG", line=2, external_id="P1")
    made = plan([row(name="Anna", avatar="photos/anna.png")], [user()], avatars={2: bad})
    assert only_write(made).avatar is None
    assert problems(made) == [("avatar_not_jpeg", 2)]


def test_a_create_brings_the_avatar() -> None:
    assert only_write(plan([row(avatar=PHOTO.path)], [], avatars={2: PHOTO})).avatar == PHOTO


def test_a_reactivation_brings_groups_and_avatar() -> None:
    made = plan(
        [row(groups=("g1",), avatar=PHOTO.path)], [user(banned=True)], Policy(reactivate=True), avatars={2: PHOTO}
    )
    write = only_write(made)
    assert (write.action.value, write.avatar) == ("reactivate", PHOTO)
    assert write.record is not None
    assert write.record.groups == ("g1",)


def test_values_that_were_not_taken_are_not_sent_every_night() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    people = [user(profile={"functie": "", "afdeling": "Zorg"})]
    made = plan([row(profile={"functie": "Klerk", "afdeling": "Zorg"})], people, memory=memory)
    assert (made.changes, made.unchanged) == ((), 1)


@pytest.mark.parametrize("now_s", [7 * DAY_S, 400 * DAY_S, -1.0])
def test_values_that_were_not_taken_are_sent_again_after_a_week(now_s: float) -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    sent = only_write(plan(KLERK, [user(profile={"functie": ""})], memory=memory, now_s=now_s))
    assert sent.fields == {"profile.functie": ("", "Klerk")}


def test_full_sends_a_value_that_was_not_taken_at_once() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    assert only_write(plan(KLERK, [user(profile={"functie": ""})], Policy(full=True), memory=memory)).fields


def test_a_value_that_is_held_back_is_told_every_night() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    made = plan(KLERK, [user(profile={"functie": ""})], memory=memory, now_s=6 * DAY_S)
    assert warnings(made) == [("not_taken", 2)]
    assert "profile.functie" in made.warnings[0].message
    assert "1970-01-08" in made.warnings[0].message


def test_a_value_that_the_list_shows_after_all_was_taken() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    made = plan(KLERK, [user(profile={"functie": "Klerk"})], memory=memory)
    assert (made.changes, warnings(made)) == ((), [])
    assert made.memos == (Memo("u1", taken=("profile.functie",)),)


def test_a_new_value_after_one_that_was_not_taken_is_sent() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    write = only_write(plan([row(profile={"functie": "Griffier"})], [user(profile={"functie": ""})], memory=memory))
    assert write.fields == {"profile.functie": ("", "Griffier")}


def test_other_differences_are_sent_without_the_value_that_was_not_taken() -> None:
    memory = remember("u1", Remembered(not_taken={"profile.functie": NotTaken(digest_of("Klerk"), 0.0)}))
    write = only_write(
        plan([row(name="Anna", profile={"functie": "Klerk"})], [user(profile={"functie": ""})], memory=memory)
    )
    assert list(write.fields) == ["name"]
    assert write.record is not None
    assert write.record.profile == {}


def test_names_and_emails_that_sign_in_set_back_are_sent_again_with_one_warning() -> None:
    memory = Memory(
        {
            "u1": Remembered(name_digest=digest_of("Anna"), email_digest=digest_of_email("Anna@gemeente.test")),
            "u2": Remembered(name_digest=digest_of("Jan"), email_digest=digest_of_email("jan@gemeente.test")),
        },
        b"a salt",
    )
    rows = [row(2, "P1", "anna@gemeente.test", "Anna"), row(3, "P2", "jan@gemeente.test", "Jan")]
    users = [user("u1", "P1", "anna@pleio.test", "A. de Wit"), user("u2", "P2", "jan@gemeente.test", "J. Jansen")]
    made = plan(rows, users, memory=memory)
    assert written(made) == [("update", 2, "u1"), ("update", 3, "u2")]
    assert warnings(made) == [("set_back_at_sign_in", None)]
    assert "2 names" in made.warnings[0].message
    assert "1 e-mail" in made.warnings[0].message


def test_a_name_that_is_new_in_the_source_was_not_set_back() -> None:
    memory = remember("u1", Remembered(name_digest=digest_of("Anna")))
    made = plan([row(name="Anna de Vries")], [user(name="Anna")], memory=memory)
    assert written(made) == [("update", 2, "u1")]
    assert warnings(made) == []


def test_an_empty_cell_empties_the_field_and_one_without_a_value_leaves_it_alone() -> None:
    users = [user(profile={"functie": "Klerk"})]
    made = plan(reading(row(profile={"functie": ""}), columns={"profile.functie"}), users)
    assert only_write(made).fields == {"profile.functie": ("Klerk", "")}
    assert plan(reading(row(), columns={"profile.functie"}), users).changes == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "known", "unknown"),
    [
        (("functie",), ("functie",), (("functie", "functie"),), ()),
        (("Functie",), ("functie",), (("Functie", "functie"),), ()),
        (("Functie",), ("functie", "FUNCTIE"), (), ("Functie",)),
        (("Functie",), ("Functie", "functie"), (("Functie", "Functie"),), ()),
        (("Functie", "functie"), ("functie",), (("functie", "functie"),), ("Functie",)),
        (("telefoon",), ("functie",), (), ("telefoon",)),
    ],
    ids=["same", "other case", "several in other case", "same and other case", "two columns for one", "not there"],
)
def test_a_column_is_the_field_of_its_name_or_else_the_only_one_in_another_case(
    ours: tuple[str, ...], theirs: tuple[str, ...], known: tuple[tuple[str, str], ...], unknown: tuple[str, ...]
) -> None:
    columns = match_columns([f"profile.{name}" for name in ours], [user(profile=dict.fromkeys(theirs, ""))])
    assert (columns.known, columns.unknown) == (known, unknown)


def test_profile_fields_are_those_of_any_user() -> None:
    columns = match_columns(["profile.functie"], [user(), user("u2", profile={"functie": ""})])
    assert columns.known == (("functie", "functie"),)


def answered(
    name: str = "Zoë Bakker",
    email: str = "Zoe@gemeente.test",
    external_id: str | None = "P7",
    profile: dict[str, str] | None = None,
) -> SubsiteUser:
    shown = {"occupation": "Jurist", "floor": ""} if profile is None else profile
    return SubsiteUser("g", external_id, name, email, is_banned=False, profile=shown)


def test_nothing_is_missing_where_all_was_taken() -> None:
    assert find_not_taken(RECORD, answered()) == {}


def test_own_spelling_of_the_subsite_counts_as_taken() -> None:
    assert find_not_taken(RECORD, answered(email="zoe@Gemeente.test", external_id="p7 ")) == {}


def test_what_the_answer_leaves_out_is_not_compared() -> None:
    assert find_not_taken(RECORD, answered(name="", email="", profile={})) == {}


@pytest.mark.parametrize(
    ("user", "fields"),
    [
        (answered(name="zoë bakker"), {"name": "Zoë Bakker"}),
        (answered(email="other@gemeente.test"), {"email": "Zoe@gemeente.test"}),
        (answered(external_id=None), {"external_id": "P7"}),
        (answered(profile={"occupation": "jurist", "floor": ""}), {"profile.occupation": "Jurist"}),
        (answered(profile={"occupation": "Jurist", "floor": "3"}), {"profile.floor": ""}),
        (answered(profile={"floor": ""}), {"profile.occupation": "Jurist"}),
    ],
)
def test_a_value_that_is_not_shown_was_not_taken(user: SubsiteUser, fields: dict[str, str]) -> None:
    assert find_not_taken(RECORD, user) == fields


def test_emptying_a_field_that_the_subsite_lacks_is_no_loss() -> None:
    assert find_not_taken(RECORD, answered(profile={"occupation": "Jurist"})) == {}


def test_external_id_that_was_not_sent_is_not_compared() -> None:
    record = Record("Zoë Bakker", "Zoe@gemeente.test")
    assert find_not_taken(record, answered(external_id="P9", profile={"floor": "3"})) == {}


def born(*values: str) -> list[SourceUser]:
    return [
        row(line, f"P{line}", f"p{line}@x.test", f"Naam {line}", profile={"geboren": value})
        for line, value in enumerate(values, start=2)
    ]


def born_there(*values: str) -> list[SubsiteUser]:
    return [
        user(f"u{line}", f"P{line}", f"p{line}@x.test", f"Naam {line}", profile={"geboren": value})
        for line, value in enumerate(values, start=2)
    ]


@pytest.mark.parametrize(
    "value",
    [
        "31-12-1980",
        "1-2-80",
        "31/12/1980",
        "12/31/1980",
        "31.12.1980",
        "1980/12/31",
        "1980-1-2",
        "19801231",
        "31 december 1980",
        "31-dec-80",
        "1980-12-31 00:00:00",
        "1980-12-31T00:00:00Z",
        "31-12-1980 0:00",
    ],
)
def test_a_column_of_dates_in_another_form_than_the_subsites_is_a_warning(value: str) -> None:
    made = plan(born("", value, "1979-01-01", value), born_there("1980-12-31", "", "1979-01-01", "onbekend"))
    found = [warning for warning in made.warnings if warning.code == "date_format"]
    assert len(found) == 1
    for text in ("profile.geboren", "line 3", value, "YYYY-MM-DD"):
        assert text in found[0].message


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (["31-12-1980", "1-1-1970"], ["31-12-1980", "1-1-1970"]),
        (["31-12-1980", "1-1-1970"], ["", ""]),
        (["31-12-1980", "1980-12-31", "1980-12-31"], ["1980-12-31"] * 3),
        (["1980-12-31", "1970-01-01"], ["1980-12-30", "1970-01-02"]),
        (["Griffier", "sinds 1-2-2020"], ["1980-12-31", "1970-01-01"]),
        (["06-12345678", "030 123 45 67"], ["1980-12-31", "1970-01-01"]),
        (["31-12-1980", "1-1-1970"], ["1980-12-31", "Griffier"]),
        (["", ""], ["1980-12-31", "1970-01-01"]),
    ],
    ids=["both", "nothing there", "few", "the same form", "no dates", "telephones", "few there", "nothing given"],
)
def test_other_columns_are_no_dates_in_another_form(given: list[str], held: list[str]) -> None:
    assert "date_format" not in [code for code, _ in warnings(plan(born(*given), born_there(*held)))]


def test_a_name_that_is_held_back_is_not_sent_with_another_change_either() -> None:
    memory = remember("u1", Remembered(not_taken={"name": NotTaken(digest_of("Anna"), 0.0)}))
    people = [user(name="Iemand", profile={"functie": ""})]
    write = only_write(plan([row(name="Anna", profile={"functie": "Klerk"})], people, memory=memory))
    assert write.record is not None
    assert write.record.name == "Iemand"
    assert list(write.fields) == ["profile.functie"]
