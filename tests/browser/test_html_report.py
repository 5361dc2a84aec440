"""The report's page, looked at in headless Chromium: it is read, searched and folded, on any screen and on paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from pleio_profile_sync_client.core.models import Action, Change, Finding, Outcome, Record, Status, Write
from pleio_profile_sync_client.reports.html_report import to_html
from pleio_profile_sync_client.reports.run_report import Report
from tests.browser.conftest import DESKTOP_WIDTH, PHONE_WIDTH, OpenPage
from tests.unit.reports.builders import NAMED, UPDATE, WAITING, a_hostile_report, a_report, some_runs

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)


def show(page: Page, report: Report, folder: Path, named: Sequence[tuple[str, str]] = ()) -> None:
    path = folder / "report.html"
    path.write_text(to_html(report, some_runs(40), named=named), "utf-8")
    page.goto(path.as_uri())


def a_long_report(count: int) -> Report:
    def update(line: int) -> tuple[Change, Outcome]:
        email = f"persoon{line}@gemeente.test"
        record = Record(f"Persoon {line}", email)
        fields: dict[str, tuple[str | None, str | None]] = {"name": (f"Persoon {line - 1}", f"Persoon {line}")}
        return Write(Action.UPDATE, f"u{line}", line, f"P{line}", email, record, fields), Outcome(Status.APPLIED)

    return a_report(
        changes=[update(line) for line in range(2, count + 2)],
        problems=[
            Finding("missing_email", f"Line {line} (Zoekgeraakt {line}): no e-mail.", line) for line in range(50)
        ],
    )


def test_the_page_shows_itself_without_a_complaint_and_fits_a_phone(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(width=PHONE_WIDTH)
    show(page, a_report(), tmp_path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Done, with 3 problems and 1 failed change.")
    expect(page.get_by_text("Line 7 (P7): the e-mail is empty.")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE_WIDTH


def test_the_last_runs_are_plotted_where_there_is_room(open_page: OpenPage, tmp_path: Path) -> None:
    for width, is_shown in ((DESKTOP_WIDTH, True), (PHONE_WIDTH, False)):
        page = open_page(width=width)
        show(page, a_report(), tmp_path)
        expect(page.get_by_role("img", name="Problems of the last runs")).to_be_visible(visible=is_shown)


def test_a_guid_is_short_to_the_eye_and_found_whole(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    show(page, replace(a_report(), waiting=WAITING), tmp_path)
    guid = str(WAITING[0].guid)
    page.get_by_role("searchbox").fill(guid)
    expect(page.locator("#found")).to_have_text("1 found")
    expect(page.locator(".guid", has_text=guid)).to_have_attribute("title", guid)
    rest = "() => document.querySelector('.entry:not([hidden]) .rest').getBoundingClientRect().width"
    assert page.evaluate(rest) == 0


def test_printed_everything_is_unfolded(open_page: OpenPage, tmp_path: Path) -> None:
    for scripts in (True, False):
        page = open_page(scripts=scripts)
        show(page, a_long_report(200), tmp_path)
        person = page.get_by_text("persoon199@gemeente.test")
        expect(person).not_to_be_visible()
        page.emulate_media(media="print")
        expect(person).to_be_visible()


def test_hostile_values_stay_text_and_run_nothing(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(width=PHONE_WIDTH)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    show(page, a_hostile_report(), tmp_path)
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    assert dialogs == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE_WIDTH


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_readers_choice_of_light_and_dark(
    open_page: OpenPage, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    page = open_page(scheme=scheme)
    show(page, a_report(), tmp_path)
    paper, ink = page.evaluate(
        "() => { const style = getComputedStyle(document.body);"
        " return [style.backgroundColor, style.color].map((colour) => colour.match(/\\d+/g).map(Number)); }"
    )
    assert (sum(paper) > sum(ink)) == (scheme == "light")
    assert abs(sum(paper) - sum(ink)) > 500


def test_one_person_is_found_among_ten_thousand_changes(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    show(page, a_long_report(10_000), tmp_path)
    change = page.get_by_text("persoon7777@gemeente.test", exact=False)
    expect(change).not_to_be_visible()
    page.get_by_role("searchbox").fill("PERSOON7777@")
    expect(page.locator("#found")).to_have_text("1 found")
    expect(change).to_be_visible()
    expect(page.get_by_role("heading", name="Problems", exact=True)).not_to_be_visible()
    expect(page.get_by_text("1 of 10,000")).to_be_visible()


def test_who_was_banned_is_found_by_name(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    show(page, a_report(), tmp_path, NAMED)
    page.get_by_role("searchbox").fill("lotte smit")
    expect(page.locator("#found")).to_have_text("1 found")
    expect(page.get_by_text("lotte@gemeente.test")).to_be_visible()
    expect(page.get_by_role("heading", name="Failed", exact=True)).not_to_be_visible()


def test_what_failed_is_seen_without_unfolding_anything(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(scripts=False)
    show(page, a_report(changes=[(UPDATE, Outcome(Status.FAILED, error="refused (400)"))] * 100), tmp_path)
    expect(page.get_by_text("refused (400)").last).to_be_visible()


def test_clearing_the_search_folds_the_page_as_it_was(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    show(page, a_long_report(200), tmp_path)
    page.get_by_role("searchbox").fill("zoekgeraakt 7)")
    expect(page.locator("#found")).to_have_text("1 found")
    expect(page.get_by_text("Zoekgeraakt 7)")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.locator("#found")).to_have_text("")
    expect(page.get_by_text("Zoekgeraakt 7)")).not_to_be_visible()
    expect(page.get_by_role("heading", name="Changes", exact=True)).to_be_visible()


def test_all_can_be_unfolded_and_folded_again(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    show(page, a_long_report(200), tmp_path)
    page.get_by_role("button", name="Unfold all").click()
    expect(page.get_by_text("persoon2@gemeente.test").first).to_be_visible()
    page.get_by_role("button", name="Fold all").click()
    expect(page.get_by_text("persoon2@gemeente.test").first).not_to_be_visible()


def test_the_page_is_readable_without_scripts(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(scripts=False)
    show(page, a_long_report(200), tmp_path)
    page.locator("summary", has_text="Update").click()
    expect(page.get_by_text("persoon2@gemeente.test").first).to_be_visible()


def test_on_paper_there_is_nothing_to_click_and_ink_on_white(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(scheme="dark")
    show(page, a_report(), tmp_path)
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).not_to_be_visible()
    expect(page.get_by_text("Line 7 (P7): the e-mail is empty.")).to_be_visible()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")
