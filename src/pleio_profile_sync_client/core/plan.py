"""The plan of a run, made from its draft: everything that will be done, known and judged before anything is done."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.approval import (
    Approval,
    Awaiting,
    Occasion,
    Ruling,
    find_awaiting,
    offer_approval,
    rule_on_approval,
)
from pleio_profile_sync_client.core.differences import NO_DIFFERENCES
from pleio_profile_sync_client.core.draft import Draft
from pleio_profile_sync_client.core.fuses import check_fuses, is_filling
from pleio_profile_sync_client.core.matching import Matching, Selection
from pleio_profile_sync_client.core.models import Change, Finding, Fuse, Guid, Memo, Memory, Removal, Waiting
from pleio_profile_sync_client.core.policy import RUN_PROBLEMS, Policy
from pleio_profile_sync_client.core.removals import Absences, find_doubts, wait_for_grace, wait_for_somebody
from pleio_profile_sync_client.core.rules import Unchanged, Written


class Plan(Struct, frozen=True):
    """All that a run will do and tell.

    `changes` are in the order of the rows, the removals last. `withheld` are the users whose removal is not attempted.
    `memos` and `absences` are for the state. `refusing` are the tripped fuses that neither `--force` nor an approval
    passes; `difference` says why the approval that was given is not for this plan. `awaiting` is what waits for one.
    `is_filling` says that it is the first into an almost empty subsite, or continues that.
    """

    changes: tuple[Change, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    fuses: tuple[Fuse, ...]
    unchanged: int
    withheld: frozenset[Guid]
    waiting: tuple[Waiting, ...]
    memos: tuple[Memo, ...]
    absences: Absences
    refusing: tuple[Fuse, ...] = ()
    difference: str | None = None
    approval: Approval | None = None
    awaiting: Awaiting | None = None
    is_filling: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether no change of it may be sent."""
        return self.difference is not None or bool(self.refusing)

    def awaits_approval(self, change: Change) -> bool:
        """Tell whether a real run would hold this change of a dry run until somebody approves it."""
        if self.awaiting is None or change.guid in self.withheld:
            return False
        return str(change.guid) in self.awaiting.since if isinstance(change, Removal) else self.awaiting.has_writes


def make_plan(draft: Draft, occasion: Occasion) -> Plan:
    """Return a draft's plan, narrowed by `--only`, held or passed by approval, judged by the fuses."""
    if draft.selection is not None:
        draft = _narrow(draft, draft.selection)
    ruling = rule_on_approval(draft.changes, draft.policy, occasion, draft.memory)
    plan = _judge(_hold(draft, ruling), ruling, today=occasion.today)
    return ask_for_approval(plan, draft.changes, draft.policy, draft.memory, occasion)


def ask_for_approval(plan: Plan, wanted: Sequence[Change], policy: Policy, memory: Memory, occasion: Occasion) -> Plan:
    """Add the plan's codes, and who and what waits for them; `wanted` are its changes before any was held."""
    approval = offer_approval(wanted, occasion)
    waiting = find_awaiting(plan.changes, wanted, policy, occasion, memory)
    if approval is None or waiting is None:
        return replace(plan, approval=approval)
    finding = messages.awaiting_approval(waiting, approval, is_dry_run=occasion.is_dry_run)
    is_problem = waiting.is_overdue(occasion.today)
    held = [removal for removal in waiting.removals if removal.guid not in plan.withheld]
    return replace(
        plan,
        approval=approval,
        awaiting=waiting,
        waiting=(*wait_for_somebody(held, "awaiting_approval", memory), *plan.waiting),
        problems=(*([finding] if is_problem else []), *plan.problems),
        warnings=(*([] if is_problem else [finding]), *plan.warnings),
    )


