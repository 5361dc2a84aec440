"""What an outcome changes in what is remembered of its user: values in, values out."""

from typing import assert_never

from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import digest, key
from pleio_profile_sync_client.core.models import PROFILE, Change, NotTaken, Outcome, Record, Remembered, Removal, Step


def learn_outcome(known: Remembered, change: Change, outcome: Outcome, salt: bytes, now_s: float) -> Remembered | None:
    """Return what is to be remembered of the user after the steps that were carried out; None if they are gone.

    Groups that were sent are added to the known ones; groups that the cell no longer names are removed by a memo. The
    mark of a value that was not taken is removed when that field is sent with another value, or when this one is taken.
    """
    result = known
    for step in outcome.steps:
        match step:
            case Step.USER:
                result = _after_user(result, change, outcome, salt, now_s)
            case Step.AVATAR:
                result = replace(result, avatar=outcome.avatar)
            case Step.BAN:
                result = replace(result, banned_by_us=True)
            case Step.UNBAN:
                result = replace(result, banned_by_us=False)
            case Step.DELETE:
                return None
            case _:
                assert_never(step)
    return result


def _after_user(known: Remembered, change: Change, outcome: Outcome, salt: bytes, now_s: float) -> Remembered:
    if isinstance(change, Removal) or change.record is None:
        return known
    record = change.record
    sent = _sent_values(record)
    not_taken = {
        field: mark
        for field, mark in known.not_taken.items()
        if field not in change.fields and (field not in sent or digest(salt, sent[field]) != mark.digest)
    }
    not_taken |= {field: NotTaken(digest(salt, value), now_s) for field, value in outcome.not_taken.items()}
    return replace(
        known,
        groups=_joined(known.groups, record.groups),
        name_digest=digest(salt, record.name),
        email_digest=digest(salt, key(record.email)),
        not_taken=not_taken,
        banned_by_us=False,  # an update un-bans (POST /users, observed)
    )


def _joined(known: frozenset[str] | None, sent: tuple[str, ...]) -> frozenset[str] | None:
    return known if known is None and not sent else (known or frozenset()).union(sent)


def _sent_values(record: Record) -> dict[str, str]:
    values = {"name": record.name, "email": record.email}
    if record.external_id:
        values["external_id"] = record.external_id
    values.update((f"{PROFILE}{name}", value) for name, value in record.profile.items())
    return values
