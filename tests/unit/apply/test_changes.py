"""One change: its requests in their order, and the outcome that they come to."""

import pytest

from pleio_profile_sync_client.apply.changes import carry_out
from pleio_profile_sync_client.core.models import (
    Change,
    Done,
    Outcome,
    Refused,
    Status,
    Step,
    SubsiteUser,
    Unavailable,
)
from pleio_profile_sync_client.errors import SubsiteError
from tests.unit.apply.fakes import (
    AVATAR,
    FakeSubsite,
    ban,
    create,
    delete,
    no_avatar,
    nobody,
    reactivate,
    read_avatar,
    update,
)

SERVER_ERROR = Refused(500, "the subsite answered with status 500 and no explanation")
NO_ANSWER = Unavailable("no answer within 120 s; tried 8 times")
UNSENT = Unavailable("not sent: stopped by SIGTERM", sent=False)


def outcome(change: Change, subsite: FakeSubsite | None = None) -> Outcome:
    return carry_out(change, subsite or FakeSubsite(), read_avatar, nobody)


@pytest.mark.parametrize(
    ("change", "calls", "steps", "guid"),
    [
        (create("sanne"), ["create"], [Step.USER], "new-sanne"),
        (create("sanne", avatar=AVATAR), ["create", "avatar"], [Step.USER, Step.AVATAR], "new-sanne"),
        (update("g"), ["update"], [Step.USER], "g"),
        (update("g", avatar=AVATAR), ["update", "avatar"], [Step.USER, Step.AVATAR], "g"),
        (update("g", avatar=AVATAR, only_avatar=True), ["avatar"], [Step.AVATAR], "g"),
        (reactivate("g", with_record=False), ["unban"], [Step.UNBAN], "g"),
        (reactivate("g"), ["unban", "update"], [Step.UNBAN, Step.USER], "g"),
        (
            reactivate("g", avatar=AVATAR),
            ["unban", "update", "avatar"],
            [Step.UNBAN, Step.USER, Step.AVATAR],
            "g",
        ),
        (ban("g"), ["ban"], [Step.BAN], "g"),
        (delete("g"), ["delete"], [Step.DELETE], "g"),
    ],
)
def test_change_is_applied_when_all_its_requests_were(
    change: Change, calls: list[str], steps: list[Step], guid: str
) -> None:
    subsite = FakeSubsite()
    result = outcome(change, subsite)
    assert [what for what, _ in subsite.calls] == calls
    assert (result.status, result.steps, result.guid, result.error) == (Status.APPLIED, tuple(steps), guid, None)


def test_avatar_goes_to_the_new_user_and_is_told() -> None:
    subsite = FakeSubsite()
    assert outcome(create("sanne", avatar=AVATAR), subsite).avatar == AVATAR
    assert subsite.calls[-1] == ("avatar", "new-sanne")


def test_failed_create_has_no_guid_and_leaves_the_avatar_to_the_next_run() -> None:
    subsite = FakeSubsite()
    subsite.answers["create", "sanne"] = SERVER_ERROR
    result = outcome(create("sanne", avatar=AVATAR), subsite)
    assert (result.status, result.guid, result.steps) == (Status.FAILED, None, ())
    assert result.error is not None
    assert "Left to do: the user's values and the avatar" in result.error
    assert [what for what, _ in subsite.calls] == ["create"]


def test_change_that_failed_half_way_tells_what_was_done_and_what_is_left() -> None:
    subsite = FakeSubsite()
    subsite.answers["update", "g"] = NO_ANSWER
    result = outcome(reactivate("g", avatar=AVATAR), subsite)
    assert (result.status, result.steps, result.avatar) == (Status.FAILED, (Step.UNBAN,), None)
    assert result.error is not None
    assert result.error.startswith(NO_ANSWER.message)
    assert "Left to do: the user's values and the avatar; the next run does it." in result.error


def test_created_user_keeps_the_guid_although_the_avatar_failed() -> None:
    subsite = FakeSubsite()
    subsite.answers["avatar", "new-sanne"] = Refused(404, "Could not save avatar")
    result = outcome(create("sanne", avatar=AVATAR), subsite)
    assert (result.status, result.guid, result.steps) == (Status.FAILED, "new-sanne", (Step.USER,))


def test_avatar_that_cannot_be_read_any_more_fails_the_change_only_after_the_user() -> None:
    subsite = FakeSubsite()
    result = carry_out(update("g", avatar=AVATAR), subsite, no_avatar, nobody)
    assert (result.status, result.steps, result.is_trouble) == (Status.FAILED, (Step.USER,), False)
    assert result.error is not None
    assert result.error.startswith("The avatar sanne.jpg is not there.")


