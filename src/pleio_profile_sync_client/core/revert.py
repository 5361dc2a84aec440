"""Undoing a run: from what it did, and what the subsite says now, to the changes that undo it.

Only what is still as that run left it goes back; later changes are somebody's work. What the API can't undo is reported
by user: groups joined, avatars, deletes, an external_id where there was none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.addresses import Circle, Claim, Granted, Taken, settle_claims
from pleio_profile_sync_client.core.approval import Occasion, rule_on_approval
from pleio_profile_sync_client.core.fuses import above, check_changes
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import (
    PROFILE,
    Action,
    Change,
    Finding,
    Fuse,
    Guid,
    Memory,
    Record,
    Removal,
    SubsiteUser,
    Write,
    WriteAction,
)
from pleio_profile_sync_client.core.plan import Plan, ask_for_approval
from pleio_profile_sync_client.core.policy import Patterns, Policy, make_allowance


class PastChange(Struct, frozen=True):
    """A change as the report has it. `number` is its position there, from 1; `fields` are (old, new) by name.

    `is_applied` is False for one that failed: parts of it may have been done.
    """

    number: int
    action: Action
    guid: Guid | None
    external_id: str | None
    email: str
    fields: Mapping[str, tuple[str | None, str | None]]
    groups: tuple[str, ...] = ()
    has_avatar: bool = False
    is_applied: bool = True


Undone = Write | Removal | str
"""What undoes a change, or says what of it stays as that run left it."""


def plan_reversal(
    past: Iterable[PastChange], users: Sequence[SubsiteUser], *, policy: Policy, memory: Memory, occasion: Occasion
) -> Plan:
    """Return the plan that undoes these changes, values first, judged by approval and the fuses that concern it.

    Protected users are neither banned nor reactivated.
    """
    by_guid = {str(user.guid): user for user in users}
    by_external_id = {key(user.external_id): user for user in users if user.external_id}
    protected = make_allowance(policy).protected
    undoing: list[Write | Removal] = []
    left: list[Finding] = []
    concerned = 0
    is_undone = False
    for change in past:
        user = by_guid.get(str(change.guid))
        parts = list(_explain_missing(change) if user is None else _undo(change, user, protected, by_external_id))
        undoing += [part for part in parts if not isinstance(part, str)]
        reasons = [part for part in parts if isinstance(part, str)]
        if reasons:
            left.append(_tell(change, user, reasons))
        if user is not None:
            concerned += 1
            is_undone = is_undone or (change.is_applied and (not parts or _is_back(change, user)))
    writes, refused = _settle_addresses([part for part in undoing if isinstance(part, Write)], users)
    bans = [part for part in undoing if isinstance(part, Removal)]
    wanted: list[Change] = [*writes, *bans]
    ruling = rule_on_approval(wanted, policy, occasion, memory)
    writes = [] if ruling.holds_writes else writes
    bans = [ban for ban in bans if ban.guid not in ruling.held]
    fuses = tuple(_check_fuses(writes, bans, concerned, users, policy))
    plan = Plan(
        changes=(*writes, *bans),
        problems=(*left, *refused),
        warnings=(_next_sync_does_it_again(),) if wanted or is_undone else (),
        fuses=fuses,
        unchanged=0,
        withheld=frozenset(),
        waiting=(),
        memos=(),
        absences={},
        refusing=() if policy.force else ruling.refusing(fuses),
        difference=ruling.difference,
    )
    return ask_for_approval(plan, wanted, policy, memory, occasion)


def _next_sync_does_it_again() -> Finding:
    """Warn that the source still says what the run took from it."""
    return Finding(
        "source_unchanged",
        "The next sync does it again, unless the source is fixed first; stop the timer until then.",
    )


def _check_fuses(
    writes: Sequence[Write], bans: Sequence[Removal], concerned: int, users: Iterable[SubsiteUser], policy: Policy
) -> Iterator[Fuse]:
    """Yield the fuses of a reversal; `concerned` counts the listed users who are in the report."""
    active = [user for user in users if not user.is_banned]
    protected = make_allowance(policy).protected
    removable = sum(not protected.covers(user) for user in active)
    reactivations = sum(write.action is Action.REACTIVATE for write in writes)
    yield above("removals", len(bans), removable, policy.max_removals)
    yield above("reactivations", reactivations, len(active), policy.max_removals)
    changed = Counter(name for write in writes for name in write.fields)
    fields = sorted({"name", "email", "external_id", *changed})
    yield from check_changes(((f"changed.{name}", changed[name], concerned) for name in fields), policy)


def _undo(
    change: PastChange, user: SubsiteUser, protected: Patterns, by_external_id: Mapping[str, SubsiteUser]
) -> Iterator[Undone]:
    match change.action:
        case Action.DELETE:
            return  # still listed: that delete failed
        case Action.BAN:
            yield from _unban(change, user, protected)
        case Action.CREATE | Action.REACTIVATE:
            yield from _ban(change, user, protected)
        case Action.UPDATE:
            yield from _restore(change, user, by_external_id)
        case _:
            assert_never(change.action)


def _explain_missing(change: PastChange) -> Iterator[str]:
    if change.action is Action.DELETE:
        if change.is_applied:
            yield "deleted, which is final"
    elif change.guid is None:
        yield "a create that failed: check on the subsite whether the user was created after all"
    else:
        yield "no longer on the subsite"


def _unban(change: PastChange, user: SubsiteUser, protected: Patterns) -> Iterator[Undone]:
    if not user.is_banned:
        return
    if not change.is_applied:
        yield "banned now, but that ban is reported as failed: somebody else may have banned this user"
    elif protected.covers(user):
        yield "banned, and protected (--protect)"
    else:
        yield _write(Action.REACTIVATE, change, user, {})


def _ban(change: PastChange, user: SubsiteUser, protected: Patterns) -> Iterator[Undone]:
    is_new = change.action is Action.CREATE
    if user.is_banned:
        return
    if protected.covers(user):
        yield f"{'created' if is_new else 'reactivated'}, and protected (--protect)"
        return
    kept = [] if is_new else [*change.fields, *_lasting(change)]
    if kept:
        yield f"{', '.join(kept)} stay, since nothing is written to a banned user"
    yield Removal(Action.BAN, user.guid, user.external_id, user.email, user.name)


def _restore(change: PastChange, user: SubsiteUser, by_external_id: Mapping[str, SubsiteUser]) -> Iterator[Undone]:
    if lasting := _lasting(change):
        yield f"{', '.join(lasting)}: the subsite's API can't undo it"
    if user.is_banned:
        if change.fields:
            yield "banned since, so nothing is written"
        return
    fields: dict[str, tuple[str | None, str | None]] = {}
    changed_since: list[str] = []
    for name, (old, new) in change.fields.items():
        now = _value(user, name)
        if _is_same(name, now, old):
            continue
        if not _is_same(name, now, new):
            changed_since.append(name)
        elif name == "external_id" and not old:
            yield "external_id: there was none before, and the subsite's API can't clear it"
        elif name == "external_id" and (other := by_external_id.get(key(old))) and other.guid != user.guid:
            yield f"external_id: {old} is now that of the subsite user {other.guid}"
        else:
            fields[name] = (now, old or "")
    if changed_since:
        yield f"{', '.join(changed_since)}: changed since"
    if fields:
        yield _write(Action.UPDATE, change, user, fields)


def _is_back(change: PastChange, user: SubsiteUser) -> bool:
    """Tell whether some value is again what it was before that run."""
    return any(_is_same(name, _value(user, name), old) for name, (old, _) in change.fields.items())


def _lasting(change: PastChange) -> list[str]:
    return [*(["groups"] if change.groups else []), *(["avatar"] if change.has_avatar else [])]


def _value(user: SubsiteUser, name: str) -> str | None:
    match name:
        case "name":
            return user.name
        case "email":
            return user.email
        case "external_id":
            return user.external_id
        case _:
            return user.profile.get(name.removeprefix(PROFILE))


def _is_same(name: str, one: str | None, other: str | None) -> bool:
    if name in ("email", "external_id"):
        return key(one) == key(other)
    return (one or "") == (other or "")


def _write(
    action: WriteAction, change: PastChange, user: SubsiteUser, fields: dict[str, tuple[str | None, str | None]]
) -> Write:
    new = {name: value or "" for name, (_, value) in fields.items()}
    record = Record(
        name=new.get("name", user.name),
        email=new.get("email", user.email),
        external_id=new.get("external_id"),
        profile={name.removeprefix(PROFILE): value for name, value in new.items() if name.startswith(PROFILE)},
    )
    return Write(
        action=action,
        guid=user.guid,
        line=change.number,
        external_id=user.external_id,
        email=user.email,
        record=record if fields else None,
        fields=fields,
        place=f"change {change.number} of the report",
    )


def _settle_addresses(writes: Sequence[Write], users: Iterable[SubsiteUser]) -> tuple[list[Write], list[Finding]]:
    """Let each address that goes back wait for the user who has it now, or leave its user as is."""
    holders = {key(user.email): user for user in users if user.email}
    moving = [write for write in writes if "email" in write.fields]
    verdicts = settle_claims(
        [Claim.of(write.line, write.guid, write.fields["email"][1] or "", holders) for write in moving]
    )
    settled: list[Write] = []
    refused: list[Finding] = []
    for write in writes:
        match verdicts.get(write.line, Granted()):
            case Granted(holder):
                settled.append(replace(write, waits_for=holder.guid if holder else None))
            case Taken(holder):
                refused.append(_refuse(write, f"is now that of {holder.guid}, who keeps it"))
            case Circle(holder):
                refused.append(_refuse(write, f"forms a circle with that of {holder.guid}"))
            case never:
                assert_never(never)
    return settled, refused


def _refuse(write: Write, why: str) -> Finding:
    email = write.fields["email"][1] or "(none)"
    return Finding(
        "not_reverted",
        f"{write.email}, user {write.guid}, is left as is: its e-mail {email} {why}. Give one of them another address "
        "on the subsite.",
        external_id=write.external_id,
        guid=write.guid,
    )


def _tell(change: PastChange, user: SubsiteUser | None, reasons: Sequence[str]) -> Finding:
    who = user.email if user is not None else change.email
    guid = f", user {change.guid}" if change.guid is not None else ""
    return Finding(
        "not_reverted",
        f"{who}{guid}: not reverted: {'; '.join(reasons)}.",
        external_id=change.external_id,
        guid=change.guid,
    )