def _judge(draft: Draft, ruling: Ruling, *, today: date) -> Plan:
    matching, policy, judgements, removals = draft.matching, draft.policy, draft.judgements, draft.removals
    doubts = find_doubts(draft.reading, matching, policy, removals.removals)
    doubtful = [removal for removal in removals.removals if doubts.about(removal)]
    problems = [*draft.problems]
    warnings = [*draft.warnings]
    if doubtful:
        withheld = messages.removals_withheld(len(doubtful), doubts.about(doubtful[0]), forced=policy.force)
        (warnings if policy.force else problems).append(withheld)
    waiting = [] if policy.force else doubtful
    if removals.undecided and policy.removal is not None:
        problems.append(messages.undecided(removals.undecided, policy.removal))
    warnings += _set_back(judgements.written)
    warnings += _unlinked_creates(judgements.written, matching)
    accepted = policy.accept.difference(RUN_PROBLEMS)
    warnings += [problem for problem in problems if problem.code in accepted]
    fuses = tuple(check_fuses(draft))
    return Plan(
        changes=draft.changes,
        problems=_in_order(problem for problem in problems if problem.code not in accepted),
        warnings=_in_order(warnings),
        fuses=fuses,
        unchanged=len(judgements.unchanged),
        withheld=frozenset(removal.guid for removal in waiting),
        waiting=(
            *wait_for_somebody(waiting, "withheld", draft.memory),
            *wait_for_grace(removals.in_grace, policy, draft.memory, today=today),
        ),
        memos=tuple(_memos((*judgements.written, *judgements.unchanged))),
        absences=draft.absences,
        refusing=() if policy.force else ruling.refusing(fuses),
        difference=ruling.difference,
        is_filling=is_filling(draft),
    )


def _hold(draft: Draft, ruling: Ruling) -> Draft:
    """Take out what waits for an approval: it is not a change of this run."""
    if ruling.holds_writes:
        draft = replace(draft, judgements=replace(draft.judgements, written=(), passing=frozenset()))
    if ruling.held:
        left = tuple(removal for removal in draft.removals.removals if removal.guid not in ruling.held)
        draft = replace(draft, removals=replace(draft.removals, removals=left))
    return draft


def _narrow(draft: Draft, selection: Selection) -> Draft:
    """Take out what `--only` does not select."""
    matching = draft.matching
    users = {user.guid: user for user in matching.listed.users}
    warnings = [warning for warning in draft.warnings if selection.has_finding(warning, users)]
    if not selection.lines and not any(map(selection.has_user, users.values())):
        warnings.append(messages.only_unknown(draft.policy.only or ""))
    return replace(
        draft,
        judgements=draft.judgements.narrowed(selection.lines),
        removals=replace(
            draft.removals,
            removals=tuple(one for one in draft.removals.removals if selection.has_keys(one.external_id, one.email)),
            undecided=tuple(filter(selection.has_user, draft.removals.undecided)),
            in_grace=tuple(filter(selection.has_user, draft.removals.in_grace)),
        ),
        problems=tuple(problem for problem in draft.problems if selection.has_finding(problem, users)),
        warnings=tuple(warnings),
    )


def _set_back(written: Iterable[Written]) -> list[Finding]:
    fields = [field for judgement in written for field in judgement.differences.set_back]
    return [messages.set_back(fields.count("name"), fields.count("email"))] if fields else []


def _unlinked_creates(written: Iterable[Written], matching: Matching) -> list[Finding]:
    creates = (judgement.write for judgement in written if judgement.match.user is None)
    unlinked = [create for create in creates if not create.external_id]
    without = sum(not user.external_id for user in matching.listed.users)
    return [messages.may_need_external_id(unlinked, without)] if unlinked else []


def _memos(judgements: Iterable[Written | Unchanged]) -> Iterator[Memo]:
    for judgement in judgements:
        differences = judgement.differences
        if differences is NO_DIFFERENCES or judgement.match.user is None:
            continue
        if differences.groups_left is not None or differences.seen_avatar is not None or differences.taken:
            guid = judgement.match.user.guid
            yield Memo(guid, differences.groups_left, differences.seen_avatar, differences.taken)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by line; what belongs to no line, such as withheld removals, comes first."""
    return tuple(sorted(findings, key=lambda finding: finding.line or 0))