@pytest.mark.parametrize("change", [create("sanne"), update("g"), reactivate("g"), ban("g"), delete("g")])
def test_change_of_which_nothing_was_sent_was_not_attempted(change: Change) -> None:
    subsite = FakeSubsite()
    for what in ("create", "update", "unban", "ban", "delete"):
        subsite.answers[what, "g"] = subsite.answers[what, "sanne"] = UNSENT
    result = outcome(change, subsite)
    assert (result.status, result.error, result.is_trouble) == (Status.NOT_ATTEMPTED, UNSENT.message, False)


def test_change_that_was_stopped_half_way_failed() -> None:
    subsite = FakeSubsite()
    subsite.answers["update", "g"] = UNSENT
    result = outcome(reactivate("g"), subsite)
    assert (result.status, result.steps) == (Status.FAILED, (Step.UNBAN,))


@pytest.mark.parametrize(
    ("answer", "is_trouble"),
    [
        (SERVER_ERROR, True),
        (NO_ANSWER, True),
        (UNSENT, False),
        (Refused(400, "taken"), False),
        (Refused(404, "not found"), False),
        (Done(None), False),
    ],
)
def test_subsites_trouble_is_told_from_the_users(answer: Refused | Unavailable | Done, is_trouble: bool) -> None:
    subsite = FakeSubsite()
    subsite.answers["ban", "g"] = answer
    assert outcome(ban("g"), subsite).is_trouble is is_trouble


def test_end_of_the_run_keeps_what_was_done_before() -> None:
    subsite = FakeSubsite()
    subsite.answers["avatar", "new-sanne"] = SubsiteError("not this API")
    result = outcome(create("sanne", avatar=AVATAR), subsite)
    assert (result.status, result.guid, result.steps) == (Status.FAILED, "new-sanne", (Step.USER,))
    assert result.is_trouble


def test_removal_that_ends_the_run_has_failed() -> None:
    subsite = FakeSubsite()
    subsite.answers["delete", "g"] = SubsiteError("the secret was refused")
    result = outcome(delete("g"), subsite)
    assert (result.status, result.error) == (Status.FAILED, "the secret was refused.")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Unavailable("status 503; tried 8 times", maybe_done=False), "status 503; tried 8 times; it was not done"),
        (Unavailable("reset; tried 8 times"), "reset; tried 8 times; it may have been done all the same"),
        (Refused(500, "status 500"), "status 500; it may have been done all the same"),
        (Refused(400, "status 400: taken"), "status 400: taken"),
        (Unavailable("not sent: stopped by SIGTERM", sent=False, maybe_done=False), "not sent: stopped by SIGTERM"),
    ],
)
def test_it_is_told_whether_a_change_may_have_been_done(answer: Refused | Unavailable, told: str) -> None:
    for change in (ban("g"), update("g")):
        subsite = FakeSubsite()
        subsite.answers["ban", "g"] = subsite.answers["update", "g"] = answer
        assert outcome(change, subsite).error == told


def test_what_the_subsite_did_not_take_is_told() -> None:
    subsite = FakeSubsite()
    subsite.answers["update", "g"] = Done(SubsiteUser("g", "P-g", "other", "user-g@gemeente.test", is_banned=False))
    result = outcome(update("g"), subsite)
    assert (result.status, result.not_taken) == (Status.APPLIED, {"name": "user-g"})


def explained(change: Change, answer: Refused) -> str:
    subsite = FakeSubsite()
    subsite.answers["create", "sanne"] = answer
    error = outcome(change, subsite).error
    assert error is not None
    return error


def test_create_without_external_id_that_is_refused_explains_the_way_out() -> None:
    error = explained(create("sanne", None), Refused(400, "This external_id is already taken.", "external_id"))
    assert "map external_id to the e-mail" in error


@pytest.mark.parametrize(
    "answer", [Refused(400, "This is taken.", "email"), Refused(400, "This is taken.", "external_id")]
)
def test_key_that_nobody_listed_had_explains_the_edge_of_a_page(answer: Refused) -> None:
    assert "page's edge" in explained(create("sanne"), answer)


def test_key_that_only_the_database_takes_for_the_same_names_its_holder() -> None:
    holder = SubsiteUser("g9", "P9", "SANNE@gemeente.test", "x", is_banned=False)
    subsite = FakeSubsite()
    subsite.answers["create", "sanne"] = Refused(400, "This e-mail is already taken.", "email")
    error = carry_out(create("sanne"), subsite, read_avatar, lambda _taken, _write: holder).error
    assert error is not None
    assert "g9" in error
    assert "database" in error


def test_other_refusals_are_told_as_they_are() -> None:
    assert "taken" not in explained(create("sanne"), SERVER_ERROR)
