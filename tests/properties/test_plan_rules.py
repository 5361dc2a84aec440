"""What holds for every plan, whatever stands on both sides and whatever the options say."""

import random

from hypothesis import event, given, target

from pleio_profile_sync_client.core.models import Action, Guid, Removal, SkippedRow, SourceReading, SourceUser, Write
from pleio_profile_sync_client.core.plan import Plan
from tests.keys import key
from tests.model_subsite import Applied, ModelSubsite, apply_plan
from tests.properties.worlds import NOW_S, PROFILE_FIELDS, World, worlds


def is_refused(world: World, made: Plan) -> bool:
    return any(fuse.tripped for fuse in made.fuses) and not world.policy.force


def applied(world: World, made: Plan, seed: int) -> tuple[ModelSubsite, Applied]:
    subsite = ModelSubsite(world.users, PROFILE_FIELDS)
    return subsite, apply_plan(subsite, made, world.memory, now_s=NOW_S, seed=seed)


def keys_of_all_records(reading: SourceReading) -> tuple[set[str], set[str]]:
    """Every external_id and every e-mail that stands in the source, in good records and in bad ones."""
    records: list[SourceUser | SkippedRow] = [*reading.users, *reading.skipped]
    external_ids = {key(record.external_id) for record in records}
    emails = {key(record.email) for record in records}
    cells = {key(cell) for row in reading.skipped for cell in row.cells}
    return (external_ids | cells) - {""}, (emails | cells) - {""}


def named_guids(world: World) -> set[Guid]:
    external_ids, emails = keys_of_all_records(world.reading)
    return {user.guid for user in world.users if key(user.external_id) in external_ids or key(user.email) in emails}


@given(worlds())
def test_planning_again_after_applying_gives_nothing(world: World) -> None:
    if not world.users and world.reading.fields & {"profile.Functie", "profile.unknown"}:
        return  # an empty subsite does not show its fields: which there are, and in which case, shows a run later
    made = world.plan()
    if is_refused(world, made):
        event("refused by a fuse")
        return
    target(float(len(made.changes)))
    subsite, outcome = applied(world, made, world.seed)
    later = World(
        world.reading, tuple(subsite.users()), outcome.memory, world.policy, world.avatars, world.seed
    ).with_options(full=False)
    again = later.plan()
    refused = {write.line for write in outcome.refused}
    left = [change for change in again.changes if isinstance(change, Removal) or change.line not in refused]
    if made.withheld:
        left = [change for change in left if isinstance(change, Write)]
    assert left == []
    assert again.memos == ()
    codes = {problem.code for problem in made.problems}
    assert {problem.code for problem in again.problems} - {"unused_pattern"} <= codes  # that is not told of no users


@given(worlds())
def test_no_request_is_refused_but_a_create_without_external_id(world: World) -> None:
    made = world.plan()
    _, outcome = applied(world, made, world.seed)
    assert all(write.action is Action.CREATE and not write.external_id for write in outcome.refused)


@given(worlds())
def test_any_order_that_respects_the_waits_comes_to_the_same_end(world: World) -> None:
    made = world.plan()
    if any(
        write.action is Action.CREATE and not write.external_id for write in made.changes if isinstance(write, Write)
    ):
        return  # of several creates without an external_id the first alone may succeed
    ends = [applied(world, made, world.seed + turn)[0].contents() for turn in range(3)]
    assert ends[0] == ends[1] == ends[2]


@given(worlds())
def test_nobody_named_by_any_row_is_removed(world: World) -> None:
    removed = {change.guid for change in world.plan().changes if isinstance(change, Removal)}
    assert not removed & named_guids(world)


@given(worlds())
def test_without_ban_or_delete_nobody_loses_access(world: World) -> None:
    made = world.with_options(removal=None).plan()
    subsite, _ = applied(world, made, world.seed)
    for user in world.users:
        account = subsite.accounts[user.guid]
        assert user.is_banned or not account.is_banned


