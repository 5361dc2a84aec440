"""E-mails that pass from one subsite user to another: who waits for whom, what is impossible, and what is held back.

An e-mail is unique on the subsite, among banned users too (`POST /users`, observed), so a row whose e-mail is held by
another user can only be written once that user has given it up. Whether `--force` or `--relink --only` lets it pass is
settled here too, as judgements.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Self, assert_never

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Matching, Selection, select
from pleio_profile_sync_client.core.models import Guid, SkippedRow, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.persons import are_crossed
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.rules import Judgement, Judgements, Unwritable, Written
from pleio_profile_sync_client.core.wording import FEW


class Claim(Struct, frozen=True):
    """A row that asks for an e-mail: of the user `guid` (None: a create), and who else holds it now."""

    line: int
    guid: Guid | None
    holder: SubsiteUser | None

    @classmethod
    def of(cls, line: int, guid: Guid | None, email: str, holders: Mapping[str, SubsiteUser]) -> Self:
        """Return the claim of a row; `holders` are the subsite's users by the key of their e-mail."""
        holder = holders.get(key(email))
        return cls(line, guid, None if holder is None or holder.guid == guid else holder)


class Granted(Struct, frozen=True):
    """The e-mail is free, or will be once its `holder` has been written, by the row of `holder_line`."""

    holder: SubsiteUser | None = None
    holder_line: int | None = None


class Taken(Struct, frozen=True):
    """The holder will not give the e-mail up: no row gives that user another one, or `holder_line` can't be written."""

    holder: SubsiteUser
    holder_line: int | None = None


class Circle(Struct, frozen=True):
    """Rows that would take each other's e-mails; `lines` are the next few after this one, of `others` in all.

    A column that was sorted or shifted on its own makes circles of a whole file, so a row must not keep all the others.
    """

    holder: SubsiteUser
    lines: tuple[int, ...]
    others: int


class HandedOver(Struct, frozen=True):
    """The e-mail would pass between people who both stay, so it is held back, and so is the user who makes room for it.

    `holder` has it now, and would get another one; None for the user who makes room first. `next_line` is the row that
    would get the old e-mail of this row's user; None if there is none.
    """

    holder: SubsiteUser | None
    next_line: int | None


Verdict = Granted | Taken | Circle


def settle_addresses(
    judgements: Judgements, matching: Matching, skipped: Iterable[SkippedRow], policy: Policy
) -> tuple[Judgements, Selection | None]:
    """Let each row that asks for an e-mail wait for its holder, or refuse it; and return what `--only` selects."""
    holders = matching.listed.by_email
    writes = [judgement.write for judgement in judgements.written if "email" in judgement.write.fields]
    claims = [Claim.of(write.line, write.guid, write.email, holders) for write in writes]
    refused = list(_find_refused(chain(judgements.unwritable, judgements.stays_banned), holders))
    verdicts = settle_claims(claims)
    selection = None
    if policy.only is not None:
        selection = select(policy.only, matching.matches, skipped, find_waits(verdicts))
    confirmed = selection.lines if policy.relink and selection is not None else frozenset()
    settled = hold_back(
        claims,
        verdicts,
        refused=refused,
        crossed=_find_crossed(judgements.written, verdicts),
        confirmed=verdicts.keys() if policy.force else confirmed,
    )
    held_back = [line for line, verdict in settled.items() if isinstance(verdict, HandedOver)]
    moved = replace(
        judgements,
        passing=_find_passing((*claims, *refused), moving=claims) - confirmed,
        held_back=frozenset((*held_back, *(claim.line for claim in refused))),
    )
    return (moved.rewritten(_apply_verdicts(judgements, settled)) if settled else moved), selection


def settle_claims(claims: Sequence[Claim]) -> dict[int, Verdict]:
    """Return the verdict on each claim, by its line.

    Following each claim to its holder's own claim ends at a free e-mail (all on the way are granted), at a holder
    without a claim (all are taken), or where it began (a circle).
    """
    claims_by_guid = {claim.guid: claim for claim in claims if claim.guid is not None}
    verdicts: dict[int, Verdict] = {}
    for claim in claims:
        path: list[Claim] = []
        positions: dict[int, int] = {}
        current: Claim | None = claim
        while current is not None and current.line not in verdicts and current.line not in positions:
            positions[current.line] = len(path)
            path.append(current)
            current = claims_by_guid.get(current.holder.guid) if current.holder else None
        if current is not None and current.line in positions:
            _close_circle(path[positions[current.line] :], verdicts)
            path = path[: positions[current.line]]
        for waiting in reversed(path):
            verdicts[waiting.line] = _judge(waiting, claims_by_guid, verdicts)
    return verdicts


def find_waits(verdicts: Mapping[int, Verdict]) -> dict[int, int]:
    """Return which line waits for which other line."""
    return {
        line: verdict.holder_line
        for line, verdict in verdicts.items()
        if isinstance(verdict, Granted) and verdict.holder_line is not None
    }


