"""What a change is, in one line: for the plan that a dry run shows, and for the log of a real run."""

from pleio_profile_sync_client.core.escaping import shortened, visible
from pleio_profile_sync_client.core.models import Change, Removal, Write
from pleio_profile_sync_client.core.wording import counted

_SHOWN_CHARACTERS = 60


def describe_change(change: Change) -> str:
    """Return action, user and what differs, old and new; long values are cut, for the eye only."""
    if isinstance(change, Removal):
        return f"{change.action} {_who(change)}" + (" (banned already)" if change.is_banned else "")
    parts = [_describe_difference(change, name, old, new) for name, (old, new) in change.fields.items()]
    if change.record is not None and change.record.groups:
        parts.append(counted(len(change.record.groups), "group"))
    if change.avatar is not None:
        parts.append(f"avatar {_shown(change.avatar.path)}")
    parts += [f"({mark})" for mark in change.marks]
    return f"{change.action} line {change.line}, {_who(change)}" + (f": {'; '.join(parts)}" if parts else "")


def _who(change: Change) -> str:
    named = f"{visible(change.external_id)}, " if change.external_id else ""
    return f"{named}{visible(change.email)}"


def _describe_difference(change: Write, name: str, old: str | None, new: str | None) -> str:
    before = "" if change.guid is None and old is None else f'"{_shown(old or "")}" -> '
    return f'{visible(name)} {before}"{_shown(new or "")}"'


def _shown(text: str) -> str:
    return visible(shortened(text, _SHOWN_CHARACTERS))
