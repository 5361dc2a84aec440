"""Contract, section 7: the log."""

import json

import pytest

from tests.contract.site import SandboxSite, Site

NO_UUID = {
    "error": "could_not_create",
    "pretty_error": "Could not create the log entry, uuid is missing.",
    "status": 400,
}
INVALID = {"error": "could_not_create", "pretty_error": "Invalid data", "status": 400}


@pytest.mark.also_on("stand_in")
def test_an_upload_is_answered_with_its_uuid(site: Site) -> None:
    reply = site.post("/logs", {"uuid": site.mark, "content": "one"})
    assert (reply.status, reply.json) == (200, {"status": 200, "log": {"uuid": site.mark}})


def test_an_upload_is_a_row_and_the_uuid_may_repeat(site: SandboxSite) -> None:
    for content in ("one", "two"):
        reply = site.post("/logs", {"uuid": "run-1", "content": content, "level": "ignored"})
        assert (reply.status, reply.json) == (200, {"status": 200, "log": {"uuid": "run-1"}})
    assert [(entry.uuid, entry.content) for entry in site.store.logs.entries()] == [("run-1", "one"), ("run-1", "two")]


@pytest.mark.parametrize("content", [{"content": "x"}, {}])
def test_without_a_uuid_it_is_400(site: Site, content: dict[str, str]) -> None:
    reply = site.post("/logs", content)
    assert (reply.status, reply.json) == (400, NO_UUID)


@pytest.mark.parametrize("content", [{"uuid": "1"}, ["uuid"], "uuid"])
def test_without_content_it_is_400(site: Site, content: object) -> None:
    reply = site.post("/logs", content)
    assert (reply.status, reply.json) == (400, INVALID)


@pytest.mark.parametrize("uuid", ["", "x" * 36, "ë" * 36, 7, "not a uuid"])
def test_a_uuid_is_any_text_of_36_characters(site: Site, uuid: object) -> None:
    assert site.post("/logs", {"uuid": uuid, "content": "x"}).json == {"status": 200, "log": {"uuid": uuid}}


@pytest.mark.parametrize(
    "content",
    [
        {"uuid": "x" * 37, "content": "x"},
        {"uuid": None, "content": "x"},
        {"uuid": "1", "content": None},
        {"uuid": "1", "content": "a\0b"},
        {"uuid": "a\0b", "content": "x"},
    ],
)
def test_what_cannot_be_stored_is_500(site: Site, content: dict[str, str | None]) -> None:
    assert site.post("/logs", content).is_server_error


@pytest.mark.parametrize(
    ("content", "stored"), [("", ""), (["a", 1], "['a', 1]"), ({"a": None}, "{'a': None}"), (7, "7"), ("é\n", "é\n")]
)
def test_content_is_stored_as_text(site: SandboxSite, content: object, stored: str) -> None:
    assert site.post("/logs", {"uuid": "1", "content": content}).status == 200
    assert [entry.content for entry in site.store.logs.entries("1")] == [stored]


def test_content_up_to_the_limit_of_the_body_is_stored(site: SandboxSite) -> None:
    frame = '{"uuid":"' + "x" * 10 + '","content":""}'
    content = "y" * (2_621_440 - len(frame))
    body = frame.replace('""}', json.dumps(content) + "}")
    assert site.post_raw("/logs", body).status == 200
    assert site.store.logs.entries()[0].content == content


def test_nothing_can_be_read_back(site: Site) -> None:
    assert site.get("/logs").status == 405
