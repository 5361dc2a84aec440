"""Against an Active Directory as Samba provides it: 1,700 people, accounts in every state, groups, photos, TLS."""

import re
from pathlib import Path
from uuid import UUID

import pytest
import trustme

from pleio_profile_sync_client.core.models import Avatar
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.directory import DirectorySource
from tests.directory.conftest import Init, directory
from tests.directory.samba import SUFFIX, Samba
from tests.directory.slapd import Attributes
from tests.silence import SILENCE

MANY = 1_700
PEOPLE = f"OU=Mensen,{SUFFIX}"
READER, PASSWORD = "lezer@gemeente.test", "Lezen-mag-1!"
COLUMNS = {
    "external_id": "employeeID",
    "name": "displayName",
    "email": "mail",
    "profile.occupation": "title",
    "profile.guid": "objectGUID",
    "avatar": "thumbnailPhoto",
}
SKIP = {"userAccountControl.disabled": ("true",), "accountExpires.expired": ("TRUE",)}
PHOTO = b"\xff\xd8\xff\xe0" + b"foto" * 2_000
ENABLED, DISABLED = 544, 546
GUID = "11111111-1111-4111-8111-111111111111"
EXPIRED = "116444736000000000"  # 1 January 1970, in tenths of microseconds since 1601


def account(number: int, control: int = ENABLED, **more: str | bytes) -> tuple[str, Attributes]:
    """Return an account of Active Directory."""
    name = f"Persoon {number}, van"
    return f"CN={name.replace(',', chr(92) + ',')},{PEOPLE}", {
        "objectClass": "user",
        "sAMAccountName": f"p{number}",
        "userPrincipalName": f"p{number}@gemeente.test",
        "displayName": name,
        "mail": f"p{number}@gemeente.test",
        "employeeID": f"{number:06}",
        "title": f"functie {number % 90}",
        "userAccountControl": str(control),
        **more,
    }


