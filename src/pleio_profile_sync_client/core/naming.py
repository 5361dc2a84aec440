"""Who else is named: those of whom a refused row, or the own cells of any row, bear a trace."""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.messages import with_traces
from pleio_profile_sync_client.core.models import Finding, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.own_traces import find_own_traces
from pleio_profile_sync_client.core.removals import Allowance
from pleio_profile_sync_client.core.rules import Judgement, Unwritable
from pleio_profile_sync_client.core.traces import Text, find_traces

_NO_NAME = re.compile(r"[@/\\;|<>=#\d]")
"""What stands in no name, and shows that a cell holds something else as well."""

_PLAIN_EMAIL = re.compile(r"[\w.+'-]+@[\w.-]+")
_PLAIN_EXTERNAL_ID = re.compile(r"[\w./-]*")


def name_by_traces(matching: Matching, judgements: Iterable[Judgement]) -> Matching:
    """Return the matching with everybody named who can be read in a row that the rules refuse, or in any row's own.

    Good rows that look damaged are searched like refused ones, newcomers' too: they may be somebody's all of whose keys
    are. Else a name in its own column says nothing: people share names, and a leaver with a namesake would stay for
    ever. One that would become somebody else's is refused before (`same_name`).
    """
    left = [user for user in matching.directory.users if user.guid not in matching.named]
    if not left:
        return matching
    refused = [judgement.match.row for judgement in judgements if isinstance(judgement, Unwritable)]
    rows = [match.row for match in matching.matches]
    texts = [_own_text(row) for row in refused]
    texts += [_own_text(row if _NO_NAME.search(row.name) else replace(row, name="")) for row in rows if _is_odd(row)]
    return matching.naming({**find_own_traces(rows, left), **find_traces(texts, left).by_user})


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
