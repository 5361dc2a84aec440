"""Looking source and subsite over before there is a configuration. GETs only, no lock, no state."""

import sys
from contextlib import closing
from itertools import islice
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import SubsiteUser
from pleio_profile_sync_client.core.ports import Progress, Signals
from pleio_profile_sync_client.settings.models import Settings, SourceSettings
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.parts import make_client, make_pace, open_log
from pleio_profile_sync_client.sync.reading import make_source

_SAMPLE = 20
_ATTRIBUTES = (
    *("employeeID", "employeeNumber", "objectGUID", "displayName", "thumbnailPhoto", "jpegPhoto", "title"),
    *("department", "departmentNumber", "telephoneNumber", "mobile", "l", "physicalDeliveryOfficeName"),
    *("userAccountControl", "accountExpires"),
)


class SourceLook(Struct, frozen=True):
    """A source's headers, each with the first value that stands below it."""

    location: str
    headers: tuple[str, ...]
    examples: dict[str, str]


class Fit(Struct, frozen=True):
    """How source and subsite fit together under a configuration."""

    rows: int
    users: int
    problems: int
    matching: int
    absent: int


def look_at_source(settings: SourceSettings, progress: Progress) -> SourceLook:
    """Return what stands in the source; raise `SourceError` where it can't be read as a whole."""
    return _look(settings, progress, sample=_SAMPLE)


def _look(settings: SourceSettings, progress: Progress, *, sample: int | None) -> SourceLook:
    records = make_source(settings).load(progress)
    headers = tuple(header.strip() for header in records.headers if header.strip())
    examples: dict[str, str] = {}
    for _, cells, anomaly in islice(records.below(), sample):
        for index, (header, cell) in enumerate(zip(records.headers, cells, strict=False)):
            if cell.strip() or (anomaly is not None and index in anomaly.lost):  # lost, as a picture is among texts
                examples.setdefault(header.strip(), cell.strip())
    return SourceLook(records.location, headers, examples)


def look_at_directory(settings: SourceSettings, progress: Progress) -> SourceLook:
    """Return which of the usual attributes the directory's people have; raise `SourceError` where it can't be used."""
    settings = replace(settings, columns={"name": "cn", "email": "mail"}, ignore=_ATTRIBUTES)
    look = _look(settings, progress, sample=None)  # a photo or a number may be the first one's, or the last one's only
    return replace(look, headers=tuple(header for header in look.headers if header in look.examples))


def look_at_subsite(settings: Settings, *, stop: Signals, progress: Progress) -> list[SubsiteUser]:
    """Return everybody on the subsite; raise `SubsiteError` where it can't be used."""
    ending = RunEnding(stop)
    client = make_client(settings, ending, make_pace(settings, ending))
    with open_log(settings, str(uuid4()), sys.stderr), closing(client):
        return client.list_users(progress)


def look_at_both(settings: SourceSettings, users: list[SubsiteUser], progress: Progress) -> Fit:
    """Return how the source, read as it is configured now, fits to the subsite's users."""
    reading = make_source(settings).examine(progress).reading
    matching = match_rows(reading, users)
    return Fit(
        rows=reading.rows,
        users=len(reading.users),
        problems=len(reading.problems),
        matching=sum(match.user is not None for match in matching.matches),
        absent=sum(user.guid not in matching.named and not user.is_banned for user in users),
    )
