"""Whole runs over real HTTP: each field, each action, each kind of guid, and that the next run sends nothing."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.core.policy import Limit
from pleio_sandbox.records import SiteSettings, User
from tests.integration.world import World
from tests.signals import FakeSignals

AVATAR = Path(__file__).parents[2] / "example" / "avatars" / "0010023.jpg"
ALL = Limit.percentage(100)
FREELY: dict[str, Any] = {"max_removals": ALL, "max_changes": ALL}
STYLES = ("uuid", "number", "numeric_string")


@pytest.fixture(params=STYLES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A site with each kind of guid."""
    with World(SiteSettings(guid_style=request.param)) as world:
        yield world


@pytest.fixture
def groups(world: World) -> tuple[str, str]:
    """The guids of two groups, in the site's style."""
    return (world.sandbox.store.groups.add("Een").guid, world.sandbox.store.groups.add("Twee").guid)


def row(number: int, **cells: str) -> Mapping[str, str]:
    """Return a made-up person's row."""
    own = {"external_id": f"{number:05}", "name": f"Naam {number}", "email": f"p{number}@gemeente.test"}
    return own | {name.replace("__", "."): cell for name, cell in cells.items()}


def user_of(world: World, number: int) -> User:
    (user,) = world.sandbox.store.users.with_external_id(f"{number:05}")
    return user


def assert_silent(world: World, *, gets: int = 1, **options: Any) -> None:
    again = world.sync(**options)
    assert again.exit_status == 0, again.log
    assert again.writes == []
    assert again.report["requests"]["GET"] == gets


def test_a_create_brings_every_field(world: World, groups: tuple[str, str]) -> None:
    shutil.copy(AVATAR, world.folder / "a.jpg")
    occupation = 'Wijkcoach, "Noord"\nen Oost'
    world.write([row(1, avatar="a.jpg", groups=",".join(groups), profile__occupation=occupation, profile__phone="12")])

    run = world.sync()

    assert run.exit_status == 0, run.log
    user = user_of(world, 1)
    assert (user.name, user.email) == ("Naam 1", "p1@gemeente.test")
    assert dict(user.profile) == {"occupation": occupation, "phone": "12"}
    assert set(world.sandbox.store.groups.of_user(user.guid)) == set(groups)
    avatar = world.sandbox.store.avatars.get(user.guid)
    assert avatar is not None
    assert avatar.content == AVATAR.read_bytes()
    (change,) = run.report["changes"]
    assert change["guid"] is not None
    assert str(change["guid"]) == user.guid
    assert_silent(world)


def test_an_update_sends_what_differs_and_an_emptied_cell(world: World) -> None:
    world.write([row(1, profile__occupation="Jurist", profile__phone="12"), row(2, profile__phone="3")])
    world.sync()
    world.write(
        [
            row(1, name="Nieuwe Naam", email="nieuw@gemeente.test", profile__phone="12"),
            row(2, profile__phone="3"),
            row(3, profile__occupation="Griffier"),
        ]
    )

    run = world.sync(**FREELY)

    update = next(change for change in run.report["changes"] if change["action"] == "update")
    assert update["fields"] == {
        "name": ["Naam 1", "Nieuwe Naam"],
        "email": ["p1@gemeente.test", "nieuw@gemeente.test"],
        "profile.occupation": ["Jurist", ""],
    }
    assert user_of(world, 1).profile["occupation"] == ""
    assert_silent(world, **FREELY)


def test_who_leaves_is_banned_and_reactivated_on_coming_back(world: World) -> None:
    world.write([row(1), row(2)])
    world.sync()
    world.write([row(1)])
    assert world.sync(removal=Action.BAN, **FREELY).exit_status == 0
    assert user_of(world, 2).is_banned
    assert_silent(world, removal=Action.BAN, **FREELY)

    world.write([row(1), row(2, name="Terug")])
    run = world.sync(**FREELY)

    assert [change["action"] for change in run.report["changes"]] == ["reactivate"]
    assert not user_of(world, 2).is_banned
    assert user_of(world, 2).name == "Terug"
    assert_silent(world)


def test_a_ban_by_an_administrator_stays_unless_said_otherwise(world: World) -> None:
    world.write([row(1), row(2)])
    world.sync()
    world.sandbox.store.ban(user_of(world, 2).guid, "Overlast")
    assert "stays_banned" in world.sync().codes("warnings")
    assert user_of(world, 2).is_banned

    run = world.sync(reactivate=True)

    assert run.report["changes"][0]["marks"] == ["banned_elsewhere"]
    assert not user_of(world, 2).is_banned


def test_an_administrators_ban_stays_though_only_a_refused_run_saw_that_ours_was_lifted(world: World) -> None:
    world.write([row(1), row(2)])
    world.sync()
    world.write([row(1)])
    world.sync(removal=Action.BAN, **FREELY)
    guid = user_of(world, 2).guid
    world.sandbox.store.unban(guid)
    assert world.sync(removal=Action.BAN, **FREELY | {"max_removals": Limit.percentage(0)}).exit_status == 3
    world.sandbox.store.ban(guid, "Overlast")
    world.write([row(1), row(2)])

    assert "stays_banned" in world.sync(removal=Action.BAN, **FREELY).codes("warnings")
    assert user_of(world, 2).is_banned


def test_who_leaves_is_deleted_only_after_the_grace(world: World) -> None:
    world.write([row(1), row(2)])
    world.sync()
    world.write([row(1)])
    assert world.sync(removal=Action.DELETE, grace_s=3_600.0, **FREELY).writes == []

    run = world.sync(removal=Action.DELETE, grace_s=0.000_001, **FREELY)

    assert [method for method, _, _ in run.writes] == ["DELETE"]
    assert world.sandbox.store.users.with_external_id("00002") == []
    assert_silent(world, removal=Action.DELETE, **FREELY)


