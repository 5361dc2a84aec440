"""Starting and stopping a sandbox."""

import http.client
import socket
import sqlite3
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from pleio_sandbox import server
from pleio_sandbox.example import EVERYBODY_GROUP, INFORMATION_GROUP, seed_example
from pleio_sandbox.records import SiteSettings
from pleio_sandbox.server import RunningSandbox
from pleio_sandbox.store import Store
from tests.contract.site import SandboxSite


def test_it_listens_on_loopback_and_says_where(sandbox: RunningSandbox) -> None:
    assert sandbox.pages_url == f"http://127.0.0.1:{sandbox.port}/"
    assert sandbox.url == f"http://127.0.0.1:{sandbox.port}/profile_sync_api"


def test_a_port_in_use_is_an_os_error(sandbox: RunningSandbox) -> None:
    second = RunningSandbox(port=sandbox.port)
    with pytest.raises(OSError, match=r"(?i)in use|only one usage"):
        second.start()
    second.stop()


def test_nothing_listens_after_it_stopped() -> None:
    with RunningSandbox() as sandbox:
        port = sandbox.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=20)


def test_a_site_in_a_file_is_there_the_next_time(tmp_path: Path) -> None:
    database = tmp_path / "site.sqlite3"
    with RunningSandbox(database=database) as sandbox:
        seed_example(sandbox.store)
        before = list(sandbox.store.users.everybody())
    with RunningSandbox(database=database) as sandbox:
        assert sandbox.store.users.everybody() == before
        site = SandboxSite(sandbox)
        assert site.create() == site.listed()[-1]
        site.connection.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,email\n" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        RunningSandbox(database=tmp_path / "users.csv")


def test_it_speaks_https_with_a_certificate() -> None:
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    with RunningSandbox(ssl=server_side, settings=SiteSettings(secret="other")) as sandbox:
        assert sandbox.url.startswith("https://127.0.0.1:")
        connection = http.client.HTTPSConnection("127.0.0.1", sandbox.port, context=client_side, timeout=20)
        connection.request("GET", "/profile_sync_api/users", headers={"Authorization": "Bearer other"})
        assert connection.getresponse().status == 200
        connection.close()


def test_serving_fills_an_empty_site_with_the_example_and_tells_when_it_listens(tmp_path: Path) -> None:
    class SeenError(Exception):
        """Ends the serving from within."""

    counts: list[int] = []

    def look(sandbox: RunningSandbox) -> None:
        site = SandboxSite(sandbox)
        counts.append(len(site.listed()))
        site.create()
        site.connection.close()
        raise SeenError

    for _ in range(2):
        with pytest.raises(SeenError):
            server.serve(port=0, database=tmp_path / "site.sqlite3", on_ready=look)
    store = Store()
    seed_example(store)
    assert counts == [len(store.users), len(store.users) + 1]
    store.close()


def test_the_store_can_be_used_from_several_threads(sandbox: RunningSandbox) -> None:
    def add(first: int) -> None:
        for number in range(first, first + 50):
            sandbox.store.users.add(name="Jan", email=f"jan{number}@gemeente.test")

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    users = sandbox.store.users.everybody()
    assert len({user.time_created_us for user in users}) == len(users) == 150


def test_the_example_has_what_a_first_sync_has_to_deal_with(sandbox: RunningSandbox) -> None:
    seed_example(sandbox.store)
    users = {user.email: user for user in sandbox.store.users.everybody()}
    assert users["beheer@gemeente.test"].external_id is None
    assert users["beheer@gemeente.test"].is_superadmin
    assert users["externalcontent@localhost"].is_banned
    assert users["bram.visser@gemeente.test"].external_id is None
    assert {user.external_id for user in users.values() if user.is_banned} == {None, "0010029", "0009644"}
    assert {group.guid for group in sandbox.store.groups.by_name()} == {EVERYBODY_GROUP, INFORMATION_GROUP}
    assert [field.key for field in sandbox.store.profile_fields()] == ["occupation", "department", "location", "phone"]


def test_a_database_can_hold_what_the_api_would_refuse(sandbox: RunningSandbox) -> None:
    users = sandbox.store.users
    users.add(name="A", email="jan@gemeente.test", external_id="a", time_created_us=1)
    users.add(name="B", email="JAN@gemeente.test", external_id="A", time_created_us=1)
    assert len(users.with_email("Jan@gemeente.test")) == len(users.with_external_id("A")) == 2
    with pytest.raises(sqlite3.IntegrityError):
        users.add(name="C", email="jan@gemeente.test")


def test_users_are_found_by_a_part_of_what_they_are_called(sandbox: RunningSandbox) -> None:
    seed_example(sandbox.store)
    users = sandbox.store.users
    for text, names in (
        ("zoë", ["Zoë Willems"]),
        ("ZOË", ["Zoë Willems"]),
        ("00100", ["Sanne de Vries", "Daan Jansen", "Fatima El Amrani", "Pieter van den Berg", "Zoë Willems"]),
        ("nobody", []),
    ):
        assert [user.name for user in users.search(text)][: len(names) or None] == names
    guid = users.everybody()[0].guid
    assert [user.guid for user in users.search(guid.upper())] == [guid]
