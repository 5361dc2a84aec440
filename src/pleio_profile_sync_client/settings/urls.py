"""Addresses that the administrator gives: the subsite's API and the dead man's switch.

The errors never repeat the address, since credentials or tokens may stand in it.
"""

from ipaddress import IPv4Network, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = IPv6Address("::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_subsite_url(raw: object) -> str:
    """Return the API's address without a last slash, scheme and host in lower case, so that it names the subsite.

    Plain http is for loopback hosts only: the secret and personal data would pass the network in the clear.
    """
    parts = _split(raw)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("plain http would send the secret and personal data in the clear; write https://")
    return _joined(parts)


def read_ping_url(raw: object) -> str:
    """Return the address of a dead man's switch without a last slash; `/start` and `/fail` get appended to it."""
    return _joined(_split(raw))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: localhost, *.localhost, 127.0.0.0/8 and ::1."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address == _LOOPBACK_V6 if isinstance(address, IPv6Address) else address in _LOOPBACK_V4


def _split(raw: object) -> SplitResult:
    text = str(raw).strip()
    if not text:
        raise ValueError("it is empty")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("an address holds plain ASCII without blanks (a host with accents begins with xn--)")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("it is no address such as https://SUBSITE.pleio.nl/profile_sync_api/") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("it does not begin with https://")
    if not parts.hostname or port == 0:
        raise ValueError("it names no host")
    if "@" in parts.netloc:
        raise ValueError("user names and passwords have no place in it")
    if "?" in text or "#" in text:
        raise ValueError("a ? or # has no place in it")
    return parts


def _joined(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
