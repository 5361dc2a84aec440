"""The secret does not show itself."""

import copy
import json
import pickle

import pytest

from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.models import Settings, SourceSettings
from pleio_profile_sync_client.settings.secret import Secret

SECRET = "kanarie-7f3a91c2e5"


def test_a_secret_is_seen_only_when_revealed() -> None:
    secret = Secret(SECRET)

    assert secret.reveal() == SECRET
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr([secret])):
        assert SECRET not in shown


def test_a_secret_is_not_for_storing() -> None:
    secret = Secret(SECRET)

    for store in (pickle.dumps, json.dumps, copy.copy, copy.deepcopy, vars):
        with pytest.raises(TypeError):
            store(secret)


def test_settings_do_not_show_the_secret() -> None:
    settings = Settings(
        source=SourceSettings("a.csv"), destination="https://gemeente.test", secret=Secret(SECRET), policy=Policy()
    )

    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
