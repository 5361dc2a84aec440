"""How problems and warnings of a plan are put into words: who, what, and the ways out, in one line each.

A function is named after the code of the finding that it returns, or nearly so.
"""

from collections.abc import Collection, Sequence
from shlex import quote

from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval, Awaiting
from pleio_profile_sync_client.core.models import Finding, Guid, SourceUser, SubsiteUser, Write
from pleio_profile_sync_client.core.text import shortened
from pleio_profile_sync_client.core.wording import (
    FEW,
    as_datetime,
    at_start,
    counted,
    name_few,
    name_places,
    place_of,
    short_place_of,
)

_NO_EXTERNAL_ID = "Give the source an external_id column, or map external_id to the e-mail in [columns]."


def other_id(row: SourceUser, user: SubsiteUser) -> Finding:
    """Say that the user with the row's e-mail has another external_id."""
    whose = f"its e-mail {row.email} is that of the subsite user {user.guid}, whose external_id is {user.external_id}"
    if row.external_id:
        same = f"If it is the same person: {_relink(row, user)}."
    else:
        whose += " while this row has none"
        same = "If it is the same person, put the external_id in the source."
    return _about(
        "other_id",
        row,
        user.guid,
        f"{whose}; the address may have been passed on. {same} If it is another person, delete the old account or "
        "change its address on the subsite (a ban does not free the address).",
    )


def other_person(row: SourceUser, user: SubsiteUser, namesake: SubsiteUser | None) -> Finding:
    """Say that the row's external_id is that of a user who seems to be somebody else.

    `namesake` is the user who has the row's name and e-mail, if there is one.
    """
    whose = f"; they are those of the subsite user {namesake.guid}, {_with_id(namesake)}" if namesake else ""
    return _about(
        "other_person",
        row,
        user.guid,
        f"its external_id is that of the subsite user {user.guid}, {user.name or 'without a name'}, {user.email}, but "
        f"its name and its e-mail {row.email} are another person's{whose}. The number may have been passed on, or the "
        f"column may hold something else now. If it is the same person: {_relink(row, user)}. If it is another "
        "person, delete the old account on the subsite (a ban does not free the external_id), or give the row an "
        "external_id of its own.",
    )


def same_name(row: SourceUser, users: Sequence[SubsiteUser]) -> Finding:
    """Say that a newcomer has the same name as users without a row of their own."""
    if len(users) == 1:
        same = f"{_relink(row, users[0])} takes that user over"
    else:
        same = "ban or delete the others on the subsite first"
    return _about(
        "same_name",
        row,
        users[0].guid,
        f"it is new, but has the name of {_without_rows(users)}. "
        "Perhaps it is the same person, with a new external_id and a new e-mail. Nobody is created or removed. If it "
        f"is the same person: {same}. If it is another person: --force {_only(row)} creates a user.",
    )


def bears_key(row: SourceUser, bearers: Sequence[tuple[SubsiteUser, str]]) -> Finding:
    """Say that a newcomer's own cells contain the external_id or the e-mail of users who are in no row."""
    who = name_few(
        [
            f"the {key} {user.external_id if key == 'external_id' else user.email} of the subsite user {user.guid} "
            f"({user.name or 'without a name'}, {user.email if key == 'external_id' else _with_id(user)})"
            for user, key in bearers
        ]
    )
    same = "fix the row in the source"
    if len(bearers) == 1:
        same += f", or {_relink(row, bearers[0][0])} takes that user over with the row as it is"
    return _about(
        "same_name",
        row,
        bearers[0][0].guid,
        f"it is new, but contains {who}, whom no row matches. Perhaps it is the same person, in a damaged row. Nobody "
        f"is created or removed. If it is the same person: {same}. If it is another person: --force {_only(row)} "
        "creates a user.",
    )


def leavers_name(row: SourceUser, user: SubsiteUser, namesakes: Sequence[SubsiteUser]) -> Finding:
    """Say that a user would get the name of somebody without a row of their own."""
    return _about(
        "same_name",
        row,
        user.guid,
        f"it would give {user.name} (user {user.guid}) the name of {_without_rows(namesakes)}. Perhaps the names have "
        "shifted in the source. Nothing is written for this row, and nobody with that name is removed. If both are "
        f"right: --force {_only(row)} writes the name.",
    )


