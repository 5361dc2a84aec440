"""The table of options says of each all there is to say, and nothing that does not hold."""

from typing import get_args

import pytest

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.models import CheckSettings, Settings, SourceSettings, StateSettings
from pleio_profile_sync_client.settings.options import (
    COMMAND_LINE,
    METAVARS,
    OPTIONS,
    REFUSALS,
    Option,
    ValueType,
)
from pleio_profile_sync_client.settings.parsers import PARSERS, parse_value

FIELDS = {
    name
    for model in (Policy, Settings, SourceSettings, Layout, CheckSettings, StateSettings)
    for name in model.__struct_fields__
}
READ_ELSEWHERE = {"api_secret", "api_secret_file", "config", "ban", "delete", "max_age"}


def test_each_type_of_value_can_be_parsed_and_shown() -> None:
    types = {name for some in get_args(ValueType) for name in get_args(some)}
    assert set(PARSERS) == types - {"word"}
    assert set(METAVARS) < types


def test_no_option_is_there_twice() -> None:
    assert len({(option.table, option.name) for option in OPTIONS}) == len(OPTIONS)
    assert len({option.settings_field for option in COMMAND_LINE.values()}) == len(COMMAND_LINE)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_has_an_effect(option: Option) -> None:
    if option.is_on_command_line:
        assert option.settings_field in FIELDS or option.name in READ_ELSEWHERE
        assert option.commands
        assert option.theme or option.commands[0] != "sync"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_agrees_with_itself(option: Option) -> None:
    assert option.help.endswith(".")
    assert not (option.default and option.unset)
    assert bool(option.words) == (option.value_type == "word")
    assert option.is_repeatable or not option.adds_to_file
    if option.default:
        assert parse_value(option, option.default, option.flag) is not None


def test_what_is_refused_together_is_there() -> None:
    assert {name for refusal in REFUSALS for name in refusal.options} <= set(COMMAND_LINE)
