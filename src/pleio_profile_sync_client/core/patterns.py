"""Globs over a subsite user's e-mail and external_id, for `--protect` and `--scope`."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

from msgspec import Struct

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import SubsiteUser

SYSTEM_USERS = "*@localhost"
"""The subsite's own users (`externalcontent@localhost`, observed); nothing there protects them."""


class Patterns(Struct, frozen=True):
    """Globs, ready for use; without any they cover nobody.

    Those that begin with `*` and have no other special character stand in `endings` (a plain comparison is three times
    as fast, and everybody is compared with `*@localhost`), the others in `expression`.
    """

    endings: tuple[str, ...]
    expression: re.Pattern[str] | None

    def covers(self, user: SubsiteUser) -> bool:
        """Tell whether the user's e-mail or external_id matches one of the globs, in any case."""
        email, external_id = key(user.email), key(user.external_id)
        if email.endswith(self.endings) or external_id.endswith(self.endings):
            return True
        if self.expression is None:
            return False
        return bool(self.expression.match(email) or self.expression.match(external_id))


def compile_patterns(globs: Iterable[str]) -> Patterns:
    """Return the globs ready for use; `*`, `?` and `[…]` as in a shell."""
    wanted = [key(glob) for glob in globs]
    endings = tuple(glob[1:] for glob in wanted if _is_ending(glob))
    others = [translate(glob) for glob in wanted if not _is_ending(glob)]
    return Patterns(endings, re.compile("|".join(others)) if others else None)


def find_unused(globs: Iterable[str], users: Sequence[SubsiteUser]) -> list[str]:
    """Return the globs that cover nobody; none while there are no users."""
    return [glob for glob in globs if users and not any(map(compile_patterns([glob]).covers, users))]


def _is_ending(glob: str) -> bool:
    return glob.startswith("*") and not any(special in glob[1:] for special in "*?[")