def hold_back(
    claims: Sequence[Claim],
    verdicts: Mapping[int, Verdict],
    *,
    refused: Sequence[Claim],
    crossed: Mapping[int, int],
    confirmed: AbstractSet[int],
) -> dict[int, Verdict | HandedOver]:
    """Return the verdicts with every e-mail held back that would pass between people who both stay.

    These are the chains of users who wait for one another, including their heads, except the `confirmed` lines. A
    newcomer who waits for one of them can't be written either. A row that was `refused` for another reason may be the
    last of a chain: if room were made for it, it might be written the next night. So may a newcomer's row in `crossed`,
    which maps its line to that of the row with which it seems to have swapped e-mails.
    """
    lines = {claim.guid: claim.line for claim in claims if claim.guid is not None}
    users = frozenset(lines.values())
    waits = find_waits(verdicts)
    passing = {line: ahead for line, ahead in waits.items() if line in users and line not in confirmed}
    for claim in refused:
        if claim.holder is not None and claim.holder.guid in lines:
            passing[claim.line] = lines[claim.holder.guid]
    held = {*passing, *(line for line in (*passing.values(), *crossed.values()) if line not in confirmed)}
    after = {ahead: line for line, ahead in (*crossed.items(), *passing.items())}
    refused_lines = {claim.guid: claim.line for claim in refused}
    settled: dict[int, Verdict | HandedOver] = dict(verdicts)
    for line, verdict in verdicts.items():
        if isinstance(verdict, Taken) and verdict.holder.guid in refused_lines:
            settled[line] = Taken(verdict.holder, refused_lines[verdict.holder.guid])
        elif isinstance(verdict, Granted) and line in held:
            settled[line] = HandedOver(verdict.holder, after.get(line))
        elif isinstance(verdict, Granted) and verdict.holder is not None and waits[line] in held:
            settled[line] = Taken(verdict.holder, verdict.holder_line)
    return settled


def _find_crossed(written: Iterable[Written], verdicts: Mapping[int, Verdict]) -> dict[int, int]:
    """Return the lines of newcomers who wait for a row that seems to have their own e-mail, with that row's."""
    waits = find_waits(verdicts)
    newcomers = {
        judgement.write.line: judgement.match.row
        for judgement in written
        if judgement.match.user is None and judgement.write.line in waits
    }
    ahead = {waits[line] for line in newcomers}
    rows = {judgement.write.line: judgement.match.row for judgement in written if judgement.write.line in ahead}
    return {line: waits[line] for line, row in newcomers.items() if are_crossed(rows[waits[line]], row)}


def _find_passing(claims: Iterable[Claim], *, moving: Iterable[Claim]) -> frozenset[int]:
    """Return the lines of the claims whose e-mail is held by a user who is to get another one, by one of `moving`."""
    guids = {claim.guid for claim in moving if claim.guid is not None}
    return frozenset(claim.line for claim in claims if claim.holder is not None and claim.holder.guid in guids)


def _find_refused(judgements: Iterable[Judgement], holders: Mapping[str, SubsiteUser]) -> Iterator[Claim]:
    """Yield the claims of rows that are refused for a reason other than their e-mail."""
    for judgement in judgements:
        row, user = judgement.match.row, judgement.match.user
        if user is not None and key(row.email) != key(user.email):
            yield Claim.of(row.line, user.guid, row.email, holders)


def _apply_verdicts(judgements: Judgements, verdicts: Mapping[int, Verdict | HandedOver]) -> list[Judgement]:
    wanted = {line for verdict in verdicts.values() for line in _other_lines(verdict)}
    rows: dict[int | None, SourceUser] = {
        row.line: row for row in (judgement.match.row for judgement in judgements) if row.line in wanted
    }
    return [_apply_verdict(judgement, verdicts, rows) for judgement in judgements.written]


def _other_lines(verdict: Verdict | HandedOver) -> tuple[int | None, ...]:
    """Return the lines of the other rows that the message names."""
    match verdict:
        case Taken(_, holder_line):
            return (holder_line,)
        case Circle(_, lines):
            return lines
        case HandedOver(_, next_line):
            return (next_line,)
        case Granted():
            return ()
        case _:
            assert_never(verdict)


def _apply_verdict(
    judgement: Written, verdicts: Mapping[int, Verdict | HandedOver], rows: Mapping[int | None, SourceUser]
) -> Judgement:
    match, verdict = judgement.match, verdicts.get(judgement.write.line)
    match verdict:
        case Taken(holder, holder_line):
            return Unwritable(match, messages.taken(match.row, holder, rows.get(holder_line)))
        case Circle(holder, lines, others):
            return Unwritable(match, messages.circle(match.row, holder, [rows[line] for line in lines], others))
        case HandedOver(holder, next_line) if match.user is not None:
            after = rows.get(next_line)
            return Unwritable(match, messages.handed_over(match.row, match.user, holder=holder, after=after))
        case Granted(holder) if holder is not None:
            return replace(judgement, write=replace(judgement.write, waits_for=holder.guid))
    return judgement


def _judge(claim: Claim, claims_by_guid: Mapping[Guid, Claim], verdicts: Mapping[int, Verdict]) -> Verdict:
    if claim.holder is None:
        return Granted()
    other = claims_by_guid.get(claim.holder.guid)
    if other is None:
        return Taken(claim.holder)
    return (Granted if isinstance(verdicts[other.line], Granted) else Taken)(claim.holder, other.line)


def _close_circle(members: Sequence[Claim], verdicts: dict[int, Verdict]) -> None:
    lines = tuple(claim.line for claim in members)
    others = len(lines) - 1
    told = min(others, FEW)
    round_again = lines + lines[:told]
    for after, claim in enumerate(members, 1):
        if claim.holder is not None:  # as in a circle
            verdicts[claim.line] = Circle(claim.holder, round_again[after : after + told], others)
