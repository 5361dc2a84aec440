"""The table of rules: what each good row leads to. The order of writing is not decided here.

Whether the row's e-mail is available is settled in `addresses`, after every row has been judged.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.differences import Comparison, Differences
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, Matching, differ_in_zeros_only, keys_of_match
from pleio_profile_sync_client.core.models import Action, Finding, Guid, SubsiteUser, Write, WriteAction
from pleio_profile_sync_client.core.persons import fits, have_same_words
from pleio_profile_sync_client.core.policy import Patterns, Policy

RELINKED = "relinked"
BANNED_ELSEWHERE = "banned_elsewhere"


class Written(Struct, frozen=True, gc=False):
    """The row is to be written, if its e-mail is available."""

    match: Match
    write: Write
    differences: Differences


class Unchanged(Struct, frozen=True, gc=False):
    """The user already matches the row."""

    match: Match
    differences: Differences


class StaysBanned(Struct, frozen=True):
    """The user is banned and stays so; nothing may be written, since an update would un-ban too."""

    match: Match
    warning: Finding


class Unwritable(Struct, frozen=True):
    """The row has a problem. `about` are the users whose external_id it seems to mean."""

    match: Match
    problem: Finding
    about: tuple[SubsiteUser, ...] = ()


Judgement = Written | Unchanged | StaysBanned | Unwritable


class Judgements(Struct, frozen=True):
    """The judgements of all rows, sorted by what they lead to, each sort in the order of the rows.

    `passing` are the lines, except confirmed ones, whose e-mail is held by a user who is to get another one;
    `passing_held` the same, if the row waits for a person's confirmation or is refused for another reason.
    """

    written: tuple[Written, ...]
    unchanged: tuple[Unchanged, ...]
    stays_banned: tuple[StaysBanned, ...]
    unwritable: tuple[Unwritable, ...]
    passing: frozenset[int] = frozenset()
    passing_held: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[Judgement]:
        """Yield every judgement."""
        return chain(self.written, self.unchanged, self.stays_banned, self.unwritable)

    def rewritten(self, judgements: Iterable[Judgement]) -> "Judgements":
        """Return the same with these instead of those that lead to a write."""
        again = sort_judgements(judgements)
        return replace(
            self,
            written=again.written,
            unchanged=self.unchanged + again.unchanged,
            stays_banned=self.stays_banned + again.stays_banned,
            unwritable=self.unwritable + again.unwritable,
        )

    def narrowed(self, lines: frozenset[int]) -> "Judgements":
        """Return those of these lines."""
        chosen = sort_judgements(judgement for judgement in self if judgement.match.row.line in lines)
        return replace(chosen, passing=self.passing & lines, passing_held=self.passing_held & lines)


class Rules(Struct, frozen=True):
    """The table of rules, with everything that it depends on."""

    matching: Matching
    comparison: Comparison
    policy: Policy
    protected: Patterns
    has_external_ids: bool

    def judge_all(self) -> Judgements:
        """Return what each good row leads to.

        A row whose user is taken over by another row in this run has lost no zeros: the next run would find that user
        relinked.
        """
        judgements = [self.judge(match) for match in self.matching.matches]
        if self.policy.relink and self.matching.zeros_lost and self.policy.only is None:
            taken_over = {
                judgement.write.guid
                for judgement in judgements
                if isinstance(judgement, Written) and RELINKED in judgement.write.marks
            }
            judgements = [self._judge_again(judgement, taken_over) for judgement in judgements]
        return sort_judgements(judgements)

    def judge(self, match: Match) -> Judgement:
        """Return what a good row leads to."""
        user = match.user
        if user is None:
            return self._judge_newcomer(match, self.matching.zeros_lost.get(match.row.line, ()))
        refusal = self._refuse(match, user)
        if refusal is not None:
            return refusal
        marks = (RELINKED,) if match.by_email and self._has_other_id(match, user) else ()
        differences = self.comparison.compare(match.row, user)
        if user.is_banned:
            return self._judge_banned(match, user, differences, marks)
        if differences.record is None and differences.avatar is None:
            return Unchanged(match, differences)
        return Written(match, _write(Action.UPDATE, match, differences, marks), differences)

    def _refuse(self, match: Match, user: SubsiteUser) -> Unwritable | None:
        """Return why nothing may be written for a row that found its user; None if nothing speaks against it."""
        ambiguous = self.matching.listed.ambiguous
        if ambiguous and user.guid in ambiguous:
            return Unwritable(match, messages.ambiguous(match.row, user, self.matching.listed.sharing_with(user)))
        if not match.by_email:
            if match.row.name == user.name or not self._is_other_person(match, user):
                return None
            problem = messages.other_person(match.row, user, self._namesake(match, user))
            return Unwritable(match, problem, (user,))
        if self._has_other_id(match, user) and not self._may_relink(match, user):
            return self._refuse_other_id(match, user)
        return None

    def _judge_again(self, judgement: Judgement, taken_over: set[Guid | None]) -> Judgement:
        if not isinstance(judgement, Unwritable) or judgement.match.user is not None:
            return judgement
        left = tuple(user for user in judgement.about if user.guid not in taken_over)
        return judgement if left == judgement.about else self._judge_newcomer(judgement.match, left)

    def _judge_newcomer(self, match: Match, candidates: tuple[SubsiteUser, ...]) -> Judgement:
        if candidates:
            return Unwritable(match, messages.lost_zeros(match.row, candidates[0]), candidates)
        if not match.row.external_id and self.comparison.memory.needs_external_id and not self.policy.full:
            return Unwritable(match, messages.needs_external_id(match.row))
        differences = self.comparison.introduce(match.row)
        return Written(match, _write(Action.CREATE, match, differences, ()), differences)

    def _is_other_person(self, match: Match, user: SubsiteUser) -> bool:
        """Tell whether the row that has the user's external_id, but not the name, seems to be about somebody else.

        Not if sign-in had set back what was sent before, or if `--relink --only` says otherwise.
        """
        row = match.row
        if key(row.email) == key(user.email):
            return False
        if fits(row, user) and self._namesake(match, user) is None:
            return False
        return not self.comparison.were_sent(row, user) and not self._is_confirmed(match)

    def _namesake(self, match: Match, user: SubsiteUser) -> SubsiteUser | None:
        """Return the other user who has both the row's name and its e-mail, unless the user has that name too."""
        row = match.row
        if have_same_words(row.name, user.name):
            return None
        holders = self.matching.listed.with_email(key(row.email))
        return next((holder for holder in holders if have_same_words(row.name, holder.name)), None)

    def _is_confirmed(self, match: Match) -> bool:
        """Tell whether `--relink --only` says that this row is the same person."""
        only = self.policy.only
        return self.policy.relink and only is not None and key(only) in keys_of_match(match)

    def _has_other_id(self, match: Match, user: SubsiteUser) -> bool:
        """Tell whether the user, found by e-mail, has another external_id than the row; an empty one counts."""
        return bool(key(user.external_id)) and (bool(match.row.external_id) or self.has_external_ids)

    def _may_relink(self, match: Match, user: SubsiteUser) -> bool:
        if not self.policy.relink or not match.row.external_id:
            return False
        return not user.is_banned or self.policy.only is not None

    def _refuse_other_id(self, match: Match, user: SubsiteUser) -> Unwritable:
        if differ_in_zeros_only(key(match.row.external_id), key(user.external_id)):
            return Unwritable(match, messages.lost_zeros(match.row, user), (user,))
        return Unwritable(match, messages.other_id(match.row, user), (user,))

    def _judge_banned(
        self, match: Match, user: SubsiteUser, differences: Differences, marks: tuple[str, ...]
    ) -> Judgement:
        remembered = self.comparison.memory.of(user.guid)
        wanted = remembered.banned_by_us if self.policy.reactivate is None else self.policy.reactivate
        is_protected = self.protected.covers(user)
        if is_protected or not wanted:
            return StaysBanned(
                match, messages.stays_banned(match.row, user, reactivate=self.policy.reactivate, protected=is_protected)
            )
        if not remembered.banned_by_us:
            marks = (*marks, BANNED_ELSEWHERE)
        return Written(match, _write(Action.REACTIVATE, match, differences, marks), differences)


def sort_judgements(judgements: Iterable[Judgement]) -> Judgements:
    """Sort judgements by what they lead to, in one pass: there may be a million."""
    written: list[Written] = []
    unchanged: list[Unchanged] = []
    stays_banned: list[StaysBanned] = []
    unwritable: list[Unwritable] = []
    for judgement in judgements:
        match judgement:
            case Unchanged():
                unchanged.append(judgement)
            case Written():
                written.append(judgement)
            case StaysBanned():
                stays_banned.append(judgement)
            case Unwritable():
                unwritable.append(judgement)
            case _:
                assert_never(judgement)
    return Judgements(tuple(written), tuple(unchanged), tuple(stays_banned), tuple(unwritable))


def _write(action: WriteAction, match: Match, differences: Differences, marks: tuple[str, ...]) -> Write:
    return Write(
        action=action,
        guid=match.user.guid if match.user else None,
        line=match.row.line,
        external_id=match.row.external_id,
        email=match.row.email,
        record=differences.record,
        fields=differences.fields,
        avatar=differences.avatar,
        marks=marks,
        place=match.row.place,
    )
