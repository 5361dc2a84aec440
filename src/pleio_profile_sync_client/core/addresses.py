"""E-mails that pass from one subsite user to another: who waits for whom, what is impossible, and what is held back.

An e-mail is unique on the subsite, among banned users too (`POST /users`, observed), so a row whose e-mail is held by
another user can only be written once that user has given it up. Whether `--force` or `--relink --only` lets it pass is
settled here too, as judgements.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Matching, Selection, select
from pleio_profile_sync_client.core.models import Guid, SkippedRow, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.persons import are_crossed, find_spelled, index_names, may_spell_another
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.rules import Judgement, Judgements, Unwritable, Written
from pleio_profile_sync_client.core.wording import FEW, place_of


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
    """Rows that would take each other's e-mails; `lines` are those of the whole circle, in order."""

    holder: SubsiteUser
    lines: tuple[int, ...]


class HandedOver(Struct, frozen=True):
    """The e-mail would pass between people who both stay, so it is held back, and so is the user who makes room for it.

    `holder` has it now, and would get another one; None for the user who makes room first. `next_line` is the row that
    would get the old e-mail of this row's user; None if there is none.
    """

    holder: SubsiteUser | None
    next_line: int | None


class Misdirected(Struct, frozen=True):
    """The e-mail is free, but spells the name of somebody else in the source, at `place`: it is held back."""

    name: str
    place: str


Verdict = Granted | Taken | Circle
Settled = Verdict | HandedOver | Misdirected


def settle_addresses(
    judgements: Judgements, matching: Matching, skipped: Iterable[SkippedRow], policy: Policy
) -> tuple[Judgements, Selection | None]:
    """Let each row that asks for an e-mail wait for its holder, or refuse it; and return what `--only` selects."""
    holders = matching.listed.by_email
    others: list[Judgement] = [*judgements.unwritable, *judgements.stays_banned]
    rows = {row.line: row for row in (judgement.match.row for judgement in [*judgements.written, *others])}
    writes = [judgement.write for judgement in judgements.written if "email" in judgement.write.fields]
    claims = [Claim.of(write.line, write.guid, write.email, holders) for write in writes]
    refused = list(_find_refused(others, holders))
    verdicts = settle_claims(claims)
    waits = _find_waits(verdicts)
    selection = select(policy.only, matching.matches, skipped, waits) if policy.only is not None else None
    confirmed = selection.lines if policy.relink and selection is not None else frozenset()
    settled = _hold_back(
        claims,
        verdicts,
        refused=refused,
        crossed=_find_crossed(claims, waits, rows),
        misdirected=_find_misdirected(claims, matching, skipped),
        confirmed=verdicts.keys() if policy.force else confirmed,
    )
    passing = _find_passing(claims, refused) - confirmed
    held = {line for line, verdict in settled.items() if isinstance(verdict, HandedOver)}
    held.update(claim.line for claim in refused)
    if settled:
        judgements = judgements.rewritten(_apply_verdict(one, settled, rows) for one in judgements.written)
    return replace(judgements, passing=passing - held, passing_held=passing & held), selection


def settle_claims(claims: Sequence[Claim]) -> dict[int, Verdict]:
    """Return the verdict on each claim, by its line.

    Following each claim to its holder's own claim ends at a free e-mail (all on the way are granted), at a holder
    without a claim (all are taken), or where it began (a circle).
    """
    claims_by_guid = {claim.guid: claim for claim in claims if claim.guid is not None}
    verdicts: dict[int, Verdict] = {}
    for claim in claims:
        path: dict[int, Claim] = {}
        current: Claim | None = claim
        while current is not None and current.line not in verdicts and current.line not in path:
            path[current.line] = current
            current = claims_by_guid.get(current.holder.guid) if current.holder else None
        if current is not None and current.line in path:
            lines = tuple(path)
            circle = tuple(sorted(lines[lines.index(current.line) :]))
            for line in circle:
                holder = path.pop(line).holder
                if holder is not None:  # as all have in a circle
                    verdicts[line] = Circle(holder, circle)
        for waiting in reversed(path.values()):
            verdicts[waiting.line] = _judge(waiting, claims_by_guid, verdicts)
    return verdicts


def _find_waits(verdicts: Mapping[int, Verdict]) -> dict[int, int]:
    """Return which line waits for which other line."""
    return {
        line: verdict.holder_line
        for line, verdict in verdicts.items()
        if isinstance(verdict, Granted) and verdict.holder_line is not None
    }


