"""Who will be banned or deleted unless something changes, why not yet, and from which day."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from math import ceil
from typing import Literal

from pleio_profile_sync_client.core.differences import NOTHING_REMEMBERED
from pleio_profile_sync_client.core.models import (
    Memory,
    Removal,
    SubsiteUser,
    Waiting,
)
from pleio_profile_sync_client.core.policy import Policy

_NIGHT_S = 24 * 3600


def wait_for_grace(
    users: Iterable[SubsiteUser], policy: Policy, memory: Memory, *, today: date | None
) -> Iterator[Waiting]:
    """Yield those who are not absent for long enough yet, with the day of the first run that would remove them.

    That supposes a run every night; each adds at most what passed since the last one, so it may be later.
    """
    if policy.removal is None or not policy.grace_s:
        return
    for user in users:
        absent_s = memory.users.get(str(user.guid), NOTHING_REMEMBERED).absent_s
        nights = ceil((policy.grace_s - (absent_s or 0.0)) / _NIGHT_S)
        due = None if today is None else today + timedelta(days=nights)
        yield Waiting(user.guid, user.external_id, user.email, user.name, policy.removal, "grace", absent_s, due)


def wait_for_somebody(
    removals: Iterable[Removal], why: Literal["withheld", "awaiting_approval"], memory: Memory
) -> Iterator[Waiting]:
    """Yield those who would be removed now, but for `why`: `withheld` or `awaiting_approval`; no day can be told."""
    for removal in removals:
        absent_s = memory.users.get(str(removal.guid), NOTHING_REMEMBERED).absent_s
        yield Waiting(removal.guid, removal.external_id, removal.email, removal.name, removal.action, why, absent_s)
