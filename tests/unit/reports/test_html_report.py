"""The page, read by a parser: what is in it, and that nothing from outside is more than text."""

import re
from base64 import b64encode
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.models import Finding, Fuse, Outcome, RunRecord, Status
from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, RUN_PROBLEMS
from pleio_profile_sync_client.reports.html_report import HEIGHT, WIDTH, plot_runs, to_html
from pleio_profile_sync_client.reports.run_report import PROBLEM_HEADINGS

from .builders import BAN, CREATE, HOSTILE, NAMED, RUN, START, UPDATE, WAITING, a_hostile_report, a_report, some_runs


class Page(HTMLParser):
    """Collects the tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.inline: dict[str, str] = {}
        self.policy = ""
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("style", "script"):
            self.inline[self._open] = self.inline.get(self._open, "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that a person reads, in one line, with a blank between elements."""
        return re.sub(r" (?=[,:])", "", re.sub(r"\s+", " ", " ".join(self.texts)))


def test_the_page_shows_all_that_the_report_holds() -> None:
    text = Page(to_html(a_report(), some_runs(10), named=NAMED)).text
    for part in (
        "Done, with 3 problems and 1 failed change.",
        "Line 7 (P7): the e-mail is empty.",
        "3 users without an external_id are in no row.",
        'The column "Functei" is not known.',
        "where at most 3 may be. If that is right: --max-removals 4",
        "tripped",
        "Fatma Yildiz · P2 · fatma@gemeente.test",
        "Jan de Vries · jan@gemeente.test",
        "Lotte Smit · P5 · lotte@gemeente.test",
        "line 2 u2",
        "profile.about Regel een Regel twee → empty",
        "name Jan → Jan de Vries",
        "refused (400)",
        "it waits for line 9",
        "banned elsewhere",
        "relinked",
        "g1, g2",
        "fatma.jpg",
        "/srv/hr/users.csv: 12 rows, 9 of them good",
        "2 GET, 6 POST, 0 DELETE",
        "2026-11-24 02:00 UTC, 1 min 23 s",
        RUN,
        "The last runs",
    ):
        assert part in text


def test_the_page_needs_nothing_from_elsewhere_and_lets_nothing_else_run() -> None:
    page = Page(to_html(a_report(), some_runs(10)))
    assert not {"link", "img", "iframe", "object", "form", "base", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in ("src", "href", "style") or name.startswith("on")]
    digests = {tag: b64encode(sha256(text.encode()).digest()).decode() for tag, text in page.inline.items()}
    assert page.policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_values_are_never_more_than_text() -> None:
    hostile, harmless = (
        Page(to_html(a_hostile_report(), named=[(HOSTILE, HOSTILE)] * 2)),
        Page(to_html(a_report(), named=NAMED)),
    )
    assert hostile.inline == harmless.inline
    assert not {tag for tag in hostile.tags if tag not in harmless.tags}
    assert "<script>alert(1)</script>" in hostile.text
    assert "{{ 7 * 7 }}" in hostile.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(hostile.texts))


def test_long_groups_are_folded_and_short_ones_are_not() -> None:
    many = [Finding("missing_email", "no e-mail", line) for line in range(100)]
    page = to_html(a_report(problems=[*many, Finding("taken", "taken", 200)]))
    folded = re.search(r'<details class="group">\n<summary><b>No e-mail</b> <span class="number">100<', page)
    unfolded = re.search(
        r'<details class="group" open>\n<summary><b>The address is taken by somebody else</b> <span class="number">1<',
        page,
    )
    assert folded
    assert unfolded


def test_what_failed_stands_first_and_open_with_its_error_however_much_it_is() -> None:
    failed = [(UPDATE, Outcome(Status.FAILED, 57979220, f"refused {number}")) for number in range(100)]
    done = [(CREATE, Outcome(Status.APPLIED, "u2"))] * 100
    page = to_html(a_report(changes=[*done, *failed]))
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert headings.index("Failed") < headings.index("Problems") < headings.index("Changes")
    assert re.search(r'<details class="group" open>\n<summary><b>Update</b> <span class="number">100<', page)
    assert re.search(r'<details class="group">\n<summary><b>Create</b> <span class="number">100<', page)
    assert page.count("refused 7<") == 1