def _hold_back(
    claims: Sequence[Claim],
    verdicts: Mapping[int, Verdict],
    *,
    refused: Sequence[Claim],
    crossed: Mapping[int, int],
    misdirected: Mapping[int, Misdirected],
    confirmed: AbstractSet[int],
) -> dict[int, Settled]:
    """Return the verdicts with every e-mail held back that is `misdirected` or would pass between people who both stay.

    The latter are the chains of users who wait for one another, including their heads, except the `confirmed` lines. A
    newcomer who waits for one of them can't be written either. A row that was `refused` for another reason may be the
    last of a chain: if room were made for it, it might be written the next night. So may a newcomer's row in `crossed`,
    which maps its line to that of the row with which it seems to have swapped e-mails.
    """
    lines = {claim.guid: claim.line for claim in claims if claim.guid is not None}
    users = frozenset(lines.values())
    waits = _find_waits(verdicts)
    passing = {line: ahead for line, ahead in waits.items() if line in users and line not in confirmed}
    for claim in refused:
        if claim.holder is not None and claim.holder.guid in lines:
            passing[claim.line] = lines[claim.holder.guid]
    held = {*passing, *({*passing.values(), *crossed.values(), *misdirected} - confirmed)}
    after = {ahead: line for line, ahead in (*crossed.items(), *passing.items())}
    refused_lines = {claim.guid: claim.line for claim in refused}
    settled: dict[int, Settled] = dict(verdicts)
    for line, verdict in verdicts.items():
        if isinstance(verdict, Taken) and verdict.holder.guid in refused_lines:
            settled[line] = Taken(verdict.holder, refused_lines[verdict.holder.guid])
        elif isinstance(verdict, Granted) and line in held:
            settled[line] = misdirected.get(line) or HandedOver(verdict.holder, after.get(line))
        elif isinstance(verdict, Granted) and verdict.holder is not None and waits[line] in held:
            settled[line] = Taken(verdict.holder, verdict.holder_line)
    return settled


def _find_crossed(claims: Iterable[Claim], waits: Mapping[int, int], rows: Mapping[int, SourceUser]) -> dict[int, int]:
    """Return the lines of newcomers who wait for a row that seems to have their own e-mail, with that row's."""
    newcomers = [claim.line for claim in claims if claim.guid is None and claim.line in waits]
    return {line: waits[line] for line in newcomers if are_crossed(rows[waits[line]], rows[line])}


def _find_misdirected(
    claims: Iterable[Claim], matching: Matching, skipped: Iterable[SkippedRow]
) -> dict[int, Misdirected]:
    """Return the lines of users who would get a free e-mail that spells somebody else's name: a cell may have slipped.

    That person's own row, good or bad, may be without an e-mail or have another one by the same accident.
    """
    free = {claim.line for claim in claims if claim.guid is not None and claim.holder is None}
    rows = [match.row for match in matching.matches if match.row.line in free] if free else []
    odd = [row for row in rows if may_spell_another(row)]
    if not odd:
        return {}
    names = [(match.row.name, place_of(match.row)) for match in matching.matches]
    names += [(cell, place_of(row)) for row in skipped for cell in row.cells]
    by_word = index_names(names)
    found = ((row.line, find_spelled(row, by_word)) for row in odd)
    return {line: Misdirected(*spelled) for line, spelled in found if spelled is not None}


def _find_passing(claims: Sequence[Claim], refused: Iterable[Claim]) -> frozenset[int]:
    """Return the lines whose e-mail is held by a user who is to get another one."""
    moving = {claim.guid for claim in claims if claim.guid is not None}
    return frozenset(
        claim.line for claim in (*claims, *refused) if claim.holder is not None and claim.holder.guid in moving
    )


def _find_refused(judgements: Iterable[Judgement], holders: Mapping[str, SubsiteUser]) -> Iterator[Claim]:
    """Yield the claims of rows that are refused for a reason other than their e-mail."""
    for judgement in judgements:
        row, user = judgement.match.row, judgement.match.user
        if user is not None and key(row.email) != key(user.email):
            yield Claim.of(row.line, user.guid, row.email, holders)


def _apply_verdict(judgement: Written, verdicts: Mapping[int, Settled], rows: Mapping[int, SourceUser]) -> Judgement:
    match, verdict = judgement.match, verdicts.get(judgement.write.line)
    match verdict:
        case Taken(holder, holder_line):
            holders_row = rows[holder_line] if holder_line is not None else None
            return Unwritable(match, messages.taken(match.row, holder, holders_row))
        case Circle(holder, lines):
            first_rows = [rows[line] for line in lines[: FEW + 1]]
            return Unwritable(match, messages.circle(match.row, holder, first_rows, len(lines)))
        case HandedOver(holder, next_line) if match.user is not None:
            after = rows[next_line] if next_line is not None else None
            return Unwritable(match, messages.handed_over(match.row, match.user, holder=holder, after=after))
        case Misdirected(name, place) if match.user is not None:
            return Unwritable(match, messages.misdirected(match.row, match.user, name, place))
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
