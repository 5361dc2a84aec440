"""Where to begin looking for a user whose creation got no answer."""

from pleio_profile_sync_client.subsite.creation import Newest


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
