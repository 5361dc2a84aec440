"""Telling a dead man's switch how the run goes. It never fails the run."""

from http.client import HTTPException
from typing import Literal
from urllib.parse import urlsplit

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.errors import ClientError
from pleio_profile_sync_client.subsite.route import find_route

_TIMEOUT_S = 10.0


def ping(url: str, event: Literal["", "/start", "/fail"]) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    The message names the host only: who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc
    try:
        route = find_route(url)
        connection = route.connection()
        connection.timeout = _TIMEOUT_S
        try:
            headers = {"User-Agent": f"pleio-profile-sync-client/{__version__}"}
            connection.request("GET", (route.base_path + event) or "/", headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, HTTPException, ClientError) as error:
        return f"The ping to {host} failed: {visible(str(error)) or type(error).__name__}."
    return None if 200 <= status < 300 else f"The ping to {host} was answered with status {status}."
