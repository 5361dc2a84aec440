"""Contract, section 2: GET /users."""

from urllib.parse import quote

import pytest

from tests.contract.site import NOT_FOUND, UNKNOWN_GUID, SandboxSite, Site

AT_US = 1_782_900_000_000_000


def add(site: SandboxSite, number: int, *, time_created_us: int | None = None) -> str:
    return site.store.users.add(
        name=f"Jan {number}",
        email=f"jan{number}@gemeente.test",
        external_id=str(number),
        time_created_us=time_created_us,
    ).guid


def test_users_come_in_order_of_creation(site: SandboxSite) -> None:
    add(site, 1, time_created_us=AT_US + 2)
    add(site, 2, time_created_us=AT_US + 1)
    site.create(email="new@gemeente.test")
    assert [user["email"] for user in site.listed()] == [
        "jan2@gemeente.test",
        "jan1@gemeente.test",
        "new@gemeente.test",
    ]


def test_banned_users_administrators_and_system_users_are_listed(site: SandboxSite) -> None:
    site.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True, is_superadmin=True)
    site.store.add_system_user()
    banned = add(site, 1)
    site.post(f"/users/{banned}/ban")
    shown = [(user["email"], user["external_id"], user["is_banned"]) for user in site.listed()]
    assert shown == [
        ("beheer@gemeente.test", None, False),
        ("externalcontent@localhost", None, True),
        ("jan1@gemeente.test", "1", True),
    ]
    assert site.listed()[1]["name"] == "Auteur van externe inhoud"


@pytest.mark.also_on("model")
def test_deleted_users_are_not_listed(site: Site) -> None:
    site.delete(site.create()["guid"])
    assert site.listed() == []


def test_a_user_with_the_name_of_a_deleted_one_vanishes_when_banned(site: SandboxSite) -> None:
    user = site.create(name="Verwijderde gebruiker")
    assert len(site.listed()) == 1
    assert site.post(f"/users/{user['guid']}/ban").json["user"]["is_banned"]
    assert site.listed() == []
    assert site.post(f"/users/{user['guid']}/unban").status == 404


# limit


def test_the_limit_is_100_where_it_is_not_said(site: SandboxSite) -> None:
    for number in range(101):
        add(site, number)
    assert len(site.listed("")) == 100
    assert len(site.listed("limit=")) == 100


@pytest.mark.also_on("stand_in")
def test_a_limit_of_0_lists_nobody(site: Site) -> None:
    site.create()
    assert site.listed("limit=0") == []
    assert site.listed("limit=-0") == []


@pytest.mark.parametrize("limit", [500, 5_000, 1_000_000, 2**63 - 1])
def test_there_is_no_highest_limit(site: SandboxSite, limit: int) -> None:
    for number in range(120):
        add(site, number)
    assert len(site.listed(f"limit={limit}")) == 120


@pytest.mark.parametrize("limit", ["-1", "abc", "1.5", "1e3", "0x10", "null", "2,3", str(2**63), "9" * 5_000, "²"])
def test_a_limit_that_is_no_number_or_out_of_range_is_500(site: Site, limit: str) -> None:
    assert site.get(f"/users?limit={quote(limit)}").is_server_error


@pytest.mark.parametrize(
    ("limit", "number"), [("%2B2", 2), ("+2", 2), ("%202", 2), ("2%20", 2), ("1_0", 10), (quote("٣"), 3), ("002", 2)]
)
def test_a_limit_is_read_as_python_reads_numbers(site: SandboxSite, limit: str, number: int) -> None:
    for added in range(12):
        add(site, added)
    assert len(site.listed(f"limit={limit}")) == number


def test_of_a_limit_given_twice_the_last_counts(site: Site) -> None:
    site.create()
    site.create()
    assert len(site.listed("limit=2&limit=1")) == 1


def test_other_parameters_are_ignored(site: Site) -> None:
    site.create()
    assert len(site.listed("offset=1&page=2&LIMIT=0")) == 1


# cursor


@pytest.mark.also_on("stand_in")
def test_a_cursor_gives_who_was_created_strictly_later(site: Site) -> None:
    guids = [site.create()["guid"] for _ in range(5)]
    assert site.pages(2) == [guids[:2], guids[2:4], guids[4:], []]


def test_an_empty_cursor_is_the_start(site: SandboxSite) -> None:
    add(site, 1)
    assert len(site.listed("cursor=")) == 1


@pytest.mark.parametrize(
    "write", [str.upper, lambda g: g.replace("-", ""), lambda g: "{" + g + "}", lambda g: "urn:uuid:" + g]
)
def test_a_cursor_may_be_written_otherwise(site: Site, write: object) -> None:
    assert callable(write)
    first, second = site.create(), site.create()
    assert site.listed(f"cursor={quote(write(first['guid']))}") == [second]


@pytest.mark.parametrize("cursor", [UNKNOWN_GUID, "abc", "57979220", "jan@gemeente.test", "1", "0", "null"])
def test_an_unknown_cursor_is_404(site: Site, cursor: str) -> None:
    reply = site.get(f"/users?cursor={quote(cursor)}")
    assert (reply.status, reply.json) == (404, NOT_FOUND)


def test_a_cursor_deleted_meanwhile_is_404(site: Site) -> None:
    first = site.create()["guid"]
    site.create()
    site.delete(first)
    assert site.get(f"/users?cursor={first}").json == NOT_FOUND


def test_a_banned_user_works_as_cursor(site: Site) -> None:
    first, second = site.create(), site.create()
    site.post(f"/users/{first['guid']}/ban")
    assert site.listed(f"cursor={first['guid']}") == [second]


# Users of one time


@pytest.mark.parametrize("limit", [1, 2])
def test_users_of_one_time_at_the_edge_of_a_page_are_in_no_page(site: SandboxSite, limit: int) -> None:
    add(site, 0, time_created_us=AT_US - 1)
    for number in (1, 2, 3):
        add(site, number, time_created_us=AT_US)
    add(site, 4, time_created_us=AT_US + 1)
    seen = [guid for page in site.pages(limit) for guid in page]
    assert len(seen) == len(set(seen)) < 5


def test_a_limit_that_takes_users_of_one_time_in_one_page_shows_them_all(site: SandboxSite) -> None:
    for number in (1, 2, 3):
        add(site, number, time_created_us=AT_US)
    assert len(site.listed("limit=3")) == 3


def test_the_order_among_users_of_one_time_changes_with_an_update(site: SandboxSite) -> None:
    for number in (1, 2, 3):
        add(site, number, time_created_us=AT_US)
    before = site.listed()
    site.update(before[0])
    after = site.listed()
    assert [user["guid"] for user in after] != [user["guid"] for user in before]
    assert {user["guid"] for user in after} == {user["guid"] for user in before}


def test_users_made_through_the_api_differ_in_time(site: Site) -> None:
    times = [site.create()["time_created"] for _ in range(50)]
    assert times == sorted(set(times))


def test_who_was_created_in_1980_or_before_is_never_listed(site: SandboxSite) -> None:
    start_of_1980_us = 315_532_800_000_000
    early = add(site, 1, time_created_us=start_of_1980_us)
    add(site, 2, time_created_us=start_of_1980_us + 1)
    assert [user["external_id"] for user in site.listed()] == ["2"]
    assert [user["external_id"] for user in site.listed(f"cursor={early}")] == ["2"]


def test_an_empty_site_lists_nobody(site: SandboxSite) -> None:
    assert site.get("/users").json == {"users": []}
