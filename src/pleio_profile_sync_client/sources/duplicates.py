"""Rows that share an external_id or an e-mail: none of them can be trusted, unless they are the same row again."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.sources.problems import MOST_LINES_NAMED, describe_duplicate, lines_named, shown


class Shared:
    """Keeps the external_ids and e-mails of all rows that can be read, skipped ones too, and which occur twice."""

    def __init__(self) -> None:
        self.external_ids: set[str] = set()
        self.emails: set[str] = set()
        self.skipped: list[tuple[str, str, int]] = []
        self._seen_external_ids: set[str] = set()
        self._seen_emails: set[str] = set()

    def add(self, external_id: str, email: str) -> None:
        """Add a row's keys; they are trimmed and NFC, so that lower case is what is left to do of `keys.key`."""
        if external_id:
            external_id = external_id.lower()
            if external_id in self._seen_external_ids:
                self.external_ids.add(external_id)
            self._seen_external_ids.add(external_id)
        if email:
            email = email.lower()
            if email in self._seen_emails:
                self.emails.add(email)
            self._seen_emails.add(email)

    def add_skipped(self, external_id: str, email: str, line: int) -> None:
        """Add the keys of a row that is skipped for a problem of its own."""
        self.add(external_id, email)
        self.skipped.append((external_id.lower(), email.lower(), line))


class Settled(Struct, frozen=True):
    """The users who are left, the rows that are skipped as duplicates, and what is to be said."""

    users: list[SourceUser]
    skipped: list[SkippedRow]
    problems: list[Finding]
    warnings: list[Finding]


def settle_duplicates(users: list[SourceUser], shared: Shared) -> Settled:
    """Take out rows that share a key with another row.

    Rows that are identical in all columns that are used stay once, with a warning.
    """
    if not shared.external_ids and not shared.emails:
        return Settled(users, [], [], [])
    by_external_id: dict[str, list[SourceUser]] = defaultdict(list)
    by_email: dict[str, list[SourceUser]] = defaultdict(list)
    for user in users:
        if key(user.external_id) in shared.external_ids:
            by_external_id[key(user.external_id)].append(user)
        if key(user.email) in shared.emails:
            by_email[key(user.email)].append(user)
    external_ids: dict[str, list[int]] = defaultdict(list)
    emails: dict[str, list[int]] = defaultdict(list)
    for external_id, email, line in shared.skipped:
        external_ids[external_id].append(line)
        emails[email].append(line)
    verdicts: dict[int, Finding | int] = {}
    for field, groups, others in (("external_id", by_external_id, external_ids), ("email", by_email, emails)):
        for value, group in groups.items():
            _judge(field, group, others.get(value, []), verdicts)
    return _settled(users, verdicts)


def _judge(field: str, group: Sequence[SourceUser], skipped: Sequence[int], verdicts: dict[int, Finding | int]) -> None:
    """Give each row of a group its problem, or, where all are the same row, the line of the one that stays."""
    first = group[0]
    if not skipped and all(replace(user, line=first.line) == first for user in group):
        for user in group[1:]:
            verdicts.setdefault(user.line, first.line)
        return
    lines = sorted([*(user.line for user in group), *skipped])
    for user in group:
        if isinstance(verdicts.get(user.line), Finding):
            continue
        value = user.external_id if field == "external_id" else user.email
        named = [line for line in lines[: MOST_LINES_NAMED + 1] if line != user.line]
        message = describe_duplicate("e-mail" if field == "email" else field, value or "", named, total=len(lines) - 1)
        verdicts[user.line] = Finding(f"duplicate_{field}", message, user.line, user.external_id)


def _settled(users: Sequence[SourceUser], verdicts: dict[int, Finding | int]) -> Settled:
    settled = Settled([], [], [], [])
    copies: dict[int, list[int]] = defaultdict(list)
    for user in users:
        match verdicts.get(user.line):
            case None:
                settled.users.append(user)
            case Finding() as problem:
                settled.problems.append(problem)
                settled.skipped.append(
                    SkippedRow(user.line, problem.code, user.external_id, user.email, email_valid=True)
                )
            case first_line:
                copies[first_line].append(user.line)
    for user in settled.users:
        if user.line in copies:
            message = f"{shown(user.name)} stands in {lines_named([user.line, *copies[user.line]])}; it counts once."
            settled.warnings.append(Finding("identical_rows", message, copies[user.line][0], user.external_id))
    return settled
