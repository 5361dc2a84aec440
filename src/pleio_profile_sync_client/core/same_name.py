"""Rows that bring the name of a user about to go: perhaps the same person, whose external_id and e-mail changed, or a
column of names that has shifted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, keys_of_match
from pleio_profile_sync_client.core.models import Guid, SubsiteUser
from pleio_profile_sync_client.core.own_traces import index_by_name
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.removals import Removals
from pleio_profile_sync_client.core.rules import RELINKED, Judgement, Unwritable, Written
from pleio_profile_sync_client.core.traces import Trace
from pleio_profile_sync_client.core.words import names_in, words_of


class SameNames(Struct, frozen=True):
    """The judgements with newcomers refused, or taken for the user who bears their name; and who is named by that."""

    judgements: Sequence[Judgement]
    named: Mapping[Guid, Trace]


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


def leavers_of(removals: Removals, users: Iterable[SubsiteUser]) -> list[SubsiteUser]:
    """Return who is to be removed, or is in grace."""
    guids = {removal.guid for removal in removals.removals}
    return [*(user for user in users if user.guid in guids), *removals.in_grace] if guids else [*removals.in_grace]
