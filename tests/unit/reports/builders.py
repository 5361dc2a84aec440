"""A run to report on, with something of everything, and values that would like to be more than text."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Change,
    Finding,
    Fuse,
    Outcome,
    Record,
    Removal,
    RunRecord,
    Status,
    Step,
    Waiting,
    Write,
)
from pleio_profile_sync_client.reports.run_report import Report, ReportedSource, ReportedSubsite, build_report

START = datetime(2026, 11, 24, 2, 0, 1, 250_999, tzinfo=UTC)
RUN = "0b5c0d5e-5c1c-4f8e-9d0e-6a8d9b7b1a11"
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202e\n</style>{{ 7 * 7 }}"

CREATE = Write(
    Action.CREATE,
    None,
    2,
    "P2",
    "fatma@gemeente.test",
    Record("Fatma Yildiz", "fatma@gemeente.test", "P2", {"phone": "06-1"}, ("g1", "g2")),
    {
        "name": (None, "Fatma Yildiz"),
        "email": (None, "fatma@gemeente.test"),
        "external_id": (None, "P2"),
        "profile.phone": (None, "06-1"),
    },
    Avatar("fatma.jpg", "d", 1, 2),
)
UPDATE = Write(
    Action.UPDATE,
    57979220,
    3,
    None,
    "jan@gemeente.test",
    Record("Jan de Vries", "jan@gemeente.test"),
    {"name": ("Jan", "Jan de Vries"), "profile.about": ("Regel een\nRegel twee", "")},
    marks=("relinked",),
)
REACTIVATE = Write(
    Action.REACTIVATE, "u4", 4, "P4", "daan@gemeente.test", None, {}, None, ("banned_elsewhere",), waits_for="u9"
)
BAN = Removal(Action.BAN, "u5", "P5", "lotte@gemeente.test", "Lotte Smit")

CHANGES: list[tuple[Change, Outcome]] = [
    (CREATE, Outcome(Status.APPLIED, "u2", steps=(Step.USER, Step.AVATAR))),
    (UPDATE, Outcome(Status.FAILED, 57979220, "refused (400)")),
    (REACTIVATE, Outcome(Status.NOT_ATTEMPTED, "u4", "it waits for line 9")),
    (BAN, Outcome(Status.APPLIED, "u5", steps=(Step.BAN,))),
]
NAMED = [("Fatma Yildiz", "line 2"), ("Jan de Vries", "line 3"), ("Daan Bos", "line 4"), ("Lotte Smit", "")]
"""Whom the changes concern, and where their rows stand."""

PROBLEMS = [
    Finding("missing_email", "Line 7 (P7): the e-mail is empty.", 7, "P7"),
    Finding("missing_email", "Line 8: the e-mail is empty.", 8, ""),
    Finding("undecided", "3 users without an external_id are in no row."),
]
WARNINGS = [Finding("unknown_header", 'The column "Functei" is not known.')]
FUSES = [Fuse("removals", 4, 30, 3, tripped=True), Fuse("changed.name", 1, 20, 6, tripped=False)]

WAITING = (
    Waiting(
        "6b7d6e2e-93f5-4a41-9a8d-1b4a3f1f7a55",
        "P9",
        "kees@gemeente.test",
        "Kees Bakker",
        Action.DELETE,
        "grace",
        3 * 86_400.0,
        date(2026, 11, 28),
    ),
    Waiting("u10", "P10", "an@gemeente.test", "An Bakker", Action.DELETE, "withheld", 8 * 86_400.0),
)


def a_report(
    *,
    exit_code: int = 1,
    dry_run: bool = False,
    changes: Sequence[tuple[Change, Outcome]] = CHANGES,
    problems: Sequence[Finding] = PROBLEMS,
    warnings: Sequence[Finding] = WARNINGS,
    fuses: Sequence[Fuse] = FUSES,
    location: str = "/srv/hr/users.csv",
    started: datetime = START,
) -> Report:
    return build_report(
        run=RUN,
        started=started,
        finished=started + timedelta(seconds=83),
        dry_run=dry_run,
        exit_code=exit_code,
        source=ReportedSource(location, 12, 9),
        subsite=ReportedSubsite("https://gemeente.test/profile_sync_api", 30),
        unchanged=5,
        changes=changes,
        problems=problems,
        warnings=warnings,
        fuses=fuses,
        requests={"GET": 2, "POST": 6},
    )


def a_hostile_report() -> Report:
    """Return a report in which every text from outside is a try to break out of its place."""
    record = Record(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, (HOSTILE,))
    update = Write(
        Action.UPDATE,
        HOSTILE,
        2,
        HOSTILE,
        HOSTILE,
        record,
        {"name": (HOSTILE, HOSTILE), f"profile.{HOSTILE}": (HOSTILE, HOSTILE)},
        Avatar(HOSTILE, "d", 1, 2),
    )
    return a_report(
        changes=[
            (update, Outcome(Status.FAILED, HOSTILE, HOSTILE)),
            (Removal(Action.BAN, HOSTILE, HOSTILE, HOSTILE, HOSTILE), Outcome(Status.APPLIED, HOSTILE)),
        ],
        problems=[Finding("taken", HOSTILE, 2, HOSTILE)],
        warnings=[Finding("unknown_header", HOSTILE)],
        fuses=[Fuse(f"emptied.profile.{HOSTILE}", 4, 30, 3, tripped=True)],
        location=HOSTILE,
    )


def some_runs(count: int) -> list[RunRecord]:
    """Return runs, the newest first, one a night; every fifth was given up, and the oldest was killed."""
    runs = [
        RunRecord(
            f"run-{nights}",
            START - timedelta(days=nights),
            START - timedelta(days=nights, seconds=-20 - nights),
            4 if nights % 5 == 0 else 0,
            {"applied": nights % 7, "problems": nights % 3},
        )
        for nights in range(1, count)
    ]
    return [*runs, RunRecord(f"run-{count}", START - timedelta(days=count))]