def test_what_was_not_attempted_stands_by_reason_and_action() -> None:
    refused = Outcome(Status.NOT_ATTEMPTED, None, "a fuse refused the plan")
    alone = Outcome(Status.NOT_ATTEMPTED, None, "Not attempted: it waits for u9.")
    text = Page(to_html(a_report(changes=[(CREATE, refused), (BAN, refused), (UPDATE, alone), (BAN, refused)]))).text
    reason = "a fuse refused the plan"
    assert f"Not attempted Ban 2 {reason}" in text
    assert f"Create 1 {reason}" in text
    assert text.count(reason) == 2
    assert text.index(reason) < text.index("Update 1 jan@gemeente.test") < text.index("Not attempted: it waits for u9.")


def test_the_worst_problems_stand_first_under_headings_in_words() -> None:
    codes = ("missing_email", "removals_withheld", "other_person", "a_code_of_its_own")
    text = Page(to_html(a_report(problems=[Finding(code, f"about {code}") for code in codes]))).text
    headings = [
        "Bans and deletes are withheld",
        "The external_id is another person's now",
        "No e-mail",
        "A code of its own",
    ]
    assert sorted(map(text.index, headings)) == list(map(text.index, headings))


def test_a_change_says_where_its_row_stands_in_any_kind_of_source() -> None:
    named = [("", "row 2 of the sheet Staff"), ("", "entry 3, cn=Jan"), ("", "line 4"), ("", "")]
    text = Page(to_html(a_report(), named=named)).text
    assert "fatma@gemeente.test row 2 of the sheet Staff" in text
    assert "jan@gemeente.test entry 3, cn=Jan" in text
    assert "daan@gemeente.test line 4" in text


def test_every_problem_has_a_heading() -> None:
    assert not {*ACCEPTABLE_PROBLEMS, *RUN_PROBLEMS} - set(PROBLEM_HEADINGS)


def test_counts_of_nothing_have_no_tile() -> None:
    page = to_html(a_report())
    assert "<dt>ban</dt><dd>1</dd>" in page
    assert "<dt>delete</dt>" not in page


def test_fuses_that_let_the_plan_pass_are_one_line() -> None:
    fuses = [Fuse("removals", 1, 30, 3, tripped=False), Fuse("creates", 1, 30, 15, tripped=False)]
    assert "Did not trip: removals, creates." in Page(to_html(a_report(fuses=fuses))).text


def test_who_waits_for_removal_is_told_with_the_reason_and_the_day() -> None:
    report = replace(a_report(), waiting=WAITING)
    text = Page(to_html(report)).text
    assert "Kees Bakker · P9 · kees@gemeente.test delete from 2026-11-28, if it runs every night" in text
    assert "Not absent for long enough yet 1" in text
    assert "Withheld, since rows that can't be read reliably may be about them 1" in text
    assert "removals withheld 1" in text


def test_somebody_who_is_absent_from_now_on_has_no_length_of_absence() -> None:
    text = Page(to_html(replace(a_report(), waiting=(replace(WAITING[0], absent_s=0.0),)))).text
    assert "Kees Bakker" in text
    assert "absent for 0" not in text


def test_a_dry_run_shows_what_to_type_to_approve_it_and_until_when() -> None:
    approval = Approval(
        "plan-20261124-c1b1-aaaaaaaaaaaaaaaa", "removals-20261124-b1-bbbbbbbbbbbbbbbb", date(2026, 12, 1)
    )
    text = Page(to_html(replace(a_report(dry_run=True), approval=approval))).text
    assert "--approved plan-20261124-c1b1-aaaaaaaaaaaaaaaa" in text
    assert "--approved removals-20261124-b1-bbbbbbbbbbbbbbbb" in text
    assert "Valid until 2026-12-01, that day included." in text


def test_a_run_that_can_not_be_approved_has_nothing_to_sign() -> None:
    assert "--approved" not in to_html(a_report())


def test_two_runs_are_a_table_without_plots() -> None:
    page = to_html(a_report(), some_runs(1))
    assert "<svg" not in page
    assert "<td>2026-11-23 02:00</td>" in page


