"""The records that callers must not get wrong: what the console may show of a person and the uploaded log may not.

The uploaded log names a user by external_id and line; names, e-mails and values stay. Where the external_id holds an
`@` or a blank, it may be an e-mail or a name (of a column that shifted), and the guid stands for it.
"""

import logging
import re
from collections.abc import Iterable

from pleio_profile_sync_client.core.models import Change, Finding, Guid, Outcome, Status, Write
from pleio_profile_sync_client.core.wording import describe_change, place_of, short_place_of
from pleio_profile_sync_client.runlog.formats import DETAIL

_STATUS = re.compile(r"\bstatus \d{3}\b")
"""The part of a failure's reason that can be uploaded: the subsite's own words may repeat an e-mail."""


def log_finding(logger: logging.Logger, finding: Finding, level: int) -> None:
    """Log a problem (ERROR) or a warning (WARNING): the whole message here, code and record in the upload."""
    who = _uploaded_name(short_place_of(finding), finding.external_id, finding.guid)
    details = {
        "code": finding.code,
        "line": finding.line,
        "place": place_of(finding) or None,
        "external_id": finding.external_id,
        "guid": finding.guid,
    }
    logger.log(
        level,
        "%s [%s]",
        finding.message,
        finding.code,
        extra={
            "event": "problem" if level >= logging.ERROR else "warning",
            "uploaded": ": ".join(filter(None, (finding.code, who, finding.uploaded))),
            "details": details,
        },
    )


def log_change(logger: logging.Logger, change: Change, outcome: Outcome) -> None:
    """Log what became of a change: old and new values here, the names of the fields in the upload.

    A failed one is an error; one that was done, planned or not attempted is a line that `--verbose false` leaves out.
    """
    failed = outcome.status is Status.FAILED
    level = logging.ERROR if failed else DETAIL
    if not logger.isEnabledFor(level):
        return
    said = "" if outcome.status in (Status.APPLIED, Status.PLANNED) else f"{outcome.status.replace('_', ' ')}: "
    answered = _STATUS.search(outcome.error or "") if failed else None
    error = f" -- {outcome.error}" if outcome.error else ""
    logger.log(
        level,
        "%s%s%s",
        said,
        describe_change(change),
        error,
        extra={
            "event": "change",
            "uploaded": f"{said}{_uploaded_change(change, outcome)}" + (f" ({answered[0]})" if answered else ""),
            "details": _details(change, outcome),
        },
    )


def log_lines(logger: logging.Logger, lines: Iterable[str], event: str, *, uploaded: bool) -> None:
    """Log a text of several lines, a record for each; `uploaded` only where it names nobody."""
    for line in lines:
        extra: dict[str, object] = {"event": event}
        if not uploaded:
            extra["uploaded"] = None
        logger.info("%s", line, extra=extra)


def _uploaded_change(change: Change, outcome: Outcome) -> str:
    place = ""
    names: list[str] = []
    if isinstance(change, Write):
        place = short_place_of(change)
        names += change.fields
        names += ["groups"] if change.record is not None and change.record.groups else []
        names += ["avatar"] if change.avatar is not None else []
        names += [f"({mark})" for mark in change.marks]
    guid = change.guid if outcome.guid is None else outcome.guid
    who = _uploaded_name(place, change.external_id, guid)
    return f"{change.action} {who}" + (f": {', '.join(names)}" if names else "")


def _uploaded_name(place: str, external_id: str | None, guid: Guid | None) -> str:
    is_shown = external_id and "@" not in external_id and len(external_id.split()) == 1
    named = f"external_id {external_id}" if is_shown else ""
    if not named and guid is not None:
        named = f"guid {guid}"
    return ", ".join(part for part in (place, named) if part)


def _details(change: Change, outcome: Outcome) -> dict[str, object]:
    details: dict[str, object] = {
        "action": change.action.value,
        "outcome": outcome.status.value,
        "external_id": change.external_id,
        "guid": change.guid if outcome.guid is None else outcome.guid,
        "email": change.email,
        "error": outcome.error,
    }
    if isinstance(change, Write):
        details |= {
            "line": change.line,
            "fields": change.fields or None,
            "groups": change.record.groups if change.record is not None else (),
            "avatar": change.avatar.path if change.avatar is not None else None,
            "marks": change.marks,
        }
    return details