def secret(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


@pytest.fixture(scope="module")
def town(domain: Samba) -> Samba:
    """Give a domain with people."""
    domain.add([(PEOPLE, {"objectClass": "organizationalUnit"})])
    domain.add(
        [
            (
                f"CN=Lezer,{SUFFIX}",
                {
                    "objectClass": "user",
                    "sAMAccountName": "lezer",
                    "userPrincipalName": READER,
                    "unicodePwd": secret(PASSWORD),
                    "userAccountControl": "512",
                },
            ),
            account(1, thumbnailPhoto=PHOTO),
            account(2, DISABLED),
            account(3, accountExpires=EXPIRED),
            account(4, accountExpires="0"),
            account(5, accountExpires=str(2**63 - 1)),
            *(account(number) for number in range(6, MANY + 1)),
            (f"CN=Contact,{PEOPLE}", {"objectClass": "contact", "mail": "contact@elders.test"}),
            (f"CN=PC1,{PEOPLE}", {"objectClass": "computer", "sAMAccountName": "PC1$", "userAccountControl": "4096"}),
        ]
    )
    everybody = [account(number)[0] for number in range(6, MANY + 1)]
    domain.add(
        [
            (f"CN=Klein,{PEOPLE}", {"objectClass": "group", "sAMAccountName": "klein", "member": [account(1)[0]]}),
            (
                f"CN=Groot,{PEOPLE}",
                {"objectClass": "group", "sAMAccountName": "groot", "member": [*everybody, f"CN=Klein,{PEOPLE}"]},
            ),
        ]
    )
    return domain


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def people(town: Samba, ca_file: Path | None, **options: object) -> DirectorySource:
    said: dict[str, object] = {"base": PEOPLE, "bind": READER, "password": PASSWORD, "columns": COLUMNS, "skip": SKIP}
    return directory(town.url, ca_file=ca_file, **{**said, **options})  # type: ignore[arg-type] # keywords go on


def refusal(source: DirectorySource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        source.read(SILENCE)
    assert PASSWORD not in f"{caught.value}{caught.value.hint}"
    return caught.value


def test_everybody_is_read_but_those_whose_accounts_are_closed(town: Samba, ca_file: Path) -> None:
    source = people(town, ca_file)
    reading = source.read(SILENCE)
    assert (reading.rows, len(reading.users), reading.problems, reading.doubts) == (MANY - 2, MANY - 2, (), ())
    by_id = {user.external_id: user for user in reading.users}
    assert by_id.keys().isdisjoint({"000002", "000003"})
    assert {"000004", "000005"} <= by_id.keys()
    first = by_id["000001"]
    assert (first.name, first.email, first.profile["occupation"]) == (
        "Persoon 1, van",
        "p1@gemeente.test",
        "functie 1",
    )
    assert first.place.endswith(f"(CN=Persoon 1\\, van,{PEOPLE})")
    with town.connected() as connection:
        connection.search(PEOPLE, "(sAMAccountName=p1)", attributes=["objectGUID"])
        assert connection.response is not None
        stored = connection.response[0]["raw_attributes"]["objectGUID"][0]
    assert first.profile["guid"] == str(UUID(bytes_le=stored))
    seen = source.examine_avatar(first.avatar or "", None)
    assert isinstance(seen, Avatar)
    assert source.read_avatar(first.avatar or "") == (seen, PHOTO)
    source.close()


def test_nested_groups_and_groups_of_more_than_1500_are_read_whole(town: Samba, ca_file: Path) -> None:
    reading = people(town, ca_file, groups={f"cn=GROOT, {PEOPLE}": [GUID]}).read(SILENCE)
    assert {user.external_id for user in reading.users if not user.groups} == {"000004", "000005"}


def test_a_group_that_is_everybodys_primary_one_counts(town: Samba, ca_file: Path) -> None:
    reading = people(town, ca_file, groups={f"CN=Domain Users,CN=Users,{SUFFIX}": [GUID]}).read(SILENCE)
    assert all(user.groups == (GUID,) for user in reading.users)


def test_the_domains_own_partitions_are_no_doubt(town: Samba, ca_file: Path) -> None:
    wanted = "(&(objectCategory=person)(objectClass=user)(mail=*))"
    source = people(town, ca_file, base=SUFFIX, wanted=wanted)
    reading = source.read(SILENCE)
    assert (len(reading.users), reading.doubts) == (MANY - 2, ())


def test_a_certificate_that_nobody_vouches_for_is_refused(town: Samba, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    for ca_file in (None, other):
        error = refusal(people(town, ca_file))
        assert re.search("certificate", str(error), re.IGNORECASE)
        assert "ca_file" in error.hint


def test_a_certificate_of_another_host_is_refused(town: Samba, authority: trustme.CA, ca_file: Path) -> None:
    own = town.tls / "own-cert.pem"
    before = own.read_bytes()
    certificate = authority.issue_cert("elders.test")
    key = (town.tls / "own-key.pem").read_bytes()
    certificate.cert_chain_pems[0].write_to_path(str(own))
    certificate.private_key_pem.write_to_path(str(town.tls / "own-key.pem"))
    town.stop()
    town.start()
    try:
        assert re.search("certificate|name", str(refusal(people(town, ca_file))), re.IGNORECASE)
    finally:
        own.write_bytes(before)
        (town.tls / "own-key.pem").write_bytes(key)
        town.stop()
        town.start()


def test_the_connection_can_be_encrypted_later(town: Samba, ca_file: Path) -> None:
    url = town.url.replace("ldaps", "ldap")
    reading = directory(
        url, base=PEOPLE, bind=READER, password=PASSWORD, columns=COLUMNS, skip=SKIP, start_tls=True, ca_file=ca_file
    ).read(SILENCE)
    assert len(reading.users) == MANY - 2


def test_a_plain_sign_in_is_refused_by_the_directory_in_words(town: Samba) -> None:
    url = town.url.replace("ldaps", "ldap")
    error = refusal(directory(url, base=PEOPLE, bind=READER, password=PASSWORD, columns=COLUMNS))
    assert "wants an encrypted connection" in str(error)
    assert "start_tls" in error.hint


def test_nobody_may_read_without_signing_in(town: Samba, ca_file: Path) -> None:
    error = refusal(people(town, ca_file, bind=None, password=None))
    assert "sign-in" in str(error)


@pytest.fixture(scope="module")
def closed(town: Samba) -> Samba:
    """Give accounts that may not sign in, each for another reason."""
    states: dict[str, dict[str, str]] = {
        "uit": {"userAccountControl": "514"},
        "verlopen": {"userAccountControl": "512", "accountExpires": EXPIRED},
        "nieuw": {"userAccountControl": "512", "pwdLastSet": "0"},
        "op-slot": {"userAccountControl": "512"},
    }
    town.add(
        [
            (
                f"CN={name},{SUFFIX}",
                {
                    "objectClass": "user",
                    "sAMAccountName": name,
                    "userPrincipalName": f"{name}@gemeente.test",
                    "unicodePwd": secret(PASSWORD),
                    **state,
                },
            )
            for name, state in states.items()
        ]
    )
    return town


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("lezer", "fout", "the name or the password is wrong"),
        ("bestaat-niet", PASSWORD, "the name or the password is wrong|no such account"),
        ("uit", PASSWORD, "the account is disabled"),
        ("verlopen", PASSWORD, "the account has expired"),
        ("nieuw", PASSWORD, "has to change its password first"),
    ],
)
def test_a_refused_sign_in_is_said_in_words(
    closed: Samba, ca_file: Path, name: str, password: str, reason: str
) -> None:
    error = refusal(people(closed, ca_file, bind=f"{name}@gemeente.test", password=password))
    assert re.search(reason, str(error))
    assert name not in error.uploadable


def test_a_locked_account_is_said_in_words(closed: Samba, ca_file: Path) -> None:
    closed.tool("domain", "passwordsettings", "set", "--account-lockout-threshold=2")
    for _ in range(3):
        refusal(people(closed, ca_file, bind="op-slot@gemeente.test", password="fout"))
    error = refusal(people(closed, ca_file, bind="op-slot@gemeente.test", password=PASSWORD))
    assert "locked out" in str(error)


def test_init_suggests_what_an_active_directory_has_and_leaves_closed_accounts_out(
    town: Samba, ca_file: Path, init: Init
) -> None:
    written, out = init(town.url, ca_file.name, READER, PASSWORD, PEOPLE)
    assert written["columns"] == {
        "external_id": "employeeID",
        "name": "displayName",
        "email": "mail",
        "avatar": "thumbnailPhoto",
    }
    assert written["skip"] == {"userAccountControl.disabled": ["true"], "accountExpires.expired": ["true"]}
    assert f"{MANY - 2:,} rows, of which {MANY - 2:,} can be synced" in out
