"""Moments as seconds since 1970 and as dates: every one that a date can show, whatever the platform."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_datetime(since_1970_s: float) -> datetime:
    """Return the date of so many seconds since 1970, negative ones too; those that no date can show are cut off."""
    try:
        return _EPOCH + timedelta(seconds=since_1970_s)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if since_1970_s > 0 else datetime.min.replace(tzinfo=UTC)