def handed_over(row: SourceUser, user: SubsiteUser, *, holder: SubsiteUser | None, after: SourceUser | None) -> Finding:
    """Say that an e-mail would pass between people who both stay.

    `holder` has the row's e-mail; None if the row only makes room. `after` would get the old e-mail of the row's
    user, None if nobody would.
    """
    only = f"--relink {_only(row)}"
    if holder is not None:
        passes = f"its e-mail {row.email} is held by the subsite user {holder.guid}, {_with_id(holder)}, who is to get "
        passes += "another one"
        confirm = f"{only} writes this row and what it waits for"
    else:
        receiver = f"{place_of(after)} ({after.name})" if after is not None else "another row"
        passes = f"it replaces the e-mail {user.email} with {row.email}, and {user.email} is to pass to {receiver}"
        confirm = (
            f"{only} writes this row, but that frees {user.email}, and the next run gives it to {receiver} unasked"
        )
    return _about(
        "handed_over",
        row,
        holder.guid if holder is not None else user.guid,
        f"{passes}. Anybody who owns an address gets its account at the next sign-in, so an address that passes "
        "between people who both stay has to be confirmed. Check whether the column has shifted. If it is right: "
        f"{confirm}; --force writes all such rows. If the address is another person's now, delete the old account or "
        "change its address on the subsite (a ban does not free it).",
    )


def misdirected(row: SourceUser, user: SubsiteUser, name: str, place: str) -> Finding:
    """Say that a user would get an e-mail that spells the name of somebody else, who is at `place` in the source."""
    return _about(
        "handed_over",
        row,
        user.guid,
        f"its new e-mail {row.email} spells the name of {shortened(name, 60)} ({place}), not its own. Anybody who owns "
        "an address gets its account at the next sign-in. Check whether a cell has slipped. If it is right: "
        f"--relink {_only(row)} writes this row; --force writes all such rows.",
    )


def lost_zeros(row: SourceUser, user: SubsiteUser) -> Finding:
    """Say that the row's external_id differs from a user's in leading zeros only."""
    return _about(
        "lost_zeros",
        row,
        user.guid,
        f"its external_id {row.external_id} differs only in leading zeros from {user.external_id}, which the subsite "
        f"user {user.guid} has. A spreadsheet may have lost them: export the column as text. If the ids were really "
        f"renumbered and the e-mails are the same: {_relink(row, user)}.",
    )


def ambiguous(row: SourceUser, user: SubsiteUser, sharing: Sequence[SubsiteUser]) -> Finding:
    """Say that the row matches one of several users who share a key."""
    return _about(
        "ambiguous",
        row,
        user.guid,
        f"it matches the subsite user {user.guid} and is left as is, {_shares_with(sharing)}",
    )


def ambiguous_user(user: SubsiteUser, sharing: Sequence[SubsiteUser]) -> Finding:
    """Say that a user whom no row names is not removed, because another user has the same key."""
    return Finding(
        "ambiguous",
        f"The subsite user {user.guid} ({user.email}) is in no row, but is not removed, {_shares_with(sharing)}",
        external_id=user.external_id or None,
        guid=user.guid,
    )


def taken(row: SourceUser, holder: SubsiteUser, holders_row: SourceUser | None = None) -> Finding:
    """Say that the row's e-mail is held by a user who will not give it up.

    `holders_row` is the row that would give that user another one, if it could be written.
    """
    banned = ", banned" if holder.is_banned else ""
    if holders_row is None:
        way_out = "Delete that account or change its address on the subsite, or put its person in the source."
    else:
        way_out = f"That user's row, {place_of(holders_row)}, can't be written: see that row's problem first."
    return _about(
        "taken",
        row,
        holder.guid,
        f"its e-mail {row.email} is held by the subsite user {holder.guid} ({_with_id(holder)}{banned}), who does not "
        f"give it up in this run. {way_out}",
    )


def circle(row: SourceUser, holder: SubsiteUser, first_rows: Sequence[SourceUser], size: int) -> Finding:
    """Say that a row and others, `size` in all, would take each other's e-mails.

    In a large circle only the first row tells what to do, and the others name it: they may be hundreds.
    """
    whose = f"its e-mail {row.email} is held by the subsite user {holder.guid}"
    is_large = size > FEW + 1
    if is_large and row.line != first_rows[0].line:
        text = f"{whose}, in a circle of {size:,} rows: see what is said of the first one, {place_of(first_rows[0])}."
    else:
        where = name_places([place_of(other) for other in first_rows if other.line != row.line], of=size - 1)
        check = "Check first whether the column was sorted or has shifted. If it is right: give" if is_large else "Give"
        text = (
            f"{whose}, and with {where} it forms a circle: each would take the next one's e-mail, and none can go "
            f"first. {check} one of them another address in the source for one night."
        )
    return _about("circle", row, holder.guid, text)


def needs_external_id(row: SourceUser) -> Finding:
    """Say that the row's user can't be created without an external_id, as the subsite has said before."""
    return Finding(
        "needs_external_id",
        f"{at_start(place_of(row))} ({row.name}): it matches no user and has no external_id, and the subsite refused "
        f"to create a user without one before. {_NO_EXTERNAL_ID} --full tries again.",
        line=row.line,
        place=row.place,
    )


