"""A night in which everything is to be done: each kind of change, addresses passed on, groups, avatars, profiles."""

from typing import Any

from pleio_profile_sync_client.core.models import Action, RemovalAction
from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.sync.parts import Timing
from tests.integration.subject import JPEG
from tests.integration.world import NO_PAUSES, Run, World

End = tuple[object, ...]

GROUPS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
NEWCOMERS = range(20, 26)
GONE = (9, 10, 11)
PICTURES = {f"{number}.jpg": JPEG + bytes([number]) for number in (6, 20, 22)}
POLICY: dict[str, Any] = {
    "max_removals": Limit.percentage(100),
    "max_changes": Limit.percentage(100),
    "only_linked": True,
    "reactivate": True,
    "force": True,  # one takes the address of another who stays
}


def begin_night(world: World) -> None:
    """Fill the site and write the source: six are new, seven differ, one was banned, three are not in it any more."""
    store = world.sandbox.store
    for guid in GROUPS:
        store.groups.add(guid[:4], guid=guid)
    store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True)
    for number in range(12):
        store.users.add(
            name=f"Naam {number}", email=address(number), external_id=f"P{number}", is_active=number not in (4, 11)
        )
    for name, content in PICTURES.items():
        (world.folder / name).write_bytes(content)
    world.write(list(rows_of_the_night().values()))


def rows_of_the_night() -> dict[int, dict[str, str]]:
    """Give the source's rows."""
    rows = {number: row(number) for number in (*range(9), *NEWCOMERS)}
    rows[1]["name"] = rows[4]["name"] = "Een andere naam"
    rows[2]["email"], rows[3]["email"] = address(3), "verhuisd3@gemeente.test"
    rows[25]["email"], rows[7]["email"] = address(7), "verhuisd7@gemeente.test"
    rows[5]["profile.occupation"] = rows[21]["profile.occupation"] = "Griffier"
    rows[6]["avatar"], rows[20]["avatar"], rows[22]["avatar"] = PICTURES
    rows[7]["groups"], rows[20]["groups"], rows[23]["groups"] = GROUPS[0], ",".join(GROUPS), GROUPS[1]
    return rows


def address(number: int) -> str:
    return f"p{number}@gemeente.test"


def row(number: int) -> dict[str, str]:
    return {"external_id": f"P{number}", "name": f"Naam {number}", "email": address(number)}


def sync_night(world: World, removal: RemovalAction, *, timing: Timing = NO_PAUSES, **options: Any) -> Run:
    return world.sync(timing=timing, removal=removal, **POLICY, **options)


def end_of(world: World) -> End:
    """Everything about the site that a run could change, without guids and times. Nobody is there twice."""
    store = world.sandbox.store
    users = store.users.everybody()
    for keys in ([user.email for user in users], [user.external_id for user in users]):
        assert len({str(each).lower() for each in keys}) == len(users)
    people = sorted(
        (
            user.external_id or "",
            user.name,
            user.email,
            user.is_banned,
            sorted((key, value) for key, value in user.profile.items() if value),
            sorted(store.groups.of_user(user.guid)),
            avatar.content if (avatar := store.avatars.get(user.guid)) else b"",
        )
        for user in users
    )
    return (*people, len(store.users.deleted()))


def wanted_end(removal: RemovalAction) -> End:
    """Give the end that the source asks for: everybody of a row as it says, the administrator as before, three gone."""
    people = [_person(row) for row in rows_of_the_night().values()]
    people.append(("", "Beheer", "beheer@gemeente.test", False, [], [], b""))
    if removal is Action.DELETE:
        return (*sorted(people), len(GONE))
    people += [(f"P{number}", f"Naam {number}", address(number), True, [], [], b"") for number in GONE]
    return (*sorted(people), 0)


def _person(row: dict[str, str]) -> tuple[str, str, str, bool, list[tuple[str, str]], list[str], bytes]:
    profile = [("occupation", row["profile.occupation"])] if "profile.occupation" in row else []
    groups = sorted(filter(None, row.get("groups", "").split(",")))
    return (
        row["external_id"],
        row["name"],
        row["email"],
        False,
        profile,
        groups,
        PICTURES.get(row.get("avatar", ""), b""),
    )
