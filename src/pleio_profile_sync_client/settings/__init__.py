"""Everything that the administrator chose: options, environment and configuration file become one frozen `Settings`.

Nothing here knows the command line's grammar; that is `cli.options`.
"""

from pleio_profile_sync_client.settings.load import load_check_settings, load_settings, load_state_settings
from pleio_profile_sync_client.settings.models import CheckSettings, Settings, SourceSettings, StateSettings
from pleio_profile_sync_client.settings.secret import Secret

__all__ = [
    "CheckSettings",
    "Secret",
    "Settings",
    "SourceSettings",
    "StateSettings",
    "load_check_settings",
    "load_settings",
    "load_state_settings",
]
