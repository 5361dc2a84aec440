"""Whom refused rows, and the own cells of good ones, keep from being removed."""

import pytest

from pleio_profile_sync_client.core.models import SourceUser, SubsiteUser
from tests.unit.core.builders import DELETE, plan, problems, removed, row, user, written

ANNA = user()
JAN = user("u2", "P2", "jan@gemeente.test", "Jan Jansen")
ZOE = user("u2", "P2", "zoe@gemeente.test", "Zoë Çelik")


@pytest.mark.parametrize(
    "refused",
    [
        row(3, "P9", "anna@gemeente.test", "Jansen, Jan"),
        row(3, "P9 P2", "anna@gemeente.test", "Kim"),
        row(3, "P9", "anna@gemeente.test", "jan@gemeente.test"),
    ],
    ids=["by name", "by external_id", "by e-mail"],
)
def test_a_refused_row_protects_beyond_the_user_whom_it_matches(refused: SourceUser) -> None:
    made = plan([refused], [ANNA, JAN], DELETE)
    assert problems(made) == [("other_id", 3)]
    assert removed(made) == []


@pytest.mark.parametrize(
    "good",
    [
        row(3, "jan@gemeente.test", "nieuw@x.test", "Kim"),
        row(3, "P9", "nieuw@x.test", "Kim <jan@gemeente.test>"),
        row(3, "P9", "nieuw@x.test", "P2"),
        row(3, "P9", "nieuw@x.test", "\uff30\uff12"),
        row(3, "Jan Jansen", "nieuw@x.test", "P9"),
    ],
    ids=["e-mail as external_id", "e-mail in the name", "external_id as name", "in full width", "name as external_id"],
)
def test_the_own_cells_of_a_good_row_protect_whose_key_stands_there(good: SourceUser) -> None:
    made = plan([row(), good], [ANNA, JAN], DELETE)
    assert removed(made) == []
    again = plan([row(), good], [ANNA, JAN, user("u9", good.external_id, good.email, good.name)], DELETE)
    assert removed(again) == []


@pytest.mark.parametrize(
    ("good", "leaver"),
    [
        (row(3, "P3", "k@x.test", "Jan Jansen"), JAN),
        (row(3, "P3", "xjan@gemeente.test", "Kim"), JAN),
        (row(3, "P3", "p2.bos@x.test", "Kim"), JAN),
    ],
    ids=["a namesake", "an e-mail that ends alike", "an e-mail that begins with the external_id"],
)
def test_a_leaver_does_not_stay_for_what_a_colleague_shares_with_them(good: SourceUser, leaver: SubsiteUser) -> None:
    colleague = user("u3", "P3", good.email, good.name)
    assert removed(plan([row(), good], [ANNA, leaver, colleague], DELETE)) == [("delete", "u2")]


def test_a_name_that_a_row_gives_to_another_user_keeps_who_bears_it() -> None:
    made = plan([row(2, "P1", "anna@gemeente.test", "Zoë Çelik")], [ANNA, ZOE], DELETE)
    assert problems(made) == [("same_name", 2)]
    assert made.changes == ()


def test_a_namesake_of_somebody_who_stays_goes() -> None:
    anna = user("u1", "P1", "anna@gemeente.test", "Zoë Çelik")
    made = plan([row(2, "P1", "anna@gemeente.test", "Zoë Çelik")], [anna, ZOE], DELETE)
    assert removed(made) == [("delete", "u2")]


@pytest.mark.parametrize("name", ["zoe@x.test/Zoë Çelik", "Zoë Çelik (2)", "9Zoë Çelik", "Zoe Celik; ziek"])
def test_whoever_can_be_read_in_a_newcomers_row_stays(name: str) -> None:
    made = plan([row(), row(3, "P9", "nieuw@gemeente.test", name)], [user(), ZOE], DELETE)
    assert written(made) == [("create", 3, None)]
    assert removed(made) == []


@pytest.mark.parametrize(
    "name", ["Zoe Celik", "en Zoë Çelik", "Zoë Çelik, Jan", "Celik, Zoe", "ZOË ÇELIK", "Zoe\u0308 C\u0327elik"]
)
def test_a_name_is_the_same_without_its_accents(name: str) -> None:
    made = plan([row(), row(3, "P9", "nieuw@gemeente.test", name)], [user(), ZOE], DELETE)
    assert problems(made) == [("same_name", 3)]
    assert (written(made), removed(made)) == ([], [])
