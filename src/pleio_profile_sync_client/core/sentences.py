"""What a change is, in one line: for the plan that a dry run shows, and for the log of a real run."""

from pleio_profile_sync_client.core.escaping import shortened, visible
from pleio_profile_sync_client.core.models import Change, Removal, Write
from pleio_profile_sync_client.core.wording import counted

SHOWN_CHARACTERS = 60


def describe_change(change: Change, *, limit: int = SHOWN_CHARACTERS) -> str:
    """Return action, user and what differs, old and new; values longer than `limit` are cut, for the eye only."""
    if isinstance(change, Removal):
        return f"{change.action} {_who(change)}" + (" (banned already)" if change.is_banned else "")
    parts = [_difference(change, name, old, new, limit) for name, (old, new) in change.fields.items()]
    if change.record is not None and change.record.groups:
        parts.append(counted(len(change.record.groups), "group"))
    if change.avatar is not None:
        parts.append(f"avatar {_shown(change.avatar.path, limit)}")
    parts += [f"({mark})" for mark in change.marks]
    return f"{change.action} line {change.line}, {_who(change)}" + (f": {'; '.join(parts)}" if parts else "")


def _who(change: Change) -> str:
    named = f"{visible(change.external_id)}, " if change.external_id else ""
    return f"{named}{visible(change.email)}"


def _difference(change: Write, name: str, old: str | None, new: str | None, limit: int) -> str:
    shown = f'{visible(name)} "{_shown(new or "", limit)}"'
    if change.guid is None and old is None:
        return shown
    return f'{visible(name)} "{_shown(old or "", limit)}" -> "{_shown(new or "", limit)}"'


def _shown(text: str, limit: int) -> str:
    return visible(shortened(text, limit))
