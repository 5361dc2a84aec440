"""What the answer to a write shows of what was sent."""

import pytest

from pleio_profile_sync_client.core.models import Record, SubsiteUser
from pleio_profile_sync_client.core.outcome import find_not_taken

RECORD = Record("Zoë Bakker", "Zoe@gemeente.test", "P7", {"occupation": "Jurist", "floor": ""}, groups=("g1",))


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