def test_a_section_is_there_only_if_something_is_in_it() -> None:
    headings = re.findall(
        r"<h2[^>]*>([^<]+)</h2>", to_html(a_report(changes=[(BAN, Outcome(Status.FAILED, "u5", "x"))]))
    )
    assert "Failed" in headings
    assert not {"Not attempted", "Changes"} & set(headings)


@pytest.mark.parametrize(
    ("exit_code", "problems", "said"),
    [
        (0, [], "None: source and subsite agree."),
        (1, [Finding("undecided", "3 users.")], "None: apart from the problems, source and subsite agree."),
        (4, [], "None was planned."),
    ],
)
def test_a_run_without_changes_says_what_that_means(exit_code: int, problems: list[Finding], said: str) -> None:
    assert said in Page(to_html(a_report(exit_code=exit_code, changes=(), problems=problems))).text


def test_a_run_whose_removals_wait_does_not_say_that_all_agree() -> None:
    text = Page(to_html(replace(a_report(exit_code=0, changes=(), problems=()), waiting=WAITING))).text
    assert "None: apart from the removals that wait, source and subsite agree." in text
    assert "Nothing to send: 2 removals wait" in text


def test_large_figures_are_told_with_separators() -> None:
    fuses = [Fuse("removals", 12_345, 67_890, 6_789, tripped=True)]
    text = Page(to_html(a_report(changes=[(BAN, Outcome(Status.PLANNED))] * 1_234, dry_run=True, fuses=fuses))).text
    assert "12,345 of 67,890, where at most 6,789 may be. If that is right: --max-removals 12345" in text
    assert "Ban 1,234" in text


def test_a_run_without_anything_to_tell_has_nothing_to_search() -> None:
    page = Page(to_html(a_report(exit_code=0, changes=(), problems=(), warnings=(), fuses=())))
    assert "input" not in page.tags


@pytest.mark.parametrize("known", [False, True])
def test_this_run_stands_among_the_last_ones_once(*, known: bool) -> None:
    report = a_report(exit_code=0)
    runs = some_runs(5)
    if known:
        runs = [RunRecord(report.run, report.started), *runs]
    page = to_html(report, runs)
    assert page.count("<tr><td>2026-11-24 02:00</td><td>1 min 23 s</td><td>0</td><td>2</td><td>1</td>") == 1
    assert page.count("<td>2026-11-24 02:00</td>") == 1


def test_a_dry_run_is_not_among_the_last_runs() -> None:
    assert "<td>2026-11-24 02:00</td>" not in to_html(a_report(dry_run=True), some_runs(5))


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (2, 2), (10, 10), (60, 60), (500, 60)])
def test_bars_stand_beside_each_other_within_the_plot_the_newest_last(count: int, shown: int) -> None:
    plots = plot_runs(some_runs(count))
    assert plots
    for plot in plots:
        assert len(plot.bars) == shown
        for bar in plot.bars:
            assert 0 <= bar.y <= HEIGHT
            assert 0 <= bar.height <= HEIGHT
            assert bar.y + bar.height == pytest.approx(HEIGHT)
            assert 0 <= bar.x < bar.x + bar.width <= WIDTH
        assert all(left.x + left.width < right.x for left, right in zip(plot.bars, plot.bars[1:], strict=False))
        assert plot.bars[-1].label.startswith(plot.last)


def test_the_highest_bar_fills_the_plot_and_nothing_is_no_bar() -> None:
    runs = [RunRecord(str(made), START, START, 0, {"applied": made}) for made in (50, 0, 1)]
    changes = plot_runs(runs)[0]
    one, nothing, fifty = changes.bars
    assert fifty.height == HEIGHT
    assert nothing.height == 0
    assert 0 < one.height < 3
    assert changes.highest == "50"


def test_runs_that_did_not_come_to_their_end_are_marked_and_say_so() -> None:
    runs = [RunRecord("1", START, START, code, {}) for code in (0, 1, 3, 4, None)]
    bars = plot_runs(runs)[0].bars
    assert [bar.is_good for bar in reversed(bars)] == [True, True, False, False, False]
    assert bars[0].label.endswith("did not end")
    assert bars[1].label.endswith("exit status 4")
