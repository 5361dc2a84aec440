"""OpenLDAP's slapd on loopback, with entries of our own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/usr/lib/openldap")
SCHEMAS = Path("/etc/ldap/schema")
SUFFIX = "dc=gemeente,dc=test"
PEOPLE = f"ou=mensen,{SUFFIX}"
GROUPS = f"ou=groepen,{SUFFIX}"
READER, PASSWORD = f"cn=lezer,{SUFFIX}", "lezen-mag"

Attributes = Mapping[str, str | bytes | Sequence[str | bytes]]


class Slapd:
    """A server with its database in `folder`. `options` go into the database's configuration, `first` before it."""

    def __init__(
        self, folder: Path, entries: Iterable[tuple[str, Attributes]], *, options: str = "", first: str = ""
    ) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True)
        self._configuration = folder / "slapd.conf"
        self._configuration.write_text(
            "\n".join(
                [
                    *(f"include {SCHEMAS / name}.schema" for name in ("core", "cosine", "inetorgperson")),
                    f"pidfile {folder / 'pid'}",
                    "modulepath /usr/lib/ldap",
                    "moduleload back_mdb",
                    first,
                    "database mdb",
                    f"suffix {SUFFIX}",
                    f"directory {folder / 'data'}",
                    "maxsize 1073741824",
                    f"rootdn cn=beheer,{SUFFIX}",
                    "rootpw beheer",
                    "index objectClass eq",
                    options,
                    "",
                ]
            ),
            encoding="utf-8",
        )
        text = "".join(to_ldif(name, attributes) for name, attributes in (*_frame(), *entries))
        (folder / "people.ldif").write_text(text, encoding="utf-8")
        subprocess.run(
            [SLAPD or "slapd", "-T", "add", "-q", "-f", self._configuration, "-l", folder / "people.ldif"],
            check=True,
            capture_output=True,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.start()

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [SLAPD or "slapd", "-d", "0", "-f", self._configuration, "-h", self.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port("127.0.0.1", self.port)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


def wait_for_port(host: str, port: int, within_s: float = 60) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def person(number: int, **attributes: str | bytes | Sequence[str | bytes]) -> tuple[str, Attributes]:
    """Return an entry; an attribute of nothing is left out."""
    whole: dict[str, str | bytes | Sequence[str | bytes]] = {
        "objectClass": "inetOrgPerson",
        "uid": f"u{number}",
        "cn": f"Persoon {number}",
        "sn": f"Achternaam {number}",
        "displayName": f"Persoon {number} Achternaam {number}",
        "mail": f"persoon{number}@gemeente.test",
        "employeeNumber": f"{number:06}",
        "title": f"functie {number % 90}",
        **attributes,
    }
    return f"uid=u{number},{PEOPLE}", {name: value for name, value in whole.items() if value}


def group(name: str, *members: str) -> tuple[str, Attributes]:
    """Return a group with these members."""
    return f"cn={name},{GROUPS}", {"objectClass": "groupOfNames", "cn": name, "member": list(members)}


def to_ldif(name: str, attributes: Attributes) -> str:
    """Return an entry as LDIF."""
    lines = [f"dn:: {b64encode(name.encode()).decode()}"]
    for attribute, values in attributes.items():
        for value in [values] if isinstance(values, str | bytes) else values:
            raw = value.encode() if isinstance(value, str) else value
            lines.append(f"{attribute}:: {b64encode(raw).decode()}")
    return "\n".join(lines) + "\n\n"


def _frame() -> list[tuple[str, Attributes]]:
    return [
        (SUFFIX, {"objectClass": ["dcObject", "organization"], "dc": "gemeente", "o": "Gemeente"}),
        (PEOPLE, {"objectClass": "organizationalUnit", "ou": "mensen"}),
        (GROUPS, {"objectClass": "organizationalUnit", "ou": "groepen"}),
        (READER, {"objectClass": "person", "cn": "lezer", "sn": "lezer", "userPassword": PASSWORD}),
    ]
