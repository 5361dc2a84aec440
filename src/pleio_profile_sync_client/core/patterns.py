"""Globs over a subsite user's e-mail and external_id, for `--protect` and `--scope`."""

import re
from fnmatch import translate

from msgspec import Struct

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import SubsiteUser

SYSTEM_USERS = "*@localhost"
"""The subsite's own users (`externalcontent@localhost`, observed); nothing there protects them."""


class Patterns(Struct, frozen=True):
    """Globs as one regular expression; without any it covers nobody."""

    expression: re.Pattern[str]

    def cover(self, user: SubsiteUser) -> bool:
        """Tell whether the user's e-mail or external_id matches one of the globs, in any case."""
        return bool(self.expression.match(key(user.email)) or self.expression.match(key(user.external_id)))


def compile_patterns(globs: tuple[str, ...]) -> Patterns:
    """Return the globs ready for use; `*`, `?` and `[…]` as in a shell."""
    return Patterns(re.compile("|".join(translate(key(glob)) for glob in globs) or r"(?!)"))