def may_need_external_id(creates: Sequence[Write], without: int) -> Finding:
    """Warn that users are to be created without an external_id; `without` counts the subsite's users who have none."""
    there = f"it has {counted(without, 'such user')} now" if without else "it has none now, so it may take the first"
    where = name_places([place_of(create) for create in creates])
    return Finding(
        "needs_external_id",
        f"{counted(len(creates), 'user')} would be created without an external_id ({where}). The subsite refuses that "
        f"as long as any user there has none, such as an administrator ({there}). {_NO_EXTERNAL_ID}",
        uploaded=f"{counted(len(creates), 'user')} to be created. {_NO_EXTERNAL_ID}",
    )


def date_format(field: str, row: SourceUser, value: str) -> Finding:
    """Warn that a column's dates are not in the form that a profile field for dates can read."""
    return Finding(
        "date_format",
        f"profile.{field}: the dates in the source are not written like those on the subsite, YYYY-MM-DD; "
        f"{place_of(row)} has {shortened(value, 20)!r}. In a profile field for dates the subsite "
        "understands no other form: it stores the text, and keeps the previous date behind it. Export the column as "
        "YYYY-MM-DD.",
        uploaded=f"profile.{field}, first in {short_place_of(row)}: export the column as YYYY-MM-DD",
    )


def new_state(path: str, linked: int) -> Finding:
    """Warn that nothing is remembered of a subsite that was synced before; `linked` counts its linked users."""
    return Finding(
        "new_state",
        f"The state file {path} is new, while the subsite has {counted(linked, 'user')} with an external_id. If this "
        "client has synced it before, its state is elsewhere: with another account, or in another --state. With a new "
        "one, groups and avatars are sent again, which puts people back into groups that they left; earlier bans are "
        "not known to be this client's; and --grace counts from now.",
        uploaded=f"{counted(linked, 'user')} with an external_id, about whom nothing is remembered",
    )


def stays_banned(row: SourceUser, user: SubsiteUser, *, reactivate: bool | None, protected: bool) -> Finding:
    """Warn that a row's user is banned and is left so."""
    if protected:
        why = (
            "protected users are not reactivated (--protect). To make the user active again, unban them on the subsite."
        )
    elif reactivate is False:
        why = "--reactivate is false. To make the user active again: --reactivate true, or unban them on the subsite."
    else:
        why = (
            "as far as is known, this client did not ban them. To make the user active again: --reactivate true, or "
            "unban them on the subsite."
        )
    return _about("stays_banned", row, user.guid, f"the subsite user {user.guid} is banned and stays so: {why}")


def unknown_profile_columns(names: Sequence[str], known: Sequence[str]) -> Finding:
    """Warn that the subsite has no such profile fields."""
    listed = ", ".join(f"profile.{name}" for name in names)
    there = ", ".join(known) or "none"
    return Finding(
        "unknown_profile_field",
        f"The subsite has no profile field for {listed}, so these values are not sent. Its profile fields are: "
        f"{there}.",
        uploaded=f"{listed}: not sent",
    )


def set_back(names: int, emails: int) -> Finding:
    """Warn that values which were sent before have changed back on the subsite."""
    return Finding(
        "set_back_at_sign_in",
        f"{counted(names, 'name')} and {counted(emails, 'e-mail')} that were sent before had changed back on the "
        "subsite; they are sent again. At sign-in the subsite sets both to those of the person's Pleio account: make "
        "source and accounts agree.",
        uploaded=f"{counted(names, 'name')} and {counted(emails, 'e-mail')} are sent again",
    )


def undecided(users: Sequence[SubsiteUser], removal: str) -> Finding:
    """Say that nobody has decided what to do with users who have no external_id."""
    who = f"{counted(len(users), 'user')} without an external_id {'is' if len(users) == 1 else 'are'} in no row"
    examples = name_few([user.email for user in users])
    return Finding(
        "undecided",
        f"{who} ({examples}). Administrators and guests are often such users, so they are left alone. Give "
        f"--only-linked true to keep them, or --only-linked false to {removal} them.",
        uploaded=f"{who}. Say --only-linked true or false",
    )


def removals_withheld(count: int, reasons: Sequence[str], *, forced: bool) -> Finding:
    """Say why users are not banned or deleted in this run, or that `--force` does it nevertheless."""
    what = "not withheld because of --force, although" if forced else "withheld, since"
    way_out = (
        ""
        if forced
        else " Fix that in the source, or take out records that are not people with [skip]; --force lets this pass "
        "once."
    )
    return Finding(
        "removals_withheld",
        f"{counted(count, 'removal')} {what} somebody who is in the source may be among them: "
        f"{name_few(reasons)}.{way_out}",
        uploaded=f"{counted(count, 'removal')} {'not withheld because of --force' if forced else 'withheld'}",
    )


