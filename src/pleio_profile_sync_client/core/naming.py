"""Who else is named: those of whom a refused row, or the own cells of any row, bear a trace."""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.messages import with_traces
from pleio_profile_sync_client.core.models import Finding, Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.own_traces import find_own_traces
from pleio_profile_sync_client.core.removals import Allowance
from pleio_profile_sync_client.core.rules import Judgement, Unwritable, Written
from pleio_profile_sync_client.core.traces import Text, Trace, find_traces

_NO_NAME = re.compile(r"[^\w\s.,'\u2019-]|\d|_")
"""What stands in no name, and shows that a cell holds something else as well."""

_PLAIN_EMAIL = re.compile(r"[\w.+'-]+@[\w.-]+")
_PLAIN_EXTERNAL_ID = re.compile(r"[\w/-]*")


def name_by_traces(matching: Matching, judgements: Iterable[Judgement]) -> Matching:
    """Return the matching with everybody named who can be read in a row that the rules refuse, or in any row's own.

    A name in its own column says nothing in a good row: people share names, and a leaver with a namesake would stay for
    ever. One that would become somebody else's is refused before (`same_name`).
    """
    left = [user for user in matching.directory.users if user.guid not in matching.named]
    if not left:
        return matching
    texts = [_own_text(judgement.match.row) for judgement in judgements if isinstance(judgement, Unwritable)]
    rows = [match.row for match in matching.matches]
    return matching.naming({**find_own_traces(rows, left), **find_traces(texts, left).by_user})


def find_in_newcomers(judgements: Iterable[Judgement], users: Sequence[SubsiteUser]) -> dict[Guid, Trace]:
    """Return who of these users can be read in the row of a newcomer: it may be theirs, with all its keys damaged.

    Only rows that look damaged are searched, since there may be a million newcomers: a name that is nothing but a name
    is left to `same_name`, and a key that is nothing but a key was looked for already.
    """
    if not users:
        return {}
    rows = [
        judgement.match.row
        for judgement in judgements
        if isinstance(judgement, Written) and judgement.match.user is None and _is_odd(judgement.match.row)
    ]
    texts = [_own_text(row if _NO_NAME.search(row.name) else replace(row, name="")) for row in rows]
    return find_traces(texts, users).by_user


def _is_odd(row: SourceUser) -> bool:
    return bool(
        _NO_NAME.search(row.name)
        or not _PLAIN_EMAIL.fullmatch(row.email)
        or not _PLAIN_EXTERNAL_ID.fullmatch(row.external_id or "")
    )


def _own_text(row: SourceUser) -> Text:
    return Text(row.line, (row.external_id or "", row.name, row.email))


def tell_traces(problems: Sequence[Finding], matching: Matching, allowance: Allowance) -> list[Finding]:
    """Return the problems of rows, with whom each keeps from being removed."""
    kept: dict[int, list[tuple[SubsiteUser, str]]] = {}
    for user in matching.directory.users if matching.traces else ():
        trace = matching.traces.get(user.guid)
        if trace is not None and allowance.covers(user):
            kept.setdefault(trace.line, []).append((user, trace.key))
    if not kept:
        return list(problems)
    return [
        with_traces(problem, kept[problem.line]) if problem.line is not None and problem.line in kept else problem
        for problem in problems
    ]
