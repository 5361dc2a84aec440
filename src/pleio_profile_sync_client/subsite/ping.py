"""Telling a dead man's switch how the run goes. It never fails the run."""

from contextlib import closing
from http.client import HTTPException
from typing import Literal
from urllib.parse import urlsplit

from pleio_profile_sync_client.errors import ClientError
from pleio_profile_sync_client.subsite.route import NoConnectionError, find_route, say_error
from pleio_profile_sync_client.subsite.transport import USER_AGENT


def ping(url: str, event: Literal["", "/start", "/fail"]) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    The message names the host only: who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc
    try:
        route = find_route(url)
        with closing(route.connect()) as connection:
            connection.request("GET", (route.base_path + event) or "/", headers={"User-Agent": USER_AGENT})
            with connection.getresponse() as response:
                status = response.status
    except (OSError, NoConnectionError, ClientError) as error:
        return f"The ping to {host} failed: {say_error(error)}."
    except HTTPException:  # its text is what was answered, which may repeat the address
        return f"The ping to {host} failed: what answers there does not speak HTTP."
    return None if 200 <= status < 300 else f"The ping to {host} was answered with status {status}."