def with_traces(problem: Finding, traces: Sequence[tuple[SubsiteUser, str]]) -> Finding:
    """Add to a row's problem whose trace it contains, and which, so that they are not removed."""
    return replace(problem, message=f"{problem.message} It keeps the subsite {_who_stays(traces)} from being removed.")


def keeps(row: SourceUser, traces: Sequence[tuple[SubsiteUser, str]]) -> Finding:
    """Warn that a good row keeps users from being removed who are in no row of their own."""
    return _about(
        "same_name",
        row,
        traces[0][0].guid,
        f"it looks damaged, and keeps the subsite {_who_stays(traces)} from being removed, though they have no row of "
        "their own. Fix the row in the source, or remove them on the subsite.",
        uploaded=f"keeps {counted(len(traces), 'user')} from being removed",
    )


def awaiting_approval(waiting: Awaiting, approval: Approval, *, is_dry_run: bool) -> Finding:
    """Say what waits for an approval, and how to give it."""
    what = counted(waiting.changes, "change" if waiting.has_writes else "removal")
    code = approval.code if waiting.has_writes else approval.removals_code
    waits = "would wait for an approval" if is_dry_run else f"waiting for an approval since {waiting.oldest}"
    return Finding(
        "awaiting_approval",
        f"{what} {waits}. Look at them in the report of a dry run; if they are right, run once with "
        f"--approved {code} (valid until {approval.expires}).",
        uploaded=f"{what} {waits}",
    )


def not_taken(write: Write, fields: Collection[str]) -> Finding:
    """Warn that the subsite's answer did not show values that were sent for these fields."""
    return Finding(
        "not_taken",
        f"{at_start(place_of(write))}: the subsite did not take {', '.join(sorted(fields))}. This is reported in every "
        "run; the same values are sent again after 7 days, or with --full.",
        uploaded=", ".join(sorted(fields)),
        line=write.line,
        place=write.place,
        external_id=write.external_id,
        guid=write.guid,
    )


def held_back(row: SourceUser, guid: Guid, fields: Collection[str], again_s: float) -> Finding:
    """Warn of values that are not sent until `again_s`, because the subsite did not take them lately."""
    again = as_datetime(again_s)
    return _about(
        "not_taken",
        row,
        guid,
        f"the subsite did not take {', '.join(sorted(fields))}, and still holds another value. It is sent again from "
        f"{again:%Y-%m-%d} on, or with --full.",
        uploaded=", ".join(sorted(fields)),
    )


def unused_pattern(option: str, pattern: str) -> Finding:
    """Say that a pattern of --protect or --scope matches nobody."""
    way_out = " If not, remove it, or give --accept unused_pattern." if option == "--protect" else ""
    return Finding(
        "unused_pattern",
        f"{option} {quote(pattern)} matches no user of the subsite, neither by e-mail nor by external_id. Is it a "
        f"typing error?{way_out}",
        uploaded=f"a pattern of {option} matches nobody",
    )


def only_unknown(wanted: str) -> Finding:
    """Warn that `--only` names nobody."""
    return Finding("only_unknown", f"--only {wanted}: no row and no subsite user has this external_id or e-mail.")


def _about(code: str, row: SourceUser, guid: Guid, text: str, *, uploaded: str = "") -> Finding:
    who = f"{row.name}, external_id {row.external_id}" if row.external_id else row.name
    return Finding(
        code,
        f"{at_start(place_of(row))} ({who}): {text}",
        line=row.line,
        external_id=row.external_id,
        guid=guid,
        place=row.place,
        uploaded=uploaded,
    )


def _with_id(user: SubsiteUser) -> str:
    """Return the user's external_id in words."""
    return f"external_id {user.external_id}" if user.external_id else "no external_id"


def _without_rows(users: Sequence[SubsiteUser]) -> str:
    who = name_few([f"{user.guid}, {_with_id(user)}, {user.email}" for user in users])
    return f"{counted(len(users), 'subsite user')} without a row of their own: {who}"


def _only(row: SourceUser) -> str:
    return f"--only {quote(row.external_id or row.email)}"


def _relink(row: SourceUser, user: SubsiteUser) -> str:
    """Return the options that let the row have this user."""
    return f"--relink {_only(row)}" + (" (and --reactivate true, as that user is banned)" if user.is_banned else "")


def _who_stays(traces: Sequence[tuple[SubsiteUser, str]]) -> str:
    who = name_few([f"{user.guid} ({user.external_id or user.email}, by {key})" for user, key in traces])
    return f"user {who}" if len(traces) == 1 else f"users {who}"


def _shares_with(users: Sequence[SubsiteUser]) -> str:
    others = name_few([f"{user.guid} ({user.email}, external_id {user.external_id or 'none'})" for user in users])
    return (
        f"since it shares its external_id or e-mail (they differ in letter case only) with {others}. Delete one of "
        "them, or give it another address, on the subsite."
    )
