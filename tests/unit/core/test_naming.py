"""Whom refused rows, and the own cells of good ones, keep from being removed."""

import pytest

from pleio_profile_sync_client.core.models import SourceUser, SubsiteUser
from tests.unit.core.builders import DELETE, plan, problems, removed, row, user

ANNA = user()
JAN = user("u2", "P2", "jan@gemeente.test", "Jan Jansen")


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
