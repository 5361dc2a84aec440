"""What a directory's names are, whoever wrote them. The directory itself is asked in `tests/directory`."""

import pytest

from pleio_profile_sync_client.sources.ldap import dn_key, referred_dn


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Griffie,DC=gemeente,DC=nl", "cn=griffie, dc=Gemeente ; dc=NL"),
        ("CN=Jansen\\, Sanne,DC=nl", 'CN="Jansen, Sanne",DC=nl'),
        ("CN=Jansen\\, Sanne,DC=nl", "CN=Jansen\\2C Sanne,DC=nl"),
        ("CN=Zo\u00eb,DC=nl", "CN=Zo\\C3\\AB,DC=nl"),
        ("CN=R\\26D,DC=nl", "CN=R&D,DC=nl"),
        ('CN=De \\"Hoek\\",DC=nl', 'CN="De \\"Hoek\\"",DC=nl'),
        ("CN=A\\\\B,DC=nl", "CN=a\\5cb,DC=nl"),
        ("CN=Rik   Bos,DC=nl", "CN= Rik Bos ,DC=nl"),
        ("CN=Rik\\ ,DC=nl", "CN=Rik,DC=nl"),
        ("CN=Rik+UID=7,DC=nl", "uid=7 + cn=rik,DC=nl"),
    ],
)
def test_one_name_is_known_in_all_its_spellings(one: str, other: str) -> None:
    assert dn_key(one) == dn_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Rik,DC=nl", "CN=Rik\\,DC=nl"),
        ("CN=Rik+UID=7,DC=nl", "CN=Rik\\+UID=7,DC=nl"),
        ("CN=A,OU=B,DC=nl", "CN=A,OU=B\\,DC=nl"),
        ('CN="A,OU=B",DC=nl', "CN=A,OU=B,DC=nl"),
        ("CN=A\\\\,DC=nl", "CN=A\\,DC=nl"),
        ("CN=Rik Bos,DC=nl", "CN=RikBos,DC=nl"),
        ("CN=Zoe,DC=nl", "CN=Zo\u00eb,DC=nl"),
    ],
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert dn_key(one) != dn_key(other)


@pytest.mark.parametrize("name", ["", "Rik", 'CN="Rik', "CN=Rik\\", ",;+=", "CN=\\ff"])
def test_what_is_no_name_is_like_itself_alone(name: str) -> None:
    assert dn_key(name) == dn_key(name.upper())
    assert dn_key(name) != dn_key("CN=Sanne,DC=nl")


def test_a_referral_names_a_branch() -> None:
    assert referred_dn("ldap://child.gemeente.test/DC=child,DC=a%20b") == "DC=child,DC=a b"
    assert referred_dn("ldap://[1/DC=child") == "ldap://[1/DC=child"
