"""Format 1: what stands in crontabs and scripts reads it, so its names and their order hold."""

import json
from datetime import date, timedelta, timezone

from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.models import Outcome, Status
from pleio_profile_sync_client.reports.run_report import to_json

from .builders import BAN, CREATE, RUN, START, WAITING, a_hostile_report, a_report


def test_the_whole_report_reads_as_format_1_says() -> None:
    expected = {
        "format": 1,
        "run": RUN,
        "started": "2026-11-24T02:00:01.250000Z",
        "finished": "2026-11-24T02:01:24.250000Z",
        "dry_run": False,
        "exit_code": 1,
        "source": {"location": "/srv/hr/users.csv", "rows": 12, "users": 9},
        "subsite": {"url": "https://gemeente.test/profile_sync_api", "users": 30},
        "counts": {
            "unchanged": 5,
            "create": 1,
            "update": 1,
            "reactivate": 1,
            "ban": 1,
            "delete": 0,
            "applied": 2,
            "failed": 1,
            "not_attempted": 1,
            "problems": 3,
            "warnings": 1,
        },
        "changes": [
            {
                "action": "create",
                "guid": "u2",
                "external_id": "P2",
                "email": "fatma@gemeente.test",
                "line": 2,
                "fields": {
                    "name": [None, "Fatma Yildiz"],
                    "email": [None, "fatma@gemeente.test"],
                    "external_id": [None, "P2"],
                    "profile.phone": [None, "06-1"],
                },
                "groups": ["g1", "g2"],
                "avatar": "fatma.jpg",
                "marks": [],
                "outcome": "applied",
                "error": None,
            },
            {
                "action": "update",
                "guid": 57979220,
                "external_id": None,
                "email": "jan@gemeente.test",
                "line": 3,
                "fields": {"name": ["Jan", "Jan de Vries"], "profile.about": ["Regel een\nRegel twee", ""]},
                "groups": [],
                "avatar": None,
                "marks": ["relinked"],
                "outcome": "failed",
                "error": "refused (400)",
            },
            {
                "action": "reactivate",
                "guid": "u4",
                "external_id": "P4",
                "email": "daan@gemeente.test",
                "line": 4,
                "fields": {},
                "groups": [],
                "avatar": None,
                "marks": ["banned_elsewhere"],
                "outcome": "not_attempted",
                "error": "it waits for line 9",
            },
            {
                "action": "ban",
                "guid": "u5",
                "external_id": "P5",
                "email": "lotte@gemeente.test",
                "line": None,
                "fields": {},
                "groups": [],
                "avatar": None,
                "marks": [],
                "outcome": "applied",
                "error": None,
            },
        ],
        "problems": [
            {
                "code": "missing_email",
                "line": 7,
                "place": "line 7",
                "external_id": "P7",
                "message": "Line 7 (P7): the e-mail is empty.",
            },
            {
                "code": "missing_email",
                "line": 8,
                "place": "line 8",
                "external_id": None,
                "message": "Line 8: the e-mail is empty.",
            },
            {
                "code": "undecided",
                "line": None,
                "place": None,
                "external_id": None,
                "message": "3 users without an external_id are in no row.",
            },
        ],
        "warnings": [
            {
                "code": "unknown_header",
                "line": None,
                "place": None,
                "external_id": None,
                "message": 'The column "Functei" is not known.',
            }
        ],
        "fuses": [
            {"fuse": "removals", "value": 4, "of": 30, "limit": 3, "tripped": True},
            {"fuse": "changed.name", "value": 1, "of": 20, "limit": 6, "tripped": False},
        ],
        "requests": {"GET": 2, "POST": 6, "DELETE": 0},
        "waiting": [],
        "approval": None,
    }
    text = to_json(a_report()).decode()
    assert json.loads(text) == expected
    assert json.dumps(json.loads(text)) == json.dumps(expected)  # the order of the keys too
    assert text.endswith("}\n")


def test_who_waits_and_what_can_be_approved_read_as_format_1_says() -> None:
    approval = Approval("plan-20261124-b1-aaaaaaaaaaaaaaaa", None, date(2026, 12, 1))
    report = json.loads(to_json(replace(a_report(), waiting=WAITING[:1], approval=approval)))
    assert report["waiting"] == [
        {
            "guid": "6b7d6e2e-93f5-4a41-9a8d-1b4a3f1f7a55",
            "external_id": "P9",
            "email": "kees@gemeente.test",
            "name": "Kees Bakker",
            "action": "delete",
            "why": "grace",
            "absent_s": 259200.0,
            "due": "2026-11-28",
        }
    ]
    assert report["approval"] == {
        "code": "plan-20261124-b1-aaaaaaaaaaaaaaaa",
        "removals_code": None,
        "expires": "2026-12-01",
    }


def test_a_create_that_was_not_applied_has_no_guid() -> None:
    report = a_report(changes=[(CREATE, Outcome(Status.FAILED, error="refused"))])
    assert json.loads(to_json(report))["changes"][0]["guid"] is None


def test_a_planned_change_counts_as_its_action_and_as_no_outcome() -> None:
    report = a_report(dry_run=True, changes=[(BAN, Outcome(Status.PLANNED, "u5"))])
    counts = json.loads(to_json(report))["counts"]
    assert (counts["ban"], counts["applied"], counts["failed"], counts["not_attempted"]) == (1, 0, 0, 0)
    assert json.loads(to_json(report))["changes"][0]["guid"] == "u5"


def test_times_are_in_utc_wherever_the_run_was() -> None:
    amsterdam = timezone(timedelta(hours=1))
    assert to_json(a_report(started=START.astimezone(amsterdam))) == to_json(a_report())


def test_values_come_back_as_they_were_and_a_file_name_that_is_no_text_can_be_written() -> None:
    changes = json.loads(to_json(a_hostile_report()))["changes"]
    assert "\x1b[31m" in changes[0]["fields"]["name"][1]
    location = json.loads(to_json(a_report(location="/srv/\udce9.csv")))["source"]["location"]
    assert location == "/srv/\\udce9.csv"
