"""What holds at the end of every run, whatever happened to it: its exit status tells the truth."""

from collections import Counter
from collections.abc import Mapping
from typing import Any


def check_truth(status: int, report: Mapping[str, Any]) -> None:
    """See that 0 means that every change was applied, 1 that something was not right, and that the counts agree."""
    assert report["exit_code"] == status
    outcomes = Counter(change["outcome"] for change in report["changes"])
    counts = report["counts"]
    if report["dry_run"]:
        assert set(outcomes) <= {"planned"}
        assert status != 0 or not report["problems"]
        return
    for outcome in ("applied", "failed", "not_attempted"):
        assert counts[outcome] == outcomes[outcome]
    assert sum(outcomes.values()) == counts["applied"] + counts["failed"] + counts["not_attempted"]
    is_in_sync = set(outcomes) <= {"applied"} and not report["problems"]
    if status == 0:
        assert is_in_sync, outcomes
    if status == 1:
        assert not is_in_sync
    if status == 3:
        assert set(outcomes) <= {"not_attempted"}
    for change in report["changes"]:
        assert (change["error"] is None) == (change["outcome"] == "applied"), change
