"""Where the state of a subsite lies when nobody said it, and by what a subsite is known. Nothing is opened here."""

import os
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_state_path

APPLICATION = "pleio-profile-sync-client"


def locate_state(subsite_url: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the state file of a subsite in `$STATE_DIRECTORY` (systemd's; its first folder), else the platform's.

    The name is readable, and another one for every host, port and path.
    """
    folders = [folder for folder in environment.get("STATE_DIRECTORY", "").split(os.pathsep) if folder]
    folder = Path(folders[0]) if folders else user_state_path(APPLICATION, appauthor=False)
    identity = identify_subsite(subsite_url)
    readable = re.sub(r"[^a-z0-9.-]+", "-", identity.partition("/")[0]).strip(".-")[:100]
    mark = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return folder / f"{readable}-{mark}.sqlite3"


def identify_subsite(subsite_url: str) -> str:
    """Return what tells one subsite from another: host, port and path, whatever the scheme, case or last slash."""
    parts = urlsplit(subsite_url)
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port and (parts.scheme, parts.port) != ("https", 443) else ""
    return f"{host}{port}{parts.path.rstrip('/')}"
