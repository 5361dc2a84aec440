"""The user object of the API."""

from datetime import UTC, datetime, timedelta

from pleio_sandbox.records import SiteSettings, User
from pleio_sandbox.values import write_guid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def describe_user(user: User, field_keys: list[str], settings: SiteSettings) -> dict[str, object]:
    """Describe a user: every profile field of the site in its order, neither groups nor avatar.

    `is_member` is always true and `icontime` always null, also for somebody with an avatar.
    """
    content: dict[str, object] = {
        "guid": write_guid(user.guid, settings),
        "external_id": user.external_id,
        "name": user.name,
        "email": user.email,
        "is_member": True,
        "is_banned": user.is_banned,
        "time_created": write_time(user.time_created_us),
        "time_updated": write_time(user.time_updated_us),
        "icontime": None,
        "profile": {key: user.profile.get(key, "") for key in field_keys},
    }
    for name in settings.hidden_fields:
        content.pop(name, None)
    return content


def write_time(time_us: int) -> str:
    """Write a time as the API does: microseconds, left out when they are 0, and `+00:00`."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat()
