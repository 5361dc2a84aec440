"""Who else is named: those of whom a refused row, or the own cells of any row, bear a trace."""

from collections.abc import Iterable, Sequence

from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.messages import with_traces
from pleio_profile_sync_client.core.models import Finding, SubsiteUser
from pleio_profile_sync_client.core.own_traces import find_own_traces
from pleio_profile_sync_client.core.removals import Allowance
from pleio_profile_sync_client.core.rules import Judgement, Unwritable
from pleio_profile_sync_client.core.traces import Text, find_traces


def name_by_traces(matching: Matching, judgements: Iterable[Judgement]) -> Matching:
    """Return the matching with everybody named who can be read in a row that the rules refuse, or in any row's own."""
    left = [user for user in matching.directory.users if user.guid not in matching.named]
    if not left:
        return matching
    refused = [judgement.match.row for judgement in judgements if isinstance(judgement, Unwritable)]
    texts = [Text(row.line, (row.external_id or "", row.name, row.email)) for row in refused]
    rows = [match.row for match in matching.matches]
    return matching.naming({**find_own_traces(rows, left), **find_traces(texts, left).by_user})


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
