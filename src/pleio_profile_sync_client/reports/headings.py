"""What the codes of problems and warnings are called, for people, and which of them to look at first."""

from pleio_profile_sync_client.core.models import Action

PROBLEM_HEADINGS = {
    "removals_withheld": "Bans and deletes are withheld",
    "awaiting_approval": "Changes wait for an approval",
    "undecided": "To decide: users without an external_id",
    "group_missing": "Groups that the directory does not have",
    "unused_pattern": "Patterns that match nobody",
    "other_person": "The external_id is another person's now",
    "handed_over": "An address passes from one person to another",
    "circle": "People who would take each other's addresses",
    "other_id": "The address belongs to a user with another external_id",
    "taken": "The address is taken by somebody else",
    "same_name": "The name is that of a user who would be removed",
    "lost_zeros": "The external_id has lost its leading zeros",
    "ambiguous": "Users who differ in letter case only",
    "needs_external_id": "Nobody can be added without an external_id",
    "not_reverted": "Not taken back",
    "bad_quotes": "Quotes that can't be read right",
    "ragged_row": "Rows with too many or too few cells",
    "control_character": "Invisible or control characters",
    "no_value": "A spreadsheet's error in place of a value",
    "missing_name": "No name",
    "missing_email": "No e-mail",
    "invalid_email": "Not a valid e-mail",
    "too_long": "Values that are too long",
    "scientific_number": "An external_id that a spreadsheet took for a number",
    "placeholder": "An external_id that stands for none",
    "mojibake": "Garbled letters",
    "duplicate_external_id": "Several rows with the same external_id",
    "duplicate_email": "Several rows with the same e-mail",
    "avatar_missing": "The avatar's file is missing",
    "avatar_outside": "The avatar is outside the source's folder",
    "avatar_not_jpeg": "The avatar is not a JPEG",
    "avatar_too_large": "The avatar is too large",
}
"""By code, the worst first: what stops the removals, then what touches accounts, then rows, then avatars."""

ACTION_HEADINGS = {
    Action.DELETE: "Delete",
    Action.BAN: "Ban",
    Action.REACTIVATE: "Reactivate",
    Action.CREATE: "Create",
    Action.UPDATE: "Update",
}
"""The gravest first."""

WAITING_HEADINGS = {
    "withheld": "Withheld, since rows that can't be read right may be about them",
    "awaiting_approval": "Waiting for an approval",
    "grace": "Not absent for long enough yet",
}

_GRAVITY = {code: rank for rank, code in enumerate(PROBLEM_HEADINGS)}


def name_code(code: str) -> str:
    """Return what a code is called; one without a heading of its own is spelled out."""
    return PROBLEM_HEADINGS.get(code) or code.replace("_", " ").capitalize()


def gravity_of(code: str) -> int:
    """Return the rank of a code, the worst first."""
    return _GRAVITY.get(code, len(_GRAVITY))
