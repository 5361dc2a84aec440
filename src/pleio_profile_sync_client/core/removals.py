"""Who is banned or deleted: only those whom no row names. Why they have to wait for another night is in `doubts`."""

from msgspec import Struct

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import (
    Action,
    Finding,
    Memory,
    Removal,
    RemovalAction,
    SubsiteUser,
)
from pleio_profile_sync_client.core.patterns import SYSTEM_USERS, Patterns, compile_patterns
from pleio_profile_sync_client.core.policy import Policy


class Removals(Struct, frozen=True):
    """The removals that the options ask for, and what stands in their way.

    `undecided` are users without an external_id of whom it was not said whether they stay; `in_grace` are those who
    are absent, but not for long enough yet.
    """

    removals: tuple[Removal, ...] = ()
    ambiguous: tuple[Finding, ...] = ()
    undecided: tuple[SubsiteUser, ...] = ()
    in_grace: tuple[SubsiteUser, ...] = ()


class Allowance(Struct, frozen=True):
    """Whom the options allow to be removed, whether a row names them or not; grace does not count here."""

    protected: Patterns
    scope: Patterns | None
    only_linked: bool | None

    def covers(self, user: SubsiteUser) -> bool:
        """Tell whether the user may be removed."""
        return self.concerns(user) and (bool(user.external_id) or self.only_linked is False)

    def concerns(self, user: SubsiteUser) -> bool:
        """Tell the same, leaving aside whether the user has an external_id."""
        return not self.protected.covers(user) and (self.scope is None or self.scope.covers(user))


def make_allowance(policy: Policy) -> Allowance:
    """Return whom the policy allows to be removed; the subsite's own users never are."""
    scope = compile_patterns(policy.scope) if policy.scope else None
    return Allowance(compile_patterns((SYSTEM_USERS, *policy.protect)), scope, policy.only_linked)


def find_removals(matching: Matching, allowance: Allowance, policy: Policy, memory: Memory) -> Removals:
    """Return whom to ban or delete, in the order of the list, as the options say."""
    if policy.removal is None:
        return Removals()
    removals: list[Removal] = []
    ambiguous: list[Finding] = []
    undecided: list[SubsiteUser] = []
    in_grace: list[SubsiteUser] = []
    for user in matching.directory.users:
        if user.guid in matching.named or not _is_concerned(user, allowance, policy.removal):
            continue
        if not user.external_id and policy.only_linked is not False:
            if policy.only_linked is None:
                undecided.append(user)
        elif _is_in_grace(user, policy, memory):
            in_grace.append(user)
        elif user.guid in matching.directory.ambiguous:
            ambiguous.append(messages.ambiguous_user(user, matching.directory.sharing_with(user)))
        else:
            removals.append(Removal(policy.removal, user.guid, user.external_id, user.email, user.name, user.is_banned))
    return Removals(tuple(removals), tuple(ambiguous), tuple(undecided), tuple(in_grace))


def _is_concerned(user: SubsiteUser, allowance: Allowance, removal: RemovalAction) -> bool:
    return not (removal is Action.BAN and user.is_banned) and allowance.concerns(user)


def _is_in_grace(user: SubsiteUser, policy: Policy, memory: Memory) -> bool:
    if not policy.grace_s:
        return False
    remembered = memory.users.get(str(user.guid))
    absent_s = remembered.absent_s if remembered else None
    return absent_s is None or absent_s < policy.grace_s
