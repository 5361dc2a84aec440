"""The report for programs: JSON, format 1."""

import msgspec

from pleio_profile_sync_client.reports.run_report import Report


def to_json(report: Report) -> bytes:
    """Return the report as indented UTF-8 JSON, ending in a line break; times are ISO 8601 in UTC."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
