"""What approval does to a plan: what is held until somebody approves it, and what an approval lets pass.

An approval is for one plan and no other. It passes the fuses, since the person who gave it has seen the figures, but
not `listed` (the list came back short, so the figures are wrong) and nothing that is withheld.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from pleio_profile_sync_client.core.approval_code import Code, explain_difference, make_code
from pleio_profile_sync_client.core.models import Change, Fuse, Guid, Memory, Removal
from pleio_profile_sync_client.core.policy import Policy

PATIENCE_DAYS = 7
"""For how long something may wait for an approval before that is a problem."""

_NEVER_PASSED = "listed"
_OF_REMOVALS = ("removals", "removals_banned")


class Occasion(Struct, frozen=True):
    """When, where and for what a plan is made: its codes are for that day (UTC) and subsite.

    In a dry run nothing is held, so that it shows everything that there is to approve.
    """

    today: date
    destination: str
    is_dry_run: bool


class Approval(Struct, frozen=True):
    """What can be approved of a plan: its code, that of its removals if it has any, and their last valid day."""

    code: str
    removals_code: str | None
    expires: date


class Awaiting(Struct, frozen=True):
    """What waits for an approval, or in a dry run would: how many changes, the removals among them, and since when.

    `since` has the day by the guid as text, `oldest` is the first day on which anything waited; the state keeps both.
    `has_writes` says that not only removals wait.
    """

    changes: int
    removals: tuple[Removal, ...]
    since: Mapping[str, date]
    oldest: date
    has_writes: bool = False

    def is_overdue(self, today: date) -> bool:
        """Tell whether it has waited for too long."""
        return (today - self.oldest).days > PATIENCE_DAYS


class Ruling(Struct, frozen=True):
    """What approval does to a plan.

    `holds_writes` and `held` (removals) say what is not a change of this run. `difference` says why the approval that
    was given is not valid. `passes` are the fuses that it passes; None for all but `listed`.
    """

    holds_writes: bool = False
    held: frozenset[Guid] = frozenset()
    difference: str | None = None
    passes: tuple[str, ...] | None = ()

    def refusing(self, fuses: Iterable[Fuse]) -> tuple[Fuse, ...]:
        """Return the fuses that refuse the plan nevertheless."""
        return tuple(fuse for fuse in fuses if fuse.tripped and not self._passes(fuse.fuse))

    def _passes(self, fuse: str) -> bool:
        return fuse != _NEVER_PASSED if self.passes is None else fuse in self.passes


def offer_approval(changes: Sequence[Change], occasion: Occasion) -> Approval | None:
    """Return what a plan offers for approval; None if there is nothing to approve."""
    if not changes:
        return None
    code = make_code("plan", changes, day=occasion.today, destination=occasion.destination)
    removals = make_code("removals", changes, day=occasion.today, destination=occasion.destination)
    return Approval(str(code), str(removals) if removals.counts else None, code.expires)


def rule_on_approval(changes: Sequence[Change], policy: Policy, occasion: Occasion, memory: Memory) -> Ruling:
    """Return what `--approval` and `--approved` make of the changes of a plan."""
    removals = [change for change in changes if isinstance(change, Removal)]
    approved = policy.approved
    if approved is None:
        if policy.approval == "none" or occasion.is_dry_run:
            return Ruling()
        return Ruling(policy.approval == "all", frozenset(removal.guid for removal in removals))
    if approved.coverage == "plan":
        return Ruling(difference=_compare(approved, changes, occasion), passes=None)
    due = [removal for removal in removals if _waits_since(removal, occasion, memory) <= approved.day]
    # Users who became due on that day before the night's run noted it count as due later, so all are tried as well.
    for let_go in (due, removals):
        if _compare(approved, let_go, occasion) is None:
            held = {removal.guid for removal in removals}.difference(removal.guid for removal in let_go)
            return Ruling(policy.approval == "all", frozenset(held), passes=_OF_REMOVALS)
    return Ruling(difference=_compare(approved, due, occasion))


def find_awaiting(
    made: Sequence[Change], wanted: Sequence[Change], policy: Policy, occasion: Occasion, memory: Memory
) -> Awaiting | None:
    """Return which of the wanted changes wait for an approval; None if none do.

    `made` are those of this run. A dry run holds nothing, so for it these are the changes that a real run would hold.
    """
    removals = tuple(change for change in wanted if isinstance(change, Removal))
    if occasion.is_dry_run and policy.approved is None:
        count = {"none": 0, "removals": len(removals), "all": len(wanted)}[policy.approval]
    else:
        count = len(wanted) - len(made)
        let_go = {change.guid for change in made if isinstance(change, Removal)}
        removals = tuple(removal for removal in removals if removal.guid not in let_go)
    if not count:
        return None
    since = {str(removal.guid): _waits_since(removal, occasion, memory) for removal in removals}
    oldest = min([memory.awaiting_since or occasion.today, *since.values()])
    return Awaiting(count, removals, since, oldest, has_writes=count > len(removals))


def _compare(approved: Code, changes: Sequence[Change], occasion: Occasion) -> str | None:
    now = make_code(approved.coverage, changes, day=approved.day, destination=occasion.destination)
    return explain_difference(approved, now, today=occasion.today)


def _waits_since(removal: Removal, occasion: Occasion, memory: Memory) -> date:
    return memory.awaiting.get(str(removal.guid), occasion.today)
