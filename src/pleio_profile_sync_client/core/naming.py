"""Whom rows name besides the user they match: by a key or a name that they contain, whatever happens to the row.

So a newcomer may be somebody who would be removed, with a new external_id and e-mail; and a refused or odd row may be
about anybody of whom it contains a trace.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, Matching, keys_of_match
from pleio_profile_sync_client.core.models import Finding, Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Allowance, Policy
from pleio_profile_sync_client.core.rules import RELINKED, Judgement, Judgements, Unwritable, Written
from pleio_profile_sync_client.core.traces import (
    Key,
    Text,
    Trace,
    find_own_traces,
    find_traces,
    index_by_key,
    index_by_name,
)
from pleio_profile_sync_client.core.words import cut, fold, names_in, words_of

_NO_NAME = re.compile(r"[@/\\;|<>=#\d]")
"""What no name contains, and what shows that a cell contains something else as well."""

_PLAIN_EMAIL = re.compile(r"[\w.+-][\w.+'-]*@[\w.-]+")
"""An apostrophe stands in one (o'brien), but not before it, where a spreadsheet puts it."""

_PLAIN_EXTERNAL_ID = re.compile(r"[\w./-]*")

IsOdd = Callable[[SourceUser], bool]

Kept = Mapping[int, Sequence[tuple[SubsiteUser, Key]]]
"""By a row's line, the users who stay because of a trace in it."""


def name_by_traces(matching: Matching, refused: Iterable[Unwritable]) -> Matching:
    """Return the matching with everybody named who can be read in a refused row, or in any row's own cells.

    Good rows that look damaged are searched like refused ones, newcomers' too: all their keys may be damaged. In other
    rows, a name in its own column means nothing: people share names, and a leaver with a namesake would stay forever. A
    name that would go to somebody else has been refused before (`refuse_leavers_names`).
    """
    left = [user for user in matching.listed.users if user.guid not in matching.named]
    if not left:
        return matching
    rows = [match.row for match in matching.matches]
    is_odd = _make_is_odd(matching.listed.users)
    texts = [_own_text(judgement.match.row) for judgement in refused]
    texts += [_own_text(row if _NO_NAME.search(row.name) else replace(row, name="")) for row in rows if is_odd(row)]
    return matching.naming({**find_own_traces(rows, left), **find_traces(texts, left).by_user})


def find_kept(matching: Matching, refused: Iterable[Unwritable], allowance: Allowance) -> Kept:
    """Return who would be removed if no row had a trace of them, by its line; not users whom a refusal is about."""
    kept: dict[int, list[tuple[SubsiteUser, Key]]] = {}
    if not matching.traces:
        return kept
    told = {(judgement.match.row.line, user.guid) for judgement in refused for user in judgement.about}
    for user in matching.listed.users:
        trace = matching.traces.get(user.guid)
        if trace is not None and (trace.line, user.guid) not in told and allowance.covers(user):
            kept.setdefault(trace.line, []).append((user, trace.key))
    return kept


def tell_kept(problems: Iterable[Finding], kept: Kept) -> Iterator[Finding]:
    """Yield the problems of rows, each with the users whom the row keeps from being removed."""
    for problem in problems:
        traces = kept.get(problem.line) if problem.line is not None else None
        yield messages.with_traces(problem, traces) if traces else problem


def warn_of_kept(judgements: Judgements, kept: Kept) -> Iterator[Finding]:
    """Warn of rows without a problem that keep somebody from being removed: otherwise nobody would know why."""
    for judgement in judgements if kept else ():
        row = judgement.match.row
        if row.line in kept and not isinstance(judgement, Unwritable):
            yield messages.keeps(row, kept[row.line])


def refuse_leavers_names(judgements: Judgements, leavers: Iterable[SubsiteUser], policy: Policy) -> Judgements:
    """Refuse to give a user the name of somebody who is in no row and would be removed: names may have shifted.

    A user who already has that name may keep it: people share names. `--force --only KEY` writes it.
    """
    by_name = index_by_name(leavers) if any(map(_is_renamed, judgements.written)) else {}
    if not by_name:
        return judgements
    confirmed = key(policy.only) if policy.force else ""
    return judgements.rewritten(_refuse_name(judgement, by_name, confirmed) for judgement in judgements.written)


def settle_newcomers(
    judgements: Judgements,
    matching: Matching,
    leavers: Iterable[SubsiteUser],
    judge: Callable[[Match], Judgement],
    policy: Policy,
) -> tuple[Judgements, Mapping[Guid, Trace]]:
    """Refuse newcomers who have a key of somebody in no row, or a leaver's name; and return whom they name by it.

    A person may say with `--only` who they are. `judge` tells what would be done to a user who is the newcomer.
    """
    if all(judgement.match.user is not None for judgement in judgements.written):
        return judgements, {}
    matched = {match.user.guid for match in matching.matches if match.user is not None}
    by_key = index_by_key(user for user in matching.listed.users if user.guid not in matched)
    by_name = index_by_name(leavers)
    is_odd = _make_is_odd(matching.listed.users)
    only = key(policy.only)
    settled: list[Judgement] = []
    named: dict[Guid, Trace] = {}
    for judgement in judgements.written:
        match = judgement.match
        is_new = match.user is None
        bearers = _find_bearers(match.row, by_key, by_name, matching.traces, is_odd) if is_new else {}
        is_confirmed = bool(only) and only in keys_of_match(match)
        if not bearers or (policy.force and is_confirmed):
            settled.append(judgement)
            continue
        named.update((guid, Trace(match.row.line, borne)) for guid, (_, borne) in bearers.items())
        users = tuple(user for user, _ in bearers.values())
        if policy.relink and is_confirmed and len(users) == 1:
            settled.append(_take_over(judgement, users[0], judge))
        else:
            settled.append(Unwritable(match, _tell_bearers(match.row, bearers), users))
    return judgements.rewritten(settled), named


def _make_is_odd(users: Iterable[SubsiteUser]) -> IsOdd:
    """Return what tells whether a row looks damaged in one of its own cells.

    In external_ids, what most of the subsite's contain is not odd: the `@` of e-mails, for example, or the backslash of
    accounts. The source's own are not a measure: all of them may be damaged in the same way.
    """
    external_ids = [user.external_id for user in users if user.external_id]
    held = Counter(
        one for text in external_ids if not _PLAIN_EXTERNAL_ID.fullmatch(text) for one in set(text) if not one.isalnum()
    )
    usual = {one for one, count in held.items() if 2 * count > len(external_ids)}
    without = str.maketrans("", "", "".join(usual))

    def is_odd(row: SourceUser) -> bool:
        external_id = row.external_id or ""
        if _NO_NAME.search(row.name) or not _PLAIN_EMAIL.fullmatch(row.email):
            return True
        if _PLAIN_EXTERNAL_ID.fullmatch(external_id):
            return False
        if "@" in external_id and _PLAIN_EMAIL.fullmatch(external_id):
            return "@" not in usual
        return not _PLAIN_EXTERNAL_ID.fullmatch(external_id.translate(without))

    return is_odd


def _own_text(row: SourceUser) -> Text:
    return Text(row.line, (row.external_id or "", row.name, row.email))


def _is_renamed(judgement: Written) -> bool:
    """Tell whether a user gets another name than before; one that sign-in had set back is theirs."""
    row, user = judgement.match.row, judgement.match.user
    if user is None or "name" not in judgement.write.fields or "name" in judgement.differences.set_back:
        return False
    return words_of(row.name) != words_of(user.name)


def _refuse_name(
    judgement: Written, by_name: Mapping[frozenset[str], Sequence[SubsiteUser]], confirmed: str
) -> Judgement:
    match = judgement.match
    if match.user is None or not _is_renamed(judgement) or (confirmed and confirmed in keys_of_match(match)):
        return judgement
    before = words_of(match.user.name)
    name = words_of(match.row.name)
    new_names = [words for words in names_in(match.row.name) if words == name or not words <= before]
    namesakes = tuple({user.guid: user for words in new_names for user in by_name.get(words, ())}.values())
    if not namesakes:
        return judgement
    return Unwritable(match, messages.leavers_name(match.row, match.user, namesakes), namesakes)


def _find_bearers(
    row: SourceUser,
    by_key: Mapping[str, Sequence[SubsiteUser]],
    by_name: Mapping[frozenset[str], Sequence[SubsiteUser]],
    traces: Mapping[Guid, Trace],
    is_odd: IsOdd,
) -> dict[Guid, tuple[SubsiteUser, Key]]:
    """Return the users who have a key or the name that is in a newcomer's row, as name or as e-mail, and which it is.

    A user who stays because of what is odd in this very row (`Jan Jansen (2)`) is not among them for the name.
    """
    found: dict[Guid, tuple[SubsiteUser, Key]] = {}
    for own in _telling_keys(row, is_odd=is_odd(row)) if by_key else ():
        for user in by_key.get(own, ()):
            found.setdefault(user.guid, (user, "external_id" if own == fold(user.external_id or "") else "e-mail"))
    in_email = words_of(row.email.partition("@")[0])
    for words in (*names_in(row.name), *([in_email] if len(in_email) > 1 else ())) if by_name else ():
        for user in by_name.get(words, ()):
            if user.guid in traces and traces[user.guid].line == row.line:
                continue
            found.setdefault(user.guid, (user, "name"))
    return found


def _telling_keys(row: SourceUser, *, is_odd: bool) -> set[str]:
    """Return what can only be a key in a row's own cells, with what a spreadsheet puts around it.

    A word or a number in a name is not one: people and their trainees have them. An e-mail, or the whole cell, is.
    """
    cells = (row.external_id or "", row.email, row.name)
    keys = {fold(cells[0]), fold(cells[1])}
    if is_odd:
        keys.update([fold(row.name)] if _NO_NAME.search(row.name) else ())
        for piece in cut(cells):
            keys.update(piece.tokens if piece.cell < 2 else ())
            keys.update(reading for reading in piece.readings if "@" in reading)
    return keys - {""}


def _tell_bearers(row: SourceUser, bearers: Mapping[Guid, tuple[SubsiteUser, Key]]) -> Finding:
    by_key = [(user, borne) for user, borne in bearers.values() if borne != "name"]
    if by_key:
        return messages.bears_key(row, by_key)
    return messages.same_name(row, [user for user, _ in bearers.values()])


def _take_over(newcomer: Written, user: SubsiteUser, judge: Callable[[Match], Judgement]) -> Judgement:
    """Return what is done to the user who is the newcomer; it waits for what the create would have waited for."""
    judgement = judge(Match(newcomer.match.row, user))
    if not isinstance(judgement, Written):
        return judgement
    write = replace(judgement.write, marks=(RELINKED, *judgement.write.marks), waits_for=newcomer.write.waits_for)
    return replace(judgement, write=write)