def test_groups_and_avatars_are_sent_when_they_change_and_all_with_full(world: World, groups: tuple[str, str]) -> None:
    shutil.copy(AVATAR, world.folder / "a.jpg")
    world.write([row(1, avatar="a.jpg", groups=groups[0])])
    world.sync()
    world.write([row(1, avatar="a.jpg", groups=",".join(groups))])
    assert world.sync().report["changes"][0]["groups"] == [groups[1]]
    world.write([row(1, avatar="a.jpg", groups=groups[0])])
    assert world.sync().writes == []
    world.write([row(1, avatar="a.jpg", groups=",".join(groups))])
    assert world.sync().report["changes"][0]["groups"] == [groups[1]]
    (world.folder / "a.jpg").write_bytes(AVATAR.read_bytes() + b"\0")
    assert world.sync().report["changes"][0]["avatar"] == "a.jpg"

    full = world.sync(full=True).report["changes"][0]

    assert (full["groups"], full["avatar"]) == (list(groups), "a.jpg")
    assert_silent(world)


def test_only_syncs_one_person(world: World) -> None:
    world.write([row(1), row(2)])
    run = world.sync(only="p2@gemeente.test")
    assert [change["external_id"] for change in run.report["changes"]] == ["00002"]
    assert world.sandbox.store.users.with_external_id("00001") == []


def test_skipped_rows_withhold_removals_and_can_be_accepted(world: World) -> None:
    world.write([row(1), row(2)])
    world.sync()
    world.write([row(1), {"name": "Wie", "email": ""}])
    run = world.sync(removal=Action.DELETE, **FREELY)
    assert run.exit_status == 1
    assert run.codes() == ["removals_withheld", "missing_email"]
    assert run.writes == []
    (removal,) = run.report["changes"]
    assert (removal["outcome"], removal["error"]) == (
        "not_attempted",
        "withheld, since it may be about somebody who is in the source",
    )
    accepted = world.sync(accept=frozenset({"missing_email"}))
    assert accepted.exit_status == 0
    assert accepted.codes() == []
    assert "missing_email" in accepted.codes("warnings")


def test_a_value_that_was_not_taken_is_told_and_not_sent_every_night(world: World) -> None:
    world.write([row(1, profile__phone="12")])
    world.sync()
    world.write([row(1, profile__phone="13")])
    store = world.sandbox.store

    run = world.sync(before={"applying": lambda: store.remove_profile_field("phone")}, **FREELY)
    store.add_profile_field("phone")

    assert "not_taken" in run.codes("warnings")
    assert run.exit_status == 0
    assert world.sync(**FREELY).writes == []
    world.write([row(1, profile__phone="14")])
    assert len(world.sync(**FREELY).writes) == 1
    assert user_of(world, 1).profile["phone"] == "14"


def test_a_source_that_changes_before_the_first_write_ends_the_run(world: World) -> None:
    world.write([row(1)])

    run = world.sync(before={"reading the subsite": lambda: world.write([row(1), row(2)])})

    assert run.exit_status == 4
    assert "changed after it was read" in run.log
    assert run.writes == []


@pytest.mark.parametrize(
    ("end", "exit_code"), [(ZeroDivisionError(), 70), (SystemExit(143), 143)], ids=["a bug", "a signal at once"]
)
def test_what_ends_a_run_after_a_signal_is_a_bug_or_the_signal(end: BaseException, exit_code: int) -> None:
    signals = FakeSignals()

    def receive_signal() -> None:
        signals.reason = "stopped by SIGTERM"
        raise end

    with World() as world:
        world.write([row(1)])
        with pytest.raises(type(end)):
            world.sync(signals=signals, before={"reading the source": receive_signal})

        assert json.loads((world.folder / "report.json").read_bytes())["exit_code"] == exit_code


def test_a_thousand_people_who_each_take_the_next_ones_address_come_right_in_one_run() -> None:
    with World() as world:
        people = range(1, 1_001)
        world.write([row(number) for number in people])
        world.sync()
        shifted = [row(number, email=f"p{number + 1}@gemeente.test") for number in people]
        world.write(shifted)
        assert world.sync(**FREELY).exit_status == 3

        run = world.sync(force=True)

        assert run.exit_status == 0, run.log[-2000:]
        assert {status for _, _, status in run.writes} == {200}
        assert {user_of(world, number).email for number in people} == {each["email"] for each in shifted}
        assert_silent(world, gets=3)


@pytest.mark.parametrize("hidden", [frozenset[str](), frozenset({"time_created"})])
def test_everybody_is_seen_over_pages(hidden: frozenset[str]) -> None:
    with World() as world:
        for number in range(1, 1_201):
            same_time = 1_700_000_000_000_000 + number // 7 * 1_000_000 if not hidden else None
            world.sandbox.store.users.add(
                external_id=f"{number:05}",
                name=f"Naam {number}",
                email=f"p{number}@gemeente.test",
                time_created_us=same_time,
            )
        world.sandbox.store.settings = replace(world.sandbox.store.settings, hidden_fields=hidden)
        world.write([row(number) for number in range(1, 1_201)])

        run = world.sync()

        assert run.report["subsite"]["users"] == 1_200
        assert run.report["counts"]["unchanged"] == 1_200
        assert run.writes == []
        assert run.report["requests"]["GET"] == 3
