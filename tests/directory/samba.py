"""An Active Directory as Samba provides it: a domain made for the tests, on a loopback address of its own."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ldap3

from tests.directory.slapd import Attributes, to_ldif, wait_for_port

SAMBA = shutil.which("samba", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PROVISION = Path("/usr/share/samba/setup/provision.ldif")
PACKAGES = "samba samba-ad-dc samba-ad-provision winbind"
REALM = "gemeente.test"
SUFFIX = "DC=gemeente,DC=test"
ADMINISTRATOR, PASSWORD = f"Administrator@{REALM}", "Geheim-123!"


_ADD = """
import sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

settings = LoadParm(filename_for_non_global_lp=sys.argv[1])
database = SamDB(url=settings.private_path("sam.ldb"), lp=settings, session_info=system_session())
database.transaction_start()
database.add_ldif(sys.stdin.read())
database.transaction_commit()
"""
"""Debian's own Python has Samba's modules."""


class Samba:
    """A domain controller; only its LDAP service runs. Ports can't be chosen, so the address is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        process = os.getpid()
        self.host = f"127.{100 + process // 62_500 % 100}.{process // 250 % 250}.{process % 250 + 1}"
        self._options = [
            f"--option=interfaces={self.host}/8",
            "--option=bind interfaces only=yes",
            "--option=server services=ldap",
            f"--option=log file={folder}/log",
            f"--option=pid directory={folder}",
            "--option=tls keyfile=tls/own-key.pem",
            "--option=tls certfile=tls/own-cert.pem",
            "--option=tls cafile=tls/own-ca.pem",
        ]
        self._process: subprocess.Popen[bytes] | None = None
        _run(
            "samba-tool",
            "domain",
            "provision",
            f"--targetdir={folder}/domain",
            f"--realm={REALM.upper()}",
            "--domain=GEMEENTE",
            "--server-role=dc",
            f"--adminpass={PASSWORD}",
            "--dns-backend=NONE",
            "--host-name=dc1",
            "--host-ip=127.0.0.1",
        )
        self.configuration = folder / "domain/etc/smb.conf"

    @property
    def tls(self) -> Path:
        """Where key, certificate and authority have to be put before the start, as `own-key.pem` and so on."""
        return self._folder / "domain/private/tls"

    @property
    def url(self) -> str:
        return f"ldaps://{self.host}"

    def add(self, entries: Iterable[tuple[str, Attributes]]) -> None:
        """Put entries into the domain's database, all at once; over LDAP each would take 50 ms."""
        _run(
            *("/usr/bin/python3", "-c", _ADD, str(self.configuration)),
            text="".join(to_ldif(name, attributes) for name, attributes in entries),
        )

    @contextmanager
    def connected(self) -> Iterator[ldap3.Connection]:
        """Give a connection as the administrator; whose certificate it is does not matter here."""
        server = ldap3.Server(self.host, use_ssl=True, tls=ldap3.Tls(validate=ssl.CERT_NONE), get_info=ldap3.NONE)
        with ldap3.Connection(server, ADMINISTRATOR, PASSWORD, check_names=False) as connection:
            yield connection

    def tool(self, *arguments: str) -> None:
        """Run samba-tool on the domain's database."""
        _run("samba-tool", *arguments, f"--configfile={self.configuration}")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [SAMBA or "samba", f"--configfile={self.configuration}", "-i", "-M", "single", *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.host, 636)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def _run(*command: str, text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]
