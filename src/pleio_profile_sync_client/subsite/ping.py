"""Telling a dead man's switch how the run goes. It never fails the run."""

from typing import Literal
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.errors import ClientError
from pleio_profile_sync_client.subsite.route import find_route
from pleio_profile_sync_client.subsite.transport import say_cause

_TIMEOUT_S = 10.0


def ping(url: str, event: Literal["", "/start", "/fail"]) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    The message names the host only: who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc
    try:
        route = find_route(url)
        with route.open_pool(1) as pool:
            response = pool.urlopen(
                "GET",
                (route.base_path + event) or "/",
                headers={"User-Agent": f"pleio-profile-sync-client/{__version__}"},
                retries=False,
                redirect=False,
                timeout=_TIMEOUT_S,
                preload_content=False,
            )
            response.close()
    except (HTTPError, ClientError) as error:
        return f"The ping to {host} failed: {say_cause(error)}."
    status = response.status
    return None if 200 <= status < 300 else f"The ping to {host} was answered with status {status}."
