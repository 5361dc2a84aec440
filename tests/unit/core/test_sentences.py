"""A change in one line."""

from pleio_profile_sync_client.core.models import Action, Avatar, Record, Removal, Write
from pleio_profile_sync_client.core.sentences import describe_change

RECORD = Record("Fatma Yildiz", "fatma@gemeente.test", "P7", groups=("g1",))


def test_a_create_shows_what_it_brings() -> None:
    create = Write(
        Action.CREATE, None, 7, "P7", RECORD.email, RECORD, {"name": (None, "Fatma Yildiz")}, Avatar("f.jpg", "d", 1, 2)
    )
    assert (
        describe_change(create) == 'create line 7, P7, fatma@gemeente.test: name "Fatma Yildiz"; 1 group; avatar f.jpg'
    )


def test_an_update_shows_old_and_new() -> None:
    update = Write(
        Action.UPDATE, "u", 7, None, RECORD.email, None, {"profile.phone": ("06-1", "")}, None, ("relinked",)
    )
    assert describe_change(update) == 'update line 7, fatma@gemeente.test: profile.phone "06-1" -> ""; (relinked)'


def test_an_external_id_that_was_none_is_shown_as_empty() -> None:
    update = Write(Action.UPDATE, "u", 7, "P7", RECORD.email, None, {"external_id": (None, "P7")})
    assert describe_change(update).endswith('external_id "" -> "P7"')


def test_a_removal_shows_the_user() -> None:
    ban = Removal(Action.BAN, "u", "P7", RECORD.email, "Fatma Yildiz")
    delete = Removal(Action.DELETE, "u", None, RECORD.email, "Fatma Yildiz", is_banned=True)
    assert describe_change(ban) == "ban P7, fatma@gemeente.test"
    assert describe_change(delete) == "delete fatma@gemeente.test (banned already)"


def test_long_values_are_cut_and_no_value_can_break_the_line() -> None:
    update = Write(Action.UPDATE, "u", 7, "P\n7", "a\x1b@b", None, {"profile.a\nb": ("x" * 500, "\n" * 500)})
    text = describe_change(update)
    assert text.isprintable()
    assert '"' + "x" * 57 + '..." -> "' + "\\n" * 57 + '..."' in text
