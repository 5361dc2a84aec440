"""Looking without a run: one person explained, and the subsite's users as a CSV. GETs only, no lock."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TextIO
from uuid import uuid4

from msgspec.structs import replace

from pleio_profile_sync_client.core.draft import Draft, draft_plan
from pleio_profile_sync_client.core.explain import explain as explain_person
from pleio_profile_sync_client.core.fuses import explain_fuse, explain_way_out
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.ports import Progress, Signals
from pleio_profile_sync_client.errors import EXIT_OK
from pleio_profile_sync_client.reports.export import write_users
from pleio_profile_sync_client.runlog.events import log_finding
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.peek import peek_memory
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.parts import make_client, make_occasion, make_pace, open_log, state_path
from pleio_profile_sync_client.sync.reading import examine_avatars, make_source, recall_avatars

log = logging.getLogger(__name__)


def explain(settings: Settings, wanted: str, *, stop: Signals, progress: Progress) -> tuple[str, ...]:
    """Return the lines that say what a sync would do about one person, and why; the log goes to standard error.

    There are none where neither a row nor a subsite user has the external_id or e-mail `wanted`.
    """
    policy = replace(settings.policy, only=wanted) if settings.policy.relink else settings.policy
    with _client(settings, stop) as client:
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


def export(settings: Settings, *, stop: Signals, progress: Progress, stream: TextIO, for_excel: bool = False) -> int:
    """Write the subsite's users to `stream` as a CSV, and return the exit status; the log goes to standard error."""
    with _client(settings, stop) as client:
        users = client.list_users(progress)
        write_users(users, stream, for_excel=for_excel)
        stream.flush()  # what is written at the process' end only fails unseen
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
    """Say which fuses hold everything up, the changes of this person too."""
    if not plan.refusing:
        return []
    return [
        "But as it stands the whole plan is refused, and nothing of it is sent:",
        *(f"  fuse {fuse.fuse}: {explain_fuse(fuse, plan.fuses)}" for fuse in plan.refusing),
        f"  If the plan is right, it passes with {explain_way_out(plan.fuses)}",
    ]


@contextmanager
def _client(settings: Settings, stop: Signals) -> Iterator[ApiClient]:
    ending = RunEnding(stop)
    client = make_client(settings, ending, make_pace(settings, ending))
    with open_log(settings, str(uuid4()), sys.stderr), closing(client):
        yield client


def _warn(finding: Finding) -> None:
    log_finding(log, finding, logging.WARNING)
