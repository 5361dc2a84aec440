"""The subsite's users as a CSV with the headers that a source has, and two more: guid and is_banned."""

import csv
from collections.abc import Sequence
from typing import TextIO

from pleio_profile_sync_client.core.models import PROFILE, SubsiteUser
from pleio_profile_sync_client.core.text import harmless


def write_users(users: Sequence[SubsiteUser], stream: TextIO, *, for_excel: bool = False) -> None:
    """Write a header and a row for each user, in the list's order; values are verbatim, so that they can be put back.

    So a cell may begin with `=`, since people can choose their names. `for_excel` makes a file that Excel can open:
    with a byte order mark and semicolons, and an apostrophe before anything that would be a formula.
    """
    keys = list(dict.fromkeys(name for user in users for name in user.profile))
    if for_excel:
        stream.write("\ufeff")
    writer = csv.writer(stream, delimiter=";" if for_excel else ",", lineterminator="\n")
    writer.writerow(["external_id", "name", "email", *(f"{PROFILE}{name}" for name in keys), "guid", "is_banned"])
    for user in users:
        values = (user.profile.get(name, "") for name in keys)
        banned = "true" if user.is_banned else "false"
        row = (user.external_id or "", user.name, user.email, *values, str(user.guid), banned)
        writer.writerow(map(harmless, row) if for_excel else row)
