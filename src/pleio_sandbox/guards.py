"""What keeps other web sites out of the pages, and the pages from fetching anything elsewhere."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pleio_sandbox.api import is_loopback

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not "no-referrer": browsers would then call a form's origin "null".
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def find_objection(*, method: str, host: str, origin: str | None) -> str | None:
    """Say why a request must not be answered; None if it may.

    A host that is not this machine's own is a web site that has its name point here (DNS rebinding). A form that was
    sent from a page of another origin is somebody else's form; programs send no origin.
    """
    if not is_loopback(_host_name(host)):
        return "The sandbox's pages are for this machine only."
    if method not in ("GET", "HEAD") and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "The sandbox takes its own forms only."
    return None


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
