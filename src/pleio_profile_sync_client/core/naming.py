"""Whom rows name beside the user whom they match: by a key or a name that they bear, whatever became of the row.

So a newcomer may be somebody who would go, with another external_id and e-mail; and a refused or odd row may be
anybody's whom it bears a trace of.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, Matching, keys_of_match
from pleio_profile_sync_client.core.messages import with_traces
from pleio_profile_sync_client.core.models import Finding, Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Allowance, Policy
from pleio_profile_sync_client.core.removals import Removals
from pleio_profile_sync_client.core.rules import RELINKED, Judgement, Unwritable, Written
from pleio_profile_sync_client.core.traces import Text, Trace, find_own_traces, find_traces, index_by_name
from pleio_profile_sync_client.core.words import names_in, words_of

_NO_NAME = re.compile(r"[@/\\;|<>=#\d]")
"""What stands in no name, and shows that a cell holds something else as well."""

_PLAIN_EMAIL = re.compile(r"[\w.+'-]+@[\w.-]+")
_PLAIN_EXTERNAL_ID = re.compile(r"[\w./-]*")


class SameNames(Struct, frozen=True):
    """The judgements with newcomers refused, or taken for the user who bears their name; and who is named by that."""

    judgements: Sequence[Judgement]
    named: Mapping[Guid, Trace]


def name_by_traces(matching: Matching, judgements: Iterable[Judgement]) -> Matching:
    """Return the matching with everybody named who can be read in a row that the rules refuse, or in any row's own.

    Good rows that look damaged are searched like refused ones, newcomers' too: they may be somebody's all of whose keys
    are. Else a name in its own column says nothing: people share names, and a leaver with a namesake would stay for
    ever. One that would become somebody else's is refused before (`refuse_leavers_names`).
    """
    left = [user for user in matching.directory.users if user.guid not in matching.named]
    if not left:
        return matching
    refused = [judgement.match.row for judgement in judgements if isinstance(judgement, Unwritable)]
    rows = [match.row for match in matching.matches]
    texts = [_own_text(row) for row in refused]
    texts += [_own_text(row if _NO_NAME.search(row.name) else replace(row, name="")) for row in rows if _is_odd(row)]
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


def refuse_leavers_names(
    judgements: Sequence[Judgement], find_leavers: Callable[[], Iterable[SubsiteUser]], policy: Policy
) -> Sequence[Judgement]:
    """Refuse to give a user the name of somebody who stands in no row and would be removed: names may have shifted.

    Who bears that name already may keep it: people share names. `--force --only KEY` gives it.
    """
    renamed = [judgement for judgement in judgements if _is_renamed(judgement)]
    by_name = index_by_name(find_leavers()) if renamed else {}
    if not by_name:
        return judgements
    confirmed = key(policy.only) if policy.force else ""
    return [_refuse_name(judgement, by_name, confirmed, policy) for judgement in judgements]


def settle_same_names(
    judgements: Sequence[Judgement],
    leavers: Iterable[SubsiteUser],
    judge: Callable[[Match], Judgement],
    policy: Policy,
    selected: AbstractSet[int],
) -> SameNames:
    """Refuse newcomers who bear a leaver's name, unless a person says of them who they are.

    `selected` are the lines that `--only` selects, and `judge` what would be done to a leaver who is the newcomer.
    """
    by_name = index_by_name(leavers)
    if not by_name:
        return SameNames(judgements, {})
    settled: list[Judgement] = []
    named: dict[Guid, Trace] = {}
    for judgement in judgements:
        namesakes = _namesakes(judgement, by_name)
        match = judgement.match
        if not namesakes or (policy.force and match.row.line in selected):
            settled.append(judgement)
            continue
        named.update((user.guid, Trace(match.row.line, "name")) for user in namesakes)
        if policy.relink and match.row.line in selected and len(namesakes) == 1 and isinstance(judgement, Written):
            settled.append(_take_over(judgement, namesakes[0], judge))
        else:
            settled.append(Unwritable(match, messages.same_name(match.row, namesakes, policy.removal), namesakes))
    return SameNames(settled, named)


def leavers_of(removals: Removals, users: Iterable[SubsiteUser]) -> list[SubsiteUser]:
    """Return who is to be removed, or is in grace."""
    guids = {removal.guid for removal in removals.removals}
    return [*(user for user in users if user.guid in guids), *removals.in_grace] if guids else [*removals.in_grace]


def _is_odd(row: SourceUser) -> bool:
    return bool(
        _NO_NAME.search(row.name)
        or not _PLAIN_EMAIL.fullmatch(row.email)
        or not _PLAIN_EXTERNAL_ID.fullmatch(row.external_id or "")
    )


def _own_text(row: SourceUser) -> Text:
    return Text(row.line, (row.external_id or "", row.name, row.email))


def _is_renamed(judgement: Judgement) -> bool:
    if not isinstance(judgement, Written) or judgement.match.user is None or "name" not in judgement.write.fields:
        return False
    return words_of(judgement.match.row.name) != words_of(judgement.match.user.name)


def _refuse_name(
    judgement: Judgement, by_name: Mapping[frozenset[str], Sequence[SubsiteUser]], confirmed: str, policy: Policy
) -> Judgement:
    match = judgement.match
    if not _is_renamed(judgement) or (confirmed and confirmed in keys_of_match(match)):
        return judgement
    namesakes = tuple(by_name.get(words_of(match.row.name), ()))
    if not namesakes or match.user is None:
        return judgement
    return Unwritable(match, messages.leavers_name(match.row, match.user, namesakes, policy.removal), namesakes)


def _namesakes(
    judgement: Judgement, by_name: Mapping[frozenset[str], Sequence[SubsiteUser]]
) -> tuple[SubsiteUser, ...]:
    if not isinstance(judgement, Written) or judgement.match.user is not None:
        return ()
    found = {user.guid: user for words in names_in(judgement.match.row.name) for user in by_name.get(words, ())}
    return tuple(found.values())


def _take_over(newcomer: Written, user: SubsiteUser, judge: Callable[[Match], Judgement]) -> Judgement:
    """Return what is done to the user who is the newcomer; whom the create would wait for, the update waits for."""
    judgement = judge(Match(newcomer.match.row, user))
    if not isinstance(judgement, Written):
        return judgement
    write = replace(judgement.write, marks=(RELINKED, *judgement.write.marks), waits_for=newcomer.write.waits_for)
    return replace(judgement, write=write)
