"""Contract, section 6: the avatar."""

import pytest

from tests.contract.site import NOT_FOUND, NOT_SAVED, UNKNOWN_GUID, HttpSite, SandboxSite, Site, multipart, part


@pytest.fixture
def guid(site: Site) -> str:
    return str(site.create()["guid"])


def is_stored(site: Site, guid: str, content: bytes | None) -> bool:
    """Tell whether this is the avatar; where nobody can look, it is believed."""
    if not isinstance(site, SandboxSite):
        return True
    avatar = site.store.avatars.get(guid)
    return (None if avatar is None else avatar.content) == content


def test_a_file_named_avatar_is_saved(site: Site, guid: str) -> None:
    reply = site.upload(guid, multipart(part(b"\xff\xd8\xff picture")))
    assert (reply.status, reply.json) == (200, {"status": 200, "user": site.shown(guid)})
    assert reply.json["user"]["icontime"] is None
    assert is_stored(site, guid, b"\xff\xd8\xff picture")


def test_unknown_and_deleted_users_are_404_not_found(site: Site, guid: str) -> None:
    site.delete(guid)
    for missing in (guid, UNKNOWN_GUID):
        reply = site.upload(missing, multipart(part(b"x")))
        assert (reply.status, reply.json) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        multipart(),
        multipart(part(b"x", name="file")),
        multipart(part(b"x", name="Avatar")),
        multipart(part(b"x", file_name=None)),
        multipart(part(b"x", file_name="")),
        b'{"avatar": "x"}',
        multipart(part(b"x"))[:-20],
        part(b"x")[:-8],
        part(b"x"),
        b"nonsense",
    ],
)
def test_a_body_without_the_file_is_404_not_saved_and_keeps_the_old_one(site: Site, guid: str, body: bytes) -> None:
    site.upload(guid, multipart(part(b"old")))
    reply = site.upload(guid, body)
    assert (reply.status, reply.json) == (404, NOT_SAVED)
    assert is_stored(site, guid, b"old")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "image/jpeg", "multipart/form-data", "multipart/form-data; boundary=other", ""],
)
def test_another_content_type_is_404_not_saved(site: Site, guid: str, content_type: str) -> None:
    reply = site.upload(guid, multipart(part(b"x")), content_type=content_type)
    assert (reply.status, reply.json) == (404, NOT_SAVED)


def test_a_chunked_upload_is_404_not_saved(site: HttpSite, guid: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    reply = site.post_chunked(f"/users/{guid}/avatar", multipart(part(b"x")), headers)
    assert (reply.status, reply.json) == (404, NOT_SAVED)
    assert is_stored(site, guid, None)


@pytest.mark.parametrize(
    ("content", "file_name", "kind", "mime_type"),
    [
        (b"\xff\xd8\xff", "jan.jpg", "image/jpeg", "image/jpeg"),
        (b"\x89PNG", "jan.png", "text/plain", "image/png"),
        (b"just text", "jan.jpg", "image/jpeg", "image/jpeg"),
        (b"<svg/>", "jan.svg", "image/svg+xml", "image/svg+xml"),
        (b"<html>", "jan.html", "image/jpeg", "text/html"),
        (b"text", "jan", "image/jpeg", "application/octet-stream"),
        (b"", "empty.jpg", "image/jpeg", "image/jpeg"),
    ],
)
def test_nothing_is_checked_and_the_type_is_guessed_from_the_name(
    site: SandboxSite, guid: str, content: bytes, file_name: str, kind: str, mime_type: str
) -> None:
    assert site.upload(guid, multipart(part(content, file_name=file_name, kind=kind))).status == 200
    avatar = site.store.avatars.get(guid)
    assert avatar is not None
    assert (avatar.content, avatar.mime_type) == (content, mime_type)


def test_an_empty_file_replaces_a_good_picture(site: Site, guid: str) -> None:
    site.upload(guid, multipart(part(b"good")))
    assert site.upload(guid, multipart(part(b""))).status == 200
    assert is_stored(site, guid, b"")


def test_20_megabytes_are_taken(site: Site, guid: str) -> None:
    content = b"\xff\xd8\xff" + b"x" * 20_000_000
    assert site.upload(guid, multipart(part(content))).status == 200
    assert is_stored(site, guid, content)


@pytest.mark.parametrize(
    ("file_name", "slug"),
    [
        ("../../etc/Jan de Vries.jpg", "Jan-de-Vries.jpg"),
        ("C:/temp/Zoë's foto!.JPG", "Zoes-foto.JPG"),
        ("a" * 300 + ".jpg", "a" * 251 + ".jpg"),
    ],
)
def test_file_names_are_slugged_and_cut(site: SandboxSite, guid: str, file_name: str, slug: str) -> None:
    site.upload(guid, multipart(part(b"x", file_name=file_name)))
    avatar = site.store.avatars.get(guid)
    assert avatar is not None
    assert avatar.file_name == slug


def test_of_two_files_the_last_counts_and_other_fields_are_ignored(site: Site, guid: str) -> None:
    fields = part(b"x", name="note", file_name=None)
    assert site.upload(guid, multipart(part(b"one"), fields, part(b"two"), part(b"three", name="other"))).status == 200
    assert is_stored(site, guid, b"two")


def test_a_repeat_replaces(site: Site, guid: str) -> None:
    for content in (b"one", b"two", b"two"):
        assert site.upload(guid, multipart(part(content))).status == 200
        assert is_stored(site, guid, content)


def test_an_avatar_moves_no_time_and_does_not_unban(site: Site, guid: str) -> None:
    banned = site.post(f"/users/{guid}/ban").json["user"]
    assert site.upload(guid, multipart(part(b"x"))).json["user"] == banned
    assert site.shown(guid) == banned


def test_an_infected_file_is_404_not_saved_and_keeps_the_old_one(site: SandboxSite, guid: str) -> None:
    site.upload(guid, multipart(part(b"good")))
    site.configure(virus_marker=b"EICAR")
    assert site.upload(guid, multipart(part(b"xx EICAR xx"))).json == NOT_SAVED
    assert is_stored(site, guid, b"good")