@given(worlds())
def test_no_row_is_written_to_a_user_whom_another_row_matched(world: World) -> None:
    users = {user.guid: user for user in world.users}
    for write in world.plan().changes:
        if not isinstance(write, Write) or write.guid is None:
            continue
        user = users[write.guid]
        row = next(row for row in world.reading.users if row.line == write.line)
        others = [key(other.external_id) for other in world.reading.users if other is not row]
        assert not user.external_id or key(user.external_id) not in others
        if not key(row.external_id) or key(row.external_id) != key(user.external_id):
            assert key(row.email) == key(user.email)
            of_skipped = [key(text) for bad in world.reading.skipped for text in (bad.external_id, *bad.cells)]
            assert not user.external_id or key(user.external_id) not in of_skipped
            assert not row.external_id or key(row.external_id) not in {key(one.external_id) for one in world.users}


@given(worlds())
def test_each_user_and_each_row_gets_at_most_one_change(world: World) -> None:
    changes = world.plan().changes
    guids = [change.guid for change in changes if change.guid is not None]
    lines = [change.line for change in changes if isinstance(change, Write)]
    assert len(guids) == len(set(guids))
    assert len(lines) == len(set(lines))


@given(worlds())
def test_nobody_protected_or_outside_the_scope_is_removed_or_reactivated(world: World) -> None:
    users = {user.guid: user for user in world.users}
    for change in world.with_options(protect=("a@*", "2"), scope=("?",)).plan().changes:
        if change.guid is None or change.action is Action.UPDATE:
            continue
        user = users[change.guid]
        assert not key(user.email).startswith("a@")
        assert not key(user.email).endswith("@localhost")
        assert key(user.external_id) != "2"
        if isinstance(change, Removal):
            assert len(key(user.external_id)) == 1


@given(worlds())
def test_users_who_share_a_key_are_neither_written_nor_removed(world: World) -> None:
    touched = {change.guid for change in world.plan().changes}
    for user in world.users:
        for other in world.users:
            if other.guid == user.guid:
                continue
            if key(other.email) == key(user.email) or key(other.external_id) == key(user.external_id) != "":
                assert user.guid not in touched


@given(worlds())
def test_a_banned_user_is_written_only_to_reactivate(world: World) -> None:
    banned = {user.guid for user in world.users if user.is_banned}
    for change in world.plan().changes:
        if change.guid in banned:
            assert change.action in {Action.REACTIVATE, Action.DELETE}
        else:
            assert change.action is not Action.REACTIVATE


@given(worlds())
def test_removals_never_exceed_the_limit_of_a_plan_that_is_not_refused(world: World) -> None:
    made = world.plan()
    if is_refused(world, made) or world.policy.force or world.policy.removal is None:
        return
    active = [user for user in world.users if not user.is_banned]
    limit = world.policy.max_removals.of(len(active))
    removed = [change for change in made.changes if isinstance(change, Removal) and not change.is_banned]
    assert len(removed) <= limit


@given(worlds())
def test_every_good_row_is_a_change_unchanged_a_problem_or_a_warning(world: World) -> None:
    made = world.with_options(only=None).plan()
    changed = {change.line for change in made.changes if isinstance(change, Write)}
    told = {finding.line for finding in (*made.problems, *made.warnings)} - {None}
    good = {row.line for row in world.reading.users}
    assert not changed & told
    assert made.unchanged == len(good - changed - told)


@given(worlds())
def test_the_same_input_gives_the_same_plan(world: World) -> None:
    assert world.plan() == world.plan()


@given(worlds())
def test_the_order_of_either_list_decides_nothing_but_the_order_of_the_plan(world: World) -> None:
    chance = random.Random(world.seed)
    reading = world.reading
    mixed = World(
        SourceReading(
            reading.location,
            reading.rows,
            tuple(chance.sample(reading.users, len(reading.users))),
            tuple(chance.sample(reading.skipped, len(reading.skipped))),
            (),
            (),
            reading.fields,
            (),
            reading.cut_off,
        ),
        tuple(chance.sample(world.users, len(world.users))),
        world.memory,
        world.policy,
        world.avatars,
        world.seed,
    )
    made, other = world.plan(), mixed.plan()
    assert sorted(map(repr, made.changes)) == sorted(map(repr, other.changes))
    assert sorted((one.code, str(one.line)) for one in made.problems) == sorted(
        (one.code, str(one.line)) for one in other.problems
    )
    assert made.fuses == other.fuses
    assert sorted(map(repr, made.waiting)) == sorted(map(repr, other.waiting))
    assert (made.unchanged, made.withheld) == (other.unchanged, other.withheld)
