"""The metrics, as Prometheus' own parser reads them."""

from prometheus_client.parser import text_string_to_metric_families

from pleio_profile_sync_client.reports.metrics import to_metrics
from pleio_profile_sync_client.reports.run_report import Report

from .builders import HOSTILE, a_hostile_report, a_report


def samples_of(report: Report) -> dict[tuple[str, ...], float]:
    samples = {}
    for family in text_string_to_metric_families(to_metrics(report)):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("subsite") == "gemeente.test"
            prefix, _, name = sample.name.partition("_sync_")
            assert prefix == "pleio_profile"
            samples[name, *labels.values()] = sample.value
    return samples


def test_every_figure_of_the_run_is_there() -> None:
    samples = samples_of(a_report())
    assert samples == {
        ("last_run_timestamp_seconds",): 1795485684.25,
        ("last_run_duration_seconds",): 83.0,
        ("last_run_exit_code",): 1.0,
        ("source_rows",): 12.0,
        ("source_users",): 9.0,
        ("subsite_users",): 30.0,
        ("unchanged_users",): 5.0,
        ("planned_changes", "create"): 1.0,
        ("planned_changes", "update"): 1.0,
        ("planned_changes", "reactivate"): 1.0,
        ("planned_changes", "ban"): 1.0,
        ("planned_changes", "delete"): 0.0,
        ("changes", "applied"): 2.0,
        ("changes", "failed"): 1.0,
        ("changes", "not_attempted"): 1.0,
        ("problems",): 3.0,
        ("problems_by_code", "missing_email"): 2.0,
        ("problems_by_code", "undecided"): 1.0,
        ("warnings",): 1.0,
        ("requests", "GET"): 2.0,
        ("requests", "POST"): 6.0,
        ("requests", "DELETE"): 0.0,
        ("fuse_tripped", "removals"): 1.0,
        ("fuse_tripped", "changed.name"): 0.0,
        ("fuse_value", "removals"): 4.0,
        ("fuse_value", "changed.name"): 1.0,
        ("fuse_limit", "removals"): 3.0,
        ("fuse_limit", "changed.name"): 6.0,
    }


def test_a_run_that_came_nowhere_has_its_end_all_the_same() -> None:
    samples = samples_of(a_report(exit_code=4, changes=(), problems=(), warnings=(), fuses=()))
    assert samples["last_run_exit_code",] == 4.0
    assert samples["problems",] == 0.0
    assert not [name for name, *_ in samples if name.startswith("fuse")]


def test_a_label_can_hold_any_text() -> None:
    assert samples_of(a_hostile_report())["fuse_tripped", f"emptied.profile.{HOSTILE}"] == 1.0
