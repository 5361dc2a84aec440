"""Contract, section 3.1: what create and update take for name, e-mail and external_id."""

from typing import Any

import pytest

from tests.contract.site import Reply, SandboxSite, Site

NUL, SURROGATE = "a\0b", "a\ud800"


@pytest.fixture(params=["create", "update"])
def write(request: pytest.FixtureRequest, site: Site) -> Any:
    """Give a function that creates a user or updates one who is there; keys with `...` are left out."""
    existing = site.create() if request.param == "update" else {}

    def write(**content: object) -> Reply:
        sent = site.new_user(**content)
        return site.post("/users", sent | {"guid": existing["guid"]} if existing else sent)

    return write


@pytest.mark.parametrize(
    "content",
    [{"name": name} for name in (..., None, "x" * 101, NUL, SURROGATE)]
    + [{"email": email} for email in (..., None, 1, True, ["a@b"], {"a": 1}, "x" * 256, NUL, SURROGATE)]
    + [{"external_id": external_id} for external_id in (7, True, ["1"], {"a": 1}, "x" * 201, NUL, SURROGATE)],
    ids=str,
)
def test_what_cannot_be_stored_is_500_and_nothing_is_written(site: Site, write: Any, content: dict[str, Any]) -> None:
    before = site.listed()
    assert write(**content).is_server_error
    assert site.listed() == before


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("", ""),
        ("x" * 100, "x" * 100),
        ("\U0001f600" * 100, "\U0001f600" * 100),
        ("<b>Jan</b>", "<b>Jan</b>"),
        ("a\nb\u200fc", "a\nb\u200fc"),
        ("  Jan ", "  Jan "),
        (7, "7"),
        (1.5, "1.5"),
        (False, "False"),
        (["a", "b"], "['a', 'b']"),
        ({"a": None}, "{'a': None}"),
    ],
    ids=str,
)
def test_a_name_is_stored_untrimmed_and_as_python_text(site: Site, write: Any, name: object, stored: str) -> None:
    guid = write(name=name).json["user"]["guid"]
    assert site.shown(guid)["name"] == stored


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("nope{}", "nope{}"),
        ("a b{}@x", "a b{}@x"),
        ("Jan <j{}@x>", "Jan <j{}@x>"),
        ("zoë{}@gemeente.test", "zoë{}@gemeente.test"),
        ("jan+{}@Gemeente.test", "jan+{}@Gemeente.test"),
        (" \t\njan{}@gemeente.test\r\n ", "jan{}@gemeente.test"),
        ("{:x<255}", "{:x<255}"),
        (" {:x<255} ", "{:x<255}"),
    ],
)
def test_an_email_is_trimmed_and_not_validated(site: Site, write: Any, email: str, stored: str) -> None:
    guid = write(email=email.format(site.mark)).json["user"]["guid"]
    assert site.shown(guid)["email"] == stored.format(site.mark)


@pytest.mark.parametrize("email", ["", "  "])
def test_an_email_can_be_empty(site: SandboxSite, write: Any, email: str) -> None:
    guid = write(email=email).json["user"]["guid"]
    assert site.shown(guid)["email"] == ""


@pytest.mark.parametrize(
    ("external_id", "stored"),
    [(" \tA{}\n", "A{}"), ("{:x<200}", "{:x<200}"), (" {:x<200}", "{:x<200}"), ("{}é%_", "{}é%_")],
)
def test_an_external_id_is_trimmed(site: Site, write: Any, external_id: str, stored: str) -> None:
    user = write(external_id=external_id.format(site.mark)).json["user"]
    assert user["external_id"] == stored.format(site.mark)


def test_an_empty_email_is_given_once(site: SandboxSite) -> None:
    assert site.try_create(email="").status == 200
    assert site.try_create(email="  ").status == 400


def test_other_keys_are_ignored(site: SandboxSite, write: Any) -> None:
    reply = write(
        avatar="x", is_active=False, is_superadmin=True, roles=["ADMIN"], id=1, created_at="2001-01-01", is_banned=True
    )
    guid = reply.json["user"]["guid"]
    user = site.store.users[guid]
    assert (user.is_active, user.is_superadmin, user.is_admin) == (True, False, False)
    assert site.shown(guid)["time_created"] > "2002"


def test_create_and_update_answer_alike(write: Any) -> None:
    reply = write()
    assert (reply.status, list(reply.json)) == (200, ["status", "user"])
    assert reply.json["status"] == 200
