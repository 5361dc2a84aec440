"""The sandbox's pages in a real browser: they can be used, read on a phone and in the dark, and are safe."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from pleio_sandbox.example import EVERYBODY_GROUP, seed_example
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import StoredAvatar
from pleio_sandbox.server import RunningSandbox
from tests.browser.conftest import DESKTOP_WIDTH, PHONE_WIDTH, OpenPage

pytestmark = pytest.mark.browser

RUN = "6f2c8a30-52a5-4a05-9d6c-d6d3e3f5a001"
HOSTILE = "<script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\">"
# The smallest JPEG there is: one grey pixel.
JPEG = bytes.fromhex(
    "ffd8ffdb004300" + "01" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000000000"
    "ffda0008010100003f0054dfffd9"
)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """The example site, with an avatar, a log and a name that would do harm."""
    with RunningSandbox() as running:
        store = running.store
        seed_example(store)
        (daan,) = store.users.with_email("daan.jansen@gemeente.test")
        (sanne,) = store.users.with_email("sanne.devries@gemeente.test")
        store.avatars.put(daan.guid, StoredAvatar(file_name="daan.jpg", mime_type="image/jpeg", content=JPEG))
        store.avatars.put(sanne.guid, StoredAvatar(file_name="x.html", mime_type="text/html", content=HOSTILE.encode()))
        store.users.save(replace(sanne, name=HOSTILE, profile={**sanne.profile, "occupation": HOSTILE}))
        lines = [
            "2026-11-24T08:00:00Z INFO Run started",
            "2026-11-24T08:00:01Z WARNING 0010029 (line 9) stays banned",
            f"2026-11-24T08:00:02Z ERROR {HOSTILE} {'x' * 300}",
        ]
        store.logs.add(RUN, "\n".join(lines))
        yield running


def paths(sandbox: RunningSandbox) -> list[str]:
    guid = sandbox.store.users.with_email("sanne.devries@gemeente.test")[0].guid
    return [
        "",
        "users",
        f"users/{guid}",
        "groups",
        f"groups/{EVERYBODY_GROUP}",
        "logs",
        f"log?run={RUN}",
        "rehearsal",
    ]


def style(page: Page, selector: str, name: str) -> str:
    value: Any = page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}")
    return str(value)


def brightness(color: str) -> float:
    """Tell how bright a colour such as `rgb(18, 24, 26)` is, 0 to 1."""
    red, green, blue = (float(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_a_person_finds_a_user_and_sees_profile_groups_and_avatar(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(sandbox.pages_url)
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_label("Search").fill("jansen")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    picture = page.locator("tbody img.face")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    page.get_by_role("link", name="Daan Jansen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Daan Jansen")
    expect(page.get_by_role("img", name="Avatar of Daan Jansen")).to_be_visible()
    expect(page.get_by_text("Applicatiebeheerder")).to_be_visible()
    page.get_by_role("link", name="Alle medewerkers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alle medewerkers")
    expect(page.get_by_role("table", name="10 members, by name")).to_be_visible()


def test_banned_users_are_marked_and_can_be_picked(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{sandbox.pages_url}users")
    row = page.get_by_role("row", name="Kees Bakker")
    expect(row.get_by_text("Banned")).to_be_visible()
    expect(row.get_by_text("Uit dienst")).to_be_visible()
    page.get_by_label("Status").select_option("Banned")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_label("Status")).to_have_value("banned")


def test_log_lines_are_coloured_by_level_and_can_be_picked(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{sandbox.pages_url}logs")
    page.get_by_role("link", name=RUN).click()
    page.wait_for_load_state()  # with its style sheet
    grounds = {level: style(page, f"tr.{level}", "backgroundColor") for level in ("info", "warning", "error")}
    assert len(set(grounds.values())) == 3
    page.get_by_role("link", name="Warning and above 2").click()
    expect(page.locator("table.log tbody tr")).to_have_count(2)


def test_the_switches_work_from_the_page(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{sandbox.pages_url}rehearsal")
    expect(page.get_by_role("status")).to_contain_text("All is normal")
    page.get_by_label("503 Service Unavailable").fill("25")
    page.get_by_label("Capacity").fill("4")
    page.get_by_label("Close connections").check()
    expect(page.get_by_label("Stale answers")).to_be_hidden()
    page.get_by_text("Wrong answers", exact=True).first.click()
    page.get_by_label("Stale answers").fill("10")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status")).to_contain_text("Faults are switched on")
    shares = {Fault.UNAVAILABLE: 0.25, Fault.STALE: 0.1}
    assert sandbox.faults == Faults(shares=shares, capacity=4, close_idle=True)
    expect(page.get_by_label("Stale answers")).to_be_visible()
    expect(page.get_by_label("503 Service Unavailable")).to_have_value("25")
    page.get_by_role("button", name="A changed secret").click()
    assert sandbox.faults == Faults(shares={Fault.REFUSE: 1.0})
    page.get_by_role("button", name="Back to normal").click()
    expect(page.get_by_role("status")).to_contain_text("All is normal")
    assert sandbox.faults == Faults()


def test_everything_works_by_keyboard_and_without_scripts(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    page.goto(f"{sandbox.pages_url}users")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.get_by_label("Search").focus()
    page.keyboard.type("0010027")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Zoë Willems")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_what_was_uploaded_does_no_harm(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    for path in paths(sandbox):
        page.goto(sandbox.pages_url + path)
        assert page.title() != "taken over"
        assert page.locator("script, [onerror]").count() == 0
    expect(page.get_by_role("heading", name="Rehearsal")).to_be_visible()
    guid = sandbox.store.users.with_email("sanne.devries@gemeente.test")[0].guid
    page.goto(f"{sandbox.pages_url}users/{guid}")
    with page.expect_download() as download:
        page.get_by_role("link", name="x.html").click()
    assert download.value.path().read_bytes() == HOSTILE.encode()


@pytest.mark.parametrize("width", [PHONE_WIDTH, DESKTOP_WIDTH])
def test_no_page_is_wider_than_the_screen(sandbox: RunningSandbox, open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    for path in paths(sandbox):
        page.goto(sandbox.pages_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [320, PHONE_WIDTH])
def test_the_tabs_stand_in_one_row_and_the_command_fits_on_a_phone(
    sandbox: RunningSandbox, open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width)
    page.goto(sandbox.pages_url)
    tops = page.locator("header nav a").evaluate_all("links => links.map(link => link.getBoundingClientRect().top)")
    assert (len(tops), len(set(tops))) == (4, 1)
    assert page.locator("pre").evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_follow_the_colours_of_the_system(
    sandbox: RunningSandbox, open_page: OpenPage, scheme: Literal["light", "dark"]
) -> None:
    page = open_page(scheme=scheme)
    for path in paths(sandbox):
        page.goto(sandbox.pages_url + path)
        ground, text = (brightness(style(page, "body", name)) for name in ("backgroundColor", "color"))
        assert (ground < 0.2, text > 0.7) == ((True, True) if scheme == "dark" else (False, False)), path


def test_pages_can_be_read_by_those_who_do_not_see_them(sandbox: RunningSandbox, open_page: OpenPage) -> None:
    page = open_page()
    for path in paths(sandbox):
        page.goto(sandbox.pages_url + path)
        assert page.locator("html[lang]").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1, path
        assert page.locator("img:not([alt])").count() == 0, path
        assert page.locator("table").count() == page.locator("table > caption").count(), path
        unlabelled = "document.querySelectorAll('input, select').values().filter(field => !field.labels.length)"
        assert page.evaluate(f"[...{unlabelled}].length") == 0, path
        doubled = "[...document.querySelectorAll('[id]')].map(element => element.id)"
        ids: list[str] = page.evaluate(doubled)
        assert len(ids) == len(set(ids)), path
