"""Which rows ask for an e-mail that their user does not have, and what becomes of these rows.

Who can have it is worked out in `addresses`; here that becomes judgements, and `--force` and `--relink --only` count.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self, assert_never

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.addresses import (
    Circle,
    Claim,
    Granted,
    HandedOver,
    Taken,
    Verdict,
    find_passing,
    find_waits,
    hold_back,
    settle_claims,
)
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import SkippedRow, SourceUser
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.rules import Judgement, Unchanged, Unwritable, Written
from pleio_profile_sync_client.core.selection import Selection, select


class Settled(Struct, frozen=True):
    """The judgements of all rows, each with its wait or its refusal; and what `--only` selects of them.

    `passing` are the lines, but for confirmed ones, whose e-mail is held by a user who is to get another one;
    `held_back` those that wait for a person's word or are refused for another reason, and who makes room for them.
    """

    judgements: Sequence[Judgement]
    passing: frozenset[int]
    held_back: frozenset[int]
    selection: Selection | None

    @property
    def selected(self) -> frozenset[int]:
        """The lines that `--only` selects; none without it."""
        return self.selection.lines if self.selection is not None else frozenset()

    def narrowed(self, selection: Selection) -> Self:
        """Return what of it is selected."""
        return replace(
            self,
            judgements=[judgement for judgement in self.judgements if selection.has_line(judgement.match.row.line)],
            passing=self.passing & selection.lines,
            held_back=self.held_back & selection.lines,
        )


def settle_addresses(
    judgements: Sequence[Judgement], matching: Matching, skipped: Iterable[SkippedRow], policy: Policy
) -> Settled:
    """Let each row that asks for an e-mail wait for its holder, or refuse it."""
    claims, refused = _find_claims(judgements)
    holders = matching.directory.by_email
    verdicts = settle_claims(claims, holders)
    selection = None
    if policy.only is not None:
        selection = select(policy.only, matching.matches, skipped, find_waits(verdicts))
    confirmed = selection.lines if policy.relink and selection is not None else frozenset()
    settled = hold_back(
        claims,
        verdicts,
        refused=refused,
        holders=holders,
        confirmed=verdicts.keys() if policy.force else confirmed,
    )
    held_back = [line for line, verdict in settled.items() if isinstance(verdict, HandedOver)]
    return Settled(
        _apply_verdicts(judgements, settled),
        find_passing((*claims, *refused), claims, holders) - confirmed,
        frozenset((*held_back, *(claim.line for claim in refused))),
        selection,
    )


def _find_claims(judgements: Iterable[Judgement]) -> tuple[list[Claim], list[Claim]]:
    """Return the claims of the rows to be written, and of those that are refused for another reason."""
    claims: list[Claim] = []
    refused: list[Claim] = []
    for judgement in judgements:
        if isinstance(judgement, Unchanged):  # as most are
            continue
        row, user = judgement.match.row, judgement.match.user
        if isinstance(judgement, Written):
            if "email" in judgement.write.fields:
                claims.append(Claim(row.line, judgement.write.guid, row.email))
        elif user is not None and key(row.email) != key(user.email):
            refused.append(Claim(row.line, user.guid, row.email))
    return claims, refused


def _apply_verdicts(
    judgements: Sequence[Judgement], verdicts: Mapping[int, Verdict | HandedOver]
) -> Sequence[Judgement]:
    """Let each row that asks for an e-mail wait for its holder, or refuse it."""
    if not verdicts:
        return judgements
    wanted = {line for verdict in verdicts.values() for line in _other_lines(verdict)}
    rows: dict[int | None, SourceUser] = {
        row.line: row for row in (judgement.match.row for judgement in judgements) if row.line in wanted
    }
    return [_apply_verdict(judgement, verdicts, rows) for judgement in judgements]


def _other_lines(verdict: Verdict | HandedOver) -> tuple[int | None, ...]:
    """Return the lines of the other rows that are told of."""
    match verdict:
        case Taken(_, holder_line):
            return (holder_line,)
        case Circle(_, lines):
            return lines
        case HandedOver(_, _, next_line):
            return (next_line,)
        case Granted():
            return ()
        case _:
            assert_never(verdict)


def _apply_verdict(
    judgement: Judgement, verdicts: Mapping[int, Verdict | HandedOver], rows: Mapping[int | None, SourceUser]
) -> Judgement:
    if not isinstance(judgement, Written):
        return judgement
    match, verdict = judgement.match, verdicts.get(judgement.write.line)
    match verdict:
        case Taken(holder, holder_line):
            return Unwritable(match, messages.taken(match.row, holder, rows.get(holder_line)))
        case Circle(holder, lines, others):
            return Unwritable(match, messages.circle(match.row, holder, [rows[line] for line in lines], others))
        case HandedOver(holder, _, next_line) if match.user is not None:
            after = rows.get(next_line)
            return Unwritable(match, messages.handed_over(match.row, match.user, holder=holder, after=after))
        case Granted(holder) if holder is not None:
            return replace(judgement, write=replace(judgement.write, waits_for=holder.guid))
    return judgement
