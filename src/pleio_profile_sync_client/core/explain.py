"""One person explained: the rows and subsite users with a key, the rule that applies, what would be done and why."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import assert_never

from pleio_profile_sync_client.core.draft import Draft
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import Match, keys_of_match, keys_of_skipped
from pleio_profile_sync_client.core.models import Action, Memory, Remembered, SkippedRow, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import make_allowance
from pleio_profile_sync_client.core.removals import find_doubts, wait_for_grace
from pleio_profile_sync_client.core.rules import Judgement, StaysBanned, Unchanged, Unwritable, Written
from pleio_profile_sync_client.core.wording import describe_duration, name_places, place_of


def explain(wanted: str, draft: Draft, memory: Memory, *, today: date) -> list[str]:
    """Return the lines that answer "why is this person (not) on the subsite?" for an external_id or e-mail.

    There are none if neither a row nor a subsite user has it.
    """
    reading, listed = draft.reading, draft.matching.listed
    wanted_key = key(wanted)
    judgements = [judgement for judgement in draft.judgements if wanted_key in keys_of_match(judgement.match)]
    judgements.sort(key=lambda judgement: judgement.match.row.line)
    skipped = [row for row in reading.skipped if wanted_key in keys_of_skipped(row)]
    users = {user.guid: user for user in (*listed.with_external_id(wanted_key), *listed.with_email(wanted_key))}
    users.update({match.user.guid: match.user for match in (judgement.match for judgement in judgements) if match.user})
    if not (judgements or skipped or users):
        return []
    lines = [f"In the source ({reading.location}):"]
    lines += [_describe_row(judgement.match) for judgement in judgements]
    lines += [f"  {place_of(row)}: skipped ({row.code})" for row in skipped]
    lines += [] if judgements or skipped else ["  no row has this external_id or e-mail"]
    lines.append("On the subsite:")
    for user in users.values():
        lines += _describe_user(user, memory.of(user.guid))
    lines += [] if users else ["  no user has this external_id or e-mail"]
    lines.append("What a sync would do:")
    for judgement in judgements:
        lines += [f"  {line}" for line in _describe_judgement(judgement)]
    lines += [f"  {problem.message}" for row in skipped for problem in reading.problems if problem.line == row.line]
    written = {judgement.match.user.guid for judgement in judgements if judgement.match.user}
    for user in users.values():
        if user.guid not in written:
            lines.append(f"  {_describe_bystander(user, draft, today)}")
    return lines


def _describe_row(match: Match) -> str:
    row = match.row
    return f"  {place_of(row)}: {row.name}, external_id {row.external_id or '(none)'}, e-mail {row.email}"


def _describe_user(user: SubsiteUser, remembered: Remembered) -> Iterator[str]:
    banned = ", BANNED" if user.is_banned else ""
    yield f"  user {user.guid}: {user.name}, external_id {user.external_id or '(none)'}, e-mail {user.email}{banned}"
    if remembered.banned_by_us:
        yield "    banned by this client, according to the state"
    if remembered.groups:
        yield f"    groups sent before: {', '.join(sorted(remembered.groups))}"
    if remembered.avatar:
        yield "    an avatar was sent before"
    if remembered.not_taken:
        yield f"    values that the subsite did not take: {', '.join(sorted(remembered.not_taken))}"


def _describe_judgement(judgement: Judgement) -> Iterator[str]:
    row, user = judgement.match.row, judgement.match.user
    how = "e-mail" if judgement.match.by_email else "external_id"
    found = f"is user {user.guid}, by {how}" if user else "matches no user, neither by external_id nor by e-mail"
    yield f"{place_of(row)} {found}"
    match judgement:
        case Written(write=write):
            yield f"{write.action}{''.join(f' ({mark})' for mark in write.marks)}:"
            for field, (old, new) in write.fields.items():
                yield f"  {field}: {old or '(empty)'} -> {new or '(empty)'}"
            if write.groups:
                yield f"  groups: {', '.join(write.groups)}"
            if write.avatar is not None:
                yield f"  avatar: {write.avatar.path}"
            if write.waits_for is not None:
                yield f"  it waits for user {write.waits_for}, who has to give up the e-mail first"
        case Unchanged():
            yield "nothing: the user already matches the row"
        case StaysBanned(warning=finding) | Unwritable(problem=finding):
            yield f"nothing ({finding.code}): {finding.message}"
        case _:
            assert_never(judgement)


def _describe_bystander(user: SubsiteUser, draft: Draft, today: date) -> str:
    policy, matching = draft.policy, draft.matching
    who = f"user {user.guid}"
    if user.guid in matching.named:
        return f"{who} stays: {_why_named(user, draft)}"
    if policy.removal is None:
        return f"{who} is left as is: no row names this user, and neither --ban nor --delete is on"
    removal = next((removal for removal in draft.removals.removals if removal.guid == user.guid), None)
    if removal is not None:
        doubts = find_doubts(draft.reading, matching, policy, draft.removals.removals).about(removal)
        withheld = f"; withheld: {doubts[0]}" if doubts and not policy.force else ""
        return f"{removal.action} {who}: no row names this user{withheld}"
    return f"{who} is left as is: no row names this user, but {_why_not_removed(user, draft, today)}"


def _why_not_removed(user: SubsiteUser, draft: Draft, today: date) -> str:
    policy = draft.policy
    allowance = make_allowance(policy)
    if allowance.protected.covers(user):
        return "they are protected"
    if allowance.scope is not None and not allowance.scope.covers(user):
        return "they are outside --scope"
    if user.is_banned and policy.removal is Action.BAN:
        return "they are banned already"
    if not user.external_id and policy.only_linked is not False:
        return "they have no external_id" + (" (--only-linked is not set)" if policy.only_linked is None else "")
    if user.guid in draft.matching.listed.ambiguous:
        return "they share an external_id or e-mail with another user"
    (waiting,) = wait_for_grace([user], policy, draft.memory, today=today)
    so_far = f", so far for {describe_duration(waiting.absent_s)}" if waiting.absent_s else ""
    return (
        f"they have not been absent for long enough yet (--grace){so_far}; with a run every night, {waiting.action} "
        f"from {waiting.due}"
    )


def _why_named(user: SubsiteUser, draft: Draft) -> str:
    """Say which row keeps a user without a good row from being removed, and why."""
    matching = draft.matching
    trace = matching.traces.get(user.guid)
    if trace is not None:
        return f"{_describe_line(trace.line, draft)} contains the {trace.key}"
    lines = sorted(line for line, candidates in matching.zeros_lost.items() if user in candidates)
    if lines:
        where = name_places([place_of(_find_row(line, draft)) for line in lines])
        return f"the external_id of {where} differs only in leading zeros"
    own = {key(user.external_id), key(user.email)} - {""}
    good = [match.row for match in matching.matches if own & {key(match.row.external_id), key(match.row.email)}]
    return f"named by {name_places([place_of(row) for row in good])}, which is about somebody else"


def _describe_line(line: int, draft: Draft) -> str:
    """Return where a row is, and what is wrong with it."""
    row = _find_row(line, draft)
    if isinstance(row, SkippedRow):
        why = "can't be read reliably" if row.is_garbled else f"is skipped ({row.code})"
        return f"{place_of(row)}, which {why},"
    judgement = next(judgement for judgement in draft.judgements if judgement.match.row.line == line)
    code = f", which is refused ({judgement.problem.code})," if isinstance(judgement, Unwritable) else ""
    return f"{place_of(row)}{code}"


def _find_row(line: int, draft: Draft) -> SourceUser | SkippedRow:
    rows: Iterator[SourceUser | SkippedRow] = chain(draft.reading.users, draft.reading.skipped)
    return next(row for row in rows if row.line == line)
