"""Globs over e-mail and external_id."""

import pytest

from pleio_profile_sync_client.core.patterns import SYSTEM_USERS, compile_patterns
from tests.unit.core.builders import user

JAN = user("u1", "Ext-7", "jan@gemeente.test")


@pytest.mark.parametrize(
    "glob",
    [
        "jan@gemeente.test",
        "JAN@*",
        "*@gemeente.test",
        "*",
        "j?n@*",
        "ext-7",
        "EXT-*",
        "*-7",
        "[e]xt-?",
        " jan@* ",
        "*n@*t",
    ],
)
def test_these_cover_the_user(glob: str) -> None:
    assert compile_patterns((glob,)).covers(JAN)


@pytest.mark.parametrize("glob", ["jan", "@gemeente.test", "*@gemeente", "ext", "ext-77", "j?an@*", "[!e]xt-7"])
def test_these_do_not(glob: str) -> None:
    assert not compile_patterns((glob,)).covers(JAN)


def test_one_of_several_is_enough() -> None:
    assert compile_patterns(("x", "*@elders.test", "ext*")).covers(JAN)
    assert compile_patterns(("x", "*@gemeente.test")).covers(JAN)


def test_none_cover_nobody() -> None:
    assert not compile_patterns(()).covers(JAN)
    assert not compile_patterns(()).covers(user("u1", None, ""))


def test_a_user_without_external_id_is_covered_by_email() -> None:
    assert compile_patterns((SYSTEM_USERS,)).covers(user("u1", None, "ExternalContent@localhost"))
    assert not compile_patterns((SYSTEM_USERS,)).covers(user("u1", None, "jan@localhost.test"))


def test_special_characters_of_regular_expressions_are_plain() -> None:
    assert not compile_patterns(("jan@gemeente?test", "jan.*")).covers(user("u1", "P1", "janxgemeente@test"))
    assert compile_patterns(("j.a+n@*",)).covers(user("u1", None, "j.a+n@gemeente.test"))
