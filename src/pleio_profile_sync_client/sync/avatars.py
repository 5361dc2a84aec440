"""Which avatars may have to be sent: the files that matched rows name, looked at with what the state remembers."""

from msgspec.structs import replace

from pleio_profile_sync_client.core.matching import Match, Matching
from pleio_profile_sync_client.core.models import Avatar, Finding, Memory
from pleio_profile_sync_client.core.ports import Progress, Source


def examine_avatars(
    source: Source, matching: Matching, memory: Memory, progress: Progress
) -> dict[int, Avatar | Finding]:
    """Return each good row's avatar, or what is wrong with it, by line; files known by size and mtime are not read."""
    matches = [match for match in matching.matches if match.row.avatar]
    avatars: dict[int, Avatar | Finding] = {}
    if not matches:
        return avatars
    with progress.phase("looking at avatars", len(matches)) as advance:
        for match in matches:
            avatars[match.row.line] = _examine(source, match, memory)
            advance(1)
    return avatars


def _examine(source: Source, match: Match, memory: Memory) -> Avatar | Finding:
    row = match.row
    path = row.avatar or ""
    remembered = memory.users.get(str(match.user.guid)) if match.user else None
    # The state knows no paths, which may hold names: a file of the same size and mtime counts as the same.
    known = replace(remembered.avatar, path=path) if remembered and remembered.avatar else None
    avatar = source.examine_avatar(path, known)
    if isinstance(avatar, Avatar):
        return avatar
    message = f"Line {row.line} ({row.name}): {avatar.message}"
    return replace(avatar, line=row.line, external_id=row.external_id, message=message)
