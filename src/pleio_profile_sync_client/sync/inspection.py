"""Looking without a run: one person explained, the users as a CSV, source and subsite checked for a configuration.

GETs only, no lock.
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TextIO
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core.draft import Draft, draft_plan
from pleio_profile_sync_client.core.explain import explain as explain_person
from pleio_profile_sync_client.core.fuses import explain_fuse, explain_way_out
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import match_rows, recall_avatars
from pleio_profile_sync_client.core.models import Finding, Layout, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.ports import Progress, Signals
from pleio_profile_sync_client.errors import EXIT_OK
from pleio_profile_sync_client.reports.export import write_users
from pleio_profile_sync_client.runlog.lines import log_finding
from pleio_profile_sync_client.settings.models import Settings, SourceSettings
from pleio_profile_sync_client.sources.avatars import examine_avatars
from pleio_profile_sync_client.sources.source import RecordSource
from pleio_profile_sync_client.state.store import peek_memory
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.origins import make_source
from pleio_profile_sync_client.sync.parts import make_client, make_occasion, open_log, state_path

log = logging.getLogger(__name__)

_ATTRIBUTES = (
    *("employeeID", "employeeNumber", "objectGUID", "displayName", "thumbnailPhoto", "jpegPhoto", "title"),
    *("department", "departmentNumber", "telephoneNumber", "mobile", "l", "physicalDeliveryOfficeName"),
    *("userAccountControl", "accountExpires"),
)


def explain(settings: Settings, wanted: str, *, signals: Signals, progress: Progress) -> tuple[str, ...]:
    """Return the lines that say what a sync would do about one person, and why; the log goes to standard error.

    There are none if neither a row nor a subsite user has the external_id or e-mail `wanted`.
    """
    policy = replace(settings.policy, only=wanted) if settings.policy.relink else settings.policy
    with _client(settings, signals) as client:
        source = make_source(settings.source)
        memory = peek_memory(state_path(settings), subsite_url=settings.destination, warn=_warn)
        reading = source.read(progress)
        matching = match_rows(reading, client.list_users(progress))
        avatars = examine_avatars(source, reading.users, progress, remembered=recall_avatars(matching, memory))
        now_s = time.time()
        draft = partial(draft_plan, matching, reading, memory=memory, avatars=avatars, now_s=now_s)
        occasion = make_occasion(settings, now_s, is_dry_run=False)
        of_all = draft(policy=settings.policy)
        of_one = of_all if policy is settings.policy else draft(policy=policy)
        lines = explain_person(wanted, of_one, memory, today=occasion.today)
        if not lines:
            return ()
        plan = make_plan(of_all, occasion)
        return (*lines, *_holds(of_all, plan, wanted), *_refusals(plan))


def export(settings: Settings, *, signals: Signals, progress: Progress, stream: TextIO, for_excel: bool = False) -> int:
    """Write the subsite's users to `stream` as a CSV, and return the exit status; the log goes to standard error."""
    with _client(settings, signals) as client:
        users = client.list_users(progress)
        write_users(users, stream, for_excel=for_excel)
        stream.flush()  # a failure at the end of the process would not be noticed
        log.info("%d users of %s exported.", len(users), settings.destination)
    return EXIT_OK


def _holds(draft: Draft, plan: Plan, wanted: str) -> list[str]:
    """Say that a change of this person waits for an approval, if one does."""
    theirs = (change for change in draft.changes if key(wanted) in (key(change.external_id), key(change.email)))
    if all(change in plan.changes for change in theirs):
        return []
    return [
        f"But that waits for an approval (--approval {draft.policy.approval}): it is done once somebody gives "
        "--approved with the code of a dry run."
    ]


def _refusals(plan: Plan) -> list[str]:
    """Say which fuses hold everything up, including this person's changes."""
    if not plan.refusing:
        return []
    return [
        "But as it stands the whole plan is refused, and nothing of it is sent:",
        *(f"  fuse {fuse.fuse}: {explain_fuse(fuse, plan.fuses)}" for fuse in plan.refusing),
        f"  If the plan is right, it passes with {explain_way_out(plan.fuses)}",
    ]


@contextmanager
def _client(settings: Settings, signals: Signals) -> Iterator[ApiClient]:
    ending = RunEnding(signals)
    client = make_client(settings, ending, AdaptivePace(settings.max_concurrency, ending=ending))
    with open_log(settings, str(uuid4()), sys.stderr), closing(client):
        yield client


def _warn(finding: Finding) -> None:
    log_finding(log, finding, logging.WARNING)


class SourceLook(Struct, frozen=True):
    """What is in a source: its headers, each with its first value and the number of rows that have one."""

    source: RecordSource
    headers: tuple[str, ...]
    examples: dict[str, str]
    filled: Counter[str]
    rows: int

    def most_have(self, header: str) -> bool:
        """Tell whether more than half of the rows have a value under this header."""
        return 2 * self.filled[header] > self.rows


class Fit(Struct, frozen=True):
    """How source and subsite fit together with a configuration."""

    rows: int
    users: int
    problems: int
    matching: int
    absent: int


def look_at_source(settings: SourceSettings, progress: Progress) -> SourceLook:
    """Return what is in the source; raise `SourceError` if it can't be read as a whole."""
    source = make_source(settings)
    records = source.load(progress)
    headers = [header.strip() for header in records.headers]
    examples: dict[str, str] = {}
    filled: Counter[str] = Counter()
    rows = 0
    for _, cells, anomaly in records.below():
        found = [
            (header, cell.strip())
            for index, (header, cell) in enumerate(zip(headers, cells, strict=False))
            if header and (index in anomaly.lost or cell.strip())  # a column without text may have pictures
        ]
        rows += bool(found)
        filled.update(header for header, _ in found)
        for header, cell in found:
            examples.setdefault(header, cell)
    return SourceLook(source, tuple(filter(None, headers)), examples, filled, rows)


def look_at_directory(settings: SourceSettings, progress: Progress) -> SourceLook:
    """Return which of the usual attributes the directory's people have; raise `SourceError` if it can't be used."""
    layout = Layout({"name": "cn", "email": "mail"}, ignore=_ATTRIBUTES)
    look = look_at_source(replace(settings, layout=layout), progress)
    return replace(look, headers=tuple(header for header in look.headers if header in look.examples))


def look_at_subsite(settings: Settings, *, signals: Signals, progress: Progress) -> list[SubsiteUser]:
    """Return everybody on the subsite; raise `SubsiteError` if it can't be used."""
    with _client(settings, signals) as client:
        return client.list_users(progress)


def look_at_both(source: RecordSource, layout: Layout, users: list[SubsiteUser], progress: Progress) -> Fit:
    """Return how the source, read with the new configuration, fits the subsite's users; a program is not run again."""
    reading = source.with_layout(layout).examine(progress).reading
    matching = match_rows(reading, users)
    return Fit(
        rows=reading.rows,
        users=len(reading.users),
        problems=len(reading.problems),
        matching=sum(match.user is not None for match in matching.matches),
        absent=sum(user.guid not in matching.named and not user.is_banned for user in users),
    )
