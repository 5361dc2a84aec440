"""E-mails that pass from one subsite user to another: who waits for whom, and what can't be had.

An e-mail is unique on the subsite, banned users count (`POST /users`, observed), so a row whose e-mail is held by
another user can only be written once that one has given it up.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Guid, SubsiteUser


class Claim(Struct, frozen=True):
    """A row that asks for an e-mail. `guid` is the row's user (None: a create)."""

    line: int
    guid: Guid | None
    email: str


class Granted(Struct, frozen=True):
    """The e-mail is free, or will be once the user `waits_for` has been written."""

    waits_for: Guid | None = None


class Taken(Struct, frozen=True):
    """The holder will not give the e-mail up: no row gives that user another one, or that row can't be written."""

    holder: SubsiteUser


class Circle(Struct, frozen=True):
    """Rows that would take each other's e-mails; `lines` are all of them, beginning with this one."""

    holder: SubsiteUser
    lines: tuple[int, ...]


Verdict = Granted | Taken | Circle


def settle_claims(claims: Sequence[Claim], holders: Mapping[str, SubsiteUser]) -> dict[int, Verdict]:
    """Return the verdict on each claim, by its line. `holders` are the subsite's users by the key of their e-mail.

    Following each claim to its holder's own claim ends at a free e-mail (all on the way are granted), at a holder
    without a claim (all are taken), or where it began (a circle).
    """
    claims_by_guid = {claim.guid: claim for claim in claims if claim.guid is not None}
    verdicts: dict[int, Verdict] = {}
    for claim in claims:
        path: list[Claim] = []
        places: dict[int, int] = {}
        current: Claim | None = claim
        while current is not None and current.line not in verdicts and current.line not in places:
            places[current.line] = len(path)
            path.append(current)
            holder = _holder(current, holders)
            current = claims_by_guid.get(holder.guid) if holder else None
        if current is not None and current.line in places:
            _close_circle(path[places[current.line] :], holders, verdicts)
            path = path[: places[current.line]]
        for waiting in reversed(path):
            verdicts[waiting.line] = _judge(waiting, claims_by_guid, holders, verdicts)
    return verdicts


def _holder(claim: Claim, holders: Mapping[str, SubsiteUser]) -> SubsiteUser | None:
    holder = holders.get(key(claim.email))
    return None if holder is None or holder.guid == claim.guid else holder


def _judge(
    claim: Claim,
    claims_by_guid: Mapping[Guid, Claim],
    holders: Mapping[str, SubsiteUser],
    verdicts: Mapping[int, Verdict],
) -> Verdict:
    holder = _holder(claim, holders)
    if holder is None:
        return Granted()
    other = claims_by_guid.get(holder.guid)
    if other is not None and isinstance(verdicts[other.line], Granted):
        return Granted(waits_for=holder.guid)
    return Taken(holder)


def _close_circle(members: Sequence[Claim], holders: Mapping[str, SubsiteUser], verdicts: dict[int, Verdict]) -> None:
    lines = [claim.line for claim in members]
    for place, claim in enumerate(members):
        holder = holders[key(claim.email)]
        verdicts[claim.line] = Circle(holder, (*lines[place:], *lines[:place]))
