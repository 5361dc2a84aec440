"""The rehearsal page's form, and taking logs and lists apart: plain values."""

import pytest

from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.pages import LogLine, cut_page, find_objection, keep_graver, split_log
from pleio_sandbox.rehearsal import PRESETS, FormError, fill_form, read_form
from pleio_sandbox.wire import Endpoint


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(
            latency_s=0.025,
            latency_sigma=0.6,
            cost_per_user_s=0.0015,
            capacity=4,
            refuse_above=8,
            shares={Fault.UNAVAILABLE: 0.1, Fault.DROP: 0.025, Fault.STALE: 0.5},
            methods=frozenset({"POST"}),
            endpoints=frozenset({Endpoint.BAN}),
            after_requests=3,
            retry_after_s=2,
            retry_after_form="date",
            close_idle=True,
            seed=7,
        ),
        *(faults for _, faults in PRESETS.values()),
    ],
)
def test_faults_survive_the_form(faults: Faults) -> None:
    assert read_form(fill_form(faults)) == faults


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"latency_ms": "much"}, "Latency: much is not a number."),
        ({"latency_ms": "-1"}, "Latency: -1 is not between 0 and 1,000,000."),
        ({"latency_ms": "nan"}, "Latency: nan is not between 0 and 1,000,000."),
        ({"latency_ms": "inf"}, "Latency: inf is not between 0 and 1,000,000."),
        ({"capacity": "1.5"}, "Capacity: 1.5 is not a whole number."),
        ({"capacity": "0"}, "Capacity must be 1 or more."),
        ({"share_503": "101"}, "The shares of the faults must be 0 or more and at most 1 together."),
    ],
)
def test_what_cannot_be_is_told(form: dict[str, str], message: str) -> None:
    with pytest.raises(FormError) as caught:
        read_form(form)
    assert str(caught.value) == message


def test_an_empty_form_is_no_faults() -> None:
    assert (
        read_form({})
        == read_form({"latency_ms": " ", "capacity": "", "method": "PATCH", "endpoint": "user"})
        == Faults()
    )


def test_log_lines_are_taken_apart() -> None:
    content = "2026-11-24T08:00:00Z WARNING  a  b\nINFO no time\n\n2026-11-24T08:00:00+01:00 ERROR c\r\n"
    assert split_log(content) == [
        LogLine(time="2026-11-24T08:00:00Z", level="WARNING", text="a  b"),
        LogLine(text="INFO no time"),
        LogLine(text=""),
        LogLine(time="2026-11-24T08:00:00+01:00", level="ERROR", text="c"),
    ]


def test_lines_of_a_level_and_graver_are_kept() -> None:
    lines = [LogLine(level=level, text="") for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "")]
    assert [line.level for line in keep_graver(lines, "WARNING")] == ["WARNING", "ERROR", "CRITICAL"]
    assert keep_graver(lines, "LOUD") == lines


@pytest.mark.parametrize(
    ("total", "number", "shown", "previous", "following"),
    [
        (0, None, (1, 0), None, None),
        (5, "1", (1, 5), None, None),
        (25, "1", (1, 10), None, 2),
        (25, "2", (11, 20), 1, 3),
        (25, "9", (21, 25), 2, None),
        (25, "x", (1, 10), None, 2),
        (30, "3", (21, 30), 2, None),
    ],
)
def test_a_list_is_cut_into_pages(
    total: int, number: str | None, shown: tuple[int, int], previous: int | None, following: int | None
) -> None:
    page = cut_page(range(total), number, size=10)
    assert ((page.first, page.last), page.previous, page.next, page.total) == (shown, previous, following, total)


@pytest.mark.parametrize(
    ("method", "host", "origin", "is_refused"),
    [
        ("GET", "127.0.0.1:8800", None, False),
        ("GET", "127.0.0.1:8800", "http://elders.test", False),
        ("POST", "LocalHost:8800", "http://localhost:8800", False),
        ("POST", "localhost:8800", "http://localhost", True),
        ("POST", "localhost:8800", "http://127.0.0.1:8800", True),
        ("GET", "elders.test", None, True),
        ("GET", "[", None, True),
    ],
)
def test_strangers_are_refused(method: str, host: str, origin: str | None, is_refused: bool) -> None:
    assert (find_objection(method=method, host=host, origin=origin) is not None) is is_refused
