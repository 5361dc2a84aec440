"""Reading the list: the cursor rule against a model of the subsite's paging."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Guid, SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite import listing
from pleio_profile_sync_client.subsite.listing import Newest, next_cursor, read_list
from pleio_profile_sync_client.subsite.payloads import PageUser


def listed(guid: Guid, time: str | None, name: str = "") -> PageUser:
    return PageUser(SubsiteUser(guid, None, name, "", is_banned=False), time)


def second(number: int) -> str:
    return f"2026-07-01T10:{number // 60:02}:{number % 60:02}+00:00"


class Paging:
    """Pages of users strictly later than the cursor, as the subsite gives them; `asked` notes limits and cursors."""

    def __init__(self, users: Sequence[PageUser]) -> None:
        self.users = list(users)
        self.asked: list[tuple[int, Guid | None]] = []

    def __call__(self, limit: int, cursor: Guid | None) -> list[PageUser] | None:
        self.asked.append((limit, cursor))
        if cursor is None:
            return self.users[:limit]
        found = [one for one in self.users if one.user.guid == cursor]
        if not found:
            return None
        after = found[0].time or ""
        return [one for one in self.users if (one.time or "") > after][:limit]


def guids(users: Sequence[SubsiteUser]) -> list[Guid]:
    return [user.guid for user in users]


def test_short_page_is_the_last() -> None:
    paging = Paging([listed(number, second(number)) for number in range(499)])
    assert guids(read_list(paging)) == list(range(499))
    assert paging.asked == [(500, None)]


def test_full_page_is_followed_by_one_from_its_last_user_but_one() -> None:
    paging = Paging([listed(number, second(number)) for number in range(999)])
    assert guids(read_list(paging)) == list(range(999))
    assert paging.asked == [(500, None), (500, 498), (500, 997)]


def test_empty_page_is_an_empty_list() -> None:
    assert read_list(Paging([])) == []


@pytest.mark.parametrize("same", [2, 7, 499, 500, 501, 1000, 1203])
@pytest.mark.parametrize("before", [0, 1, 3, 250, 498, 499, 500])
def test_users_of_one_time_at_an_edge_are_all_seen(same: int, before: int) -> None:
    times = [second(number) for number in range(before)] + [second(before)] * same
    times += [second(before + 1 + number) for number in range(30)]
    paging = Paging([listed(number, time) for number, time in enumerate(times)])
    assert guids(read_list(paging)) == list(range(len(times)))


def test_doubled_limit_stays() -> None:
    paging = Paging([listed(number, second(0)) for number in range(700)])
    read_list(paging)
    assert [limit for limit, _ in paging.asked] == [500, 1000]


@given(st.lists(st.integers(0, 40), max_size=2500).map(sorted))
def test_everybody_is_seen_once_in_order_whatever_the_times(times: list[int]) -> None:
    paging = Paging([listed(number, second(time)) for number, time in enumerate(times)])
    assert guids(read_list(paging)) == list(range(len(times)))


def test_number_of_pages_is_one_for_every_499_users() -> None:
    paging = Paging([listed(number, second(number)) for number in range(499 * 6)])
    read_list(paging)
    assert len(paging.asked) == 6


def test_last_user_is_the_cursor_where_times_are_missing() -> None:
    assert next_cursor([listed("a", None), listed("b", None)]) == "b"


def test_cursor_is_the_last_user_who_is_older_than_the_pages_last() -> None:
    page = [listed("a", second(1)), listed("b", second(2)), listed("c", second(3)), listed("d", second(3))]
    assert next_cursor(page) == "b"
    assert next_cursor(page[2:]) is None


def test_whole_second_is_another_time_than_its_fractions() -> None:
    page = [listed("a", "2026-07-01T10:00:00+00:00"), listed("b", "2026-07-01T10:00:00.000001+00:00")]
    assert next_cursor(page) == "a"


def test_later_page_counts_where_a_user_comes_twice() -> None:
    first = [listed(number, second(number)) for number in range(500)]
    again = [listed(499, second(499), "new name"), listed(500, second(500))]
    pages = iter([first, again])
    users = read_list(lambda limit, cursor: next(pages))
    assert guids(users) == list(range(501))
    assert users[499].name == "new name"


def gone_at(
    numbers: set[int], users: Sequence[PageUser]
) -> tuple[Callable[[int, Guid | None], list[PageUser] | None], Paging]:
    """A paging that says of the requests of these numbers that their cursor is gone."""
    paging = Paging(users)

    def fetch(limit: int, cursor: Guid | None) -> list[PageUser] | None:
        page = paging(limit, cursor)
        return None if len(paging.asked) in numbers else page

    return fetch, paging


def test_cursor_that_was_deleted_restarts_the_list_once() -> None:
    fetch, paging = gone_at({3}, [listed(number, second(number)) for number in range(1200)])
    assert guids(read_list(fetch)) == list(range(1200))
    assert [cursor for _, cursor in paging.asked] == [None, 498, 997, None, 498, 997]


def test_cursor_deleted_twice_ends_with_a_clear_message() -> None:
    fetch, _ = gone_at({2, 4}, [listed(number, second(number)) for number in range(1200)])
    with pytest.raises(SubsiteError, match="broke off twice"):
        read_list(fetch)


def test_start_that_is_gone_begins_from_the_start() -> None:
    paging = Paging([listed("a", second(1)), listed("b", second(2))])
    assert guids(read_list(paging, start="gone")) == ["a", "b"]
    assert guids(read_list(paging, start="a")) == ["b"]


def test_doubled_guid_with_other_values_ends_with_a_clear_message() -> None:
    paging = Paging([listed("a", second(1)), listed("a", second(2), "somebody else")])
    with pytest.raises(SubsiteError, match="two different ones with guid a"):
        read_list(paging)


def test_doubled_guid_with_the_same_values_is_one_user() -> None:
    assert guids(read_list(Paging([listed("a", second(1)), listed("a", second(2))]))) == ["a"]


def test_list_that_repeats_itself_ends_with_a_clear_message() -> None:
    page = [listed(number, second(number)) for number in range(500)]
    with pytest.raises(SubsiteError, match="does not come to an end"):
        read_list(lambda limit, cursor: page)


def test_list_that_never_ends_is_stopped() -> None:
    numbers = iter(range(10**9))

    def fetch(limit: int, cursor: Guid | None) -> list[PageUser]:
        return [listed(number, None) for number in (next(numbers) for _ in range(limit))]

    with pytest.raises(SubsiteError, match="does not come to an end"):
        read_list(fetch, most_users=5_000)
    assert listing.MOST_USERS > 10**7


def test_progress_hears_of_each_user_once() -> None:
    heard: list[int] = []
    read_list(Paging([listed(number, second(number)) for number in range(1100)]), advance=heard.append)
    assert sum(heard) == 1100
    assert len(heard) == 3


def test_nobody_is_known_at_first() -> None:
    assert Newest().before(100.0) is None


def test_last_user_of_the_list_was_there_before() -> None:
    newest = Newest()
    newest.note_listed("last")
    assert newest.before(0.0) == "last"


def test_created_user_counts_only_when_servers_with_other_clocks_agree_on_it() -> None:
    newest = Newest()
    newest.note_listed("last")
    newest.note_created("a", 10.0)
    assert newest.before(11.0) == "last"
    assert newest.before(12.5) == "a"


def test_in_a_steady_stream_it_goes_on_to_later_users() -> None:
    newest = Newest()
    for tenth in range(200):
        newest.note_created(tenth, tenth / 10)
    found = newest.before(20.0)
    assert isinstance(found, int)
    assert 140 <= found <= 180
