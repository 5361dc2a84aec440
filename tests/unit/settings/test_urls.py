"""Which addresses are taken, and in which form."""

import pytest

from pleio_profile_sync_client.settings.parsers import is_loopback, parse_ping_url, parse_subsite_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gemeente.test/profile_sync_api/", "https://gemeente.test/profile_sync_api"),
        ("https://gemeente.test/profile_sync_api", "https://gemeente.test/profile_sync_api"),
        (" HTTPS://Gemeente.TEST:443/profile_sync_api// ", "https://gemeente.test/profile_sync_api"),
        ("https://gemeente.test.:8443/Api/", "https://gemeente.test:8443/Api"),
        ("https://gemeente.test", "https://gemeente.test"),
        ("http://localhost:8800/profile_sync_api/", "http://localhost:8800/profile_sync_api"),
        ("http://proef.localhost/api", "http://proef.localhost/api"),
        ("http://127.0.0.1:80/api", "http://127.0.0.1/api"),
        ("http://127.8.9.10:8800/api", "http://127.8.9.10:8800/api"),
        ("http://[::1]:8800/api", "http://[::1]:8800/api"),
        ("https://[2001:DB8::1]/api", "https://[2001:db8::1]/api"),
    ],
)
def test_one_subsite_has_one_address(text: str, url: str) -> None:
    assert parse_subsite_url(text) == url


@pytest.mark.parametrize(
    "host",
    [
        "gemeente.test",
        "localhost.test",
        "127.0.0.1.test",
        "128.0.0.1",
        "0.0.0.0",
        "127.1",
        "[::2]",
        "[::ffff:127.0.0.1]",
    ],
)
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="in the clear"):
        parse_subsite_url(f"http://{host}/profile_sync_api")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "gemeente.test",
        "//gemeente.test/api",
        "ftp://gemeente.test/api",
        "file:///etc/passwd",
        "https://",
        "https:///api",
        "https://:443/api",
        "https://jan@gemeente.test/api",
        "https://jan:geheim@gemeente.test/api",
        "https://@gemeente.test/api",
        "https://gemeente.test/api?",
        "https://gemeente.test/api?token=geheim",
        "https://gemeente.test/api#",
        "https://gemeente.test/a b",
        "https://gemeente.test\\@elders.test/api",
        "https://gemeente.test/\r\nX: y",
        "https://gemeente.test:port/api",
        "https://gemeente.test:99999/api",
        "https://gemeente.test:0/api",
        "https://[::1/api",
        "https://gemeent\u00eb.test/api",
    ],
)
def test_what_is_no_plain_address_is_refused_without_repeating_it(text: str) -> None:
    for read in (parse_subsite_url, parse_ping_url):
        with pytest.raises(ValueError, match=r"\w") as raised:
            read(text)
        assert "geheim" not in str(raised.value)


def test_a_dead_mans_switch_may_be_anywhere() -> None:
    assert parse_ping_url("http://wekker.test/abc/") == "http://wekker.test/abc"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.b.localhost", "127.0.0.1", "127.255.255.254", "::1"])
def test_a_host_on_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "mylocalhost", "localhost.gemeente.test", "126.255.255.255", "::", "fe80::1", "::1%1"]
)
def test_another_host_is_no_loopback(host: str) -> None:
    assert not is_loopback(host)
