"""What each exit status stands for, shown by the process."""

import signal

import pytest

from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.cli.process import Command
from tests.cli.town import Town


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """Thirty people on the subsite, all of them in the source."""
    town = Town(command, sandbox, people=30)
    town.write(*range(30))
    return town


def _changing_requests(town: Town) -> list[str]:
    return [request.path for request in town.sandbox.requests.writes()]


def test_0_in_sync(town: Town) -> None:
    assert town.sync().status == 0
    assert town.reported()["exit_code"] == 0
    assert _changing_requests(town) == []


def test_1_done_but_with_problems(town: Town) -> None:
    with town.write(*range(29)).open("a", encoding="utf-8") as source:
        source.write("00099,Kanarie Zonder Adres,,Kanarievak\n")

    ended = town.sync()

    assert ended.status == 1
    assert "Line 31: " in ended.out
    assert [problem["code"] for problem in town.reported()["problems"]] == ["missing_email"]


def test_0_with_accepted_problems_alone(town: Town) -> None:
    with town.write(*range(29)).open("a", encoding="utf-8") as source:
        source.write("00099,Kanarie Zonder Adres,,Kanarievak\n")
    assert town.sync("--accept", "missing_email").status == 0


def test_1_a_failed_change(town: Town) -> None:
    town.write(*range(31))
    town.sandbox.next_faults([Fault.SERVER_ERROR], method="POST", paths="/users$")

    ended = town.sync()

    assert ended.status == 1
    assert [change["outcome"] for change in town.reported()["changes"]] == ["failed"]


def test_2_wrong_use_sends_nothing_and_leaves_no_report(town: Town) -> None:
    assert town.sync("--ban", "--delete").status == 2
    assert len(town.sandbox.requests) == 0
    assert not town.report.exists()


def test_3_a_fuse_refuses_and_only_the_log_is_sent(town: Town) -> None:
    town.write(*range(5))

    ended = town.sync("--ban")

    assert ended.status == 3
    assert "--max-removals 25" in ended.out
    assert _changing_requests(town) == []
    assert "refuses the plan" in town.sandbox.store.logs.text()
    assert {change["outcome"] for change in town.reported()["changes"]} == {"not_attempted"}


def test_3_in_a_dry_run_too(town: Town) -> None:
    town.write(*range(5))
    assert town.sync("--ban", "--dry-run").status == 3
    assert {change["outcome"] for change in town.reported()["changes"]} == {"planned"}


def test_4_an_unusable_source_sends_nothing(town: Town) -> None:
    (town.command.folder / "users.csv").write_text("name;telephone\nJan;1\n", "utf-8")
    ended = town.sync()
    assert ended.status == 4
    assert "email" in ended.out
    assert len(town.sandbox.requests) == 0


def test_4_the_wrong_secret(town: Town) -> None:
    ended = town.sync(secret="another-secret")
    assert ended.status == 4
    assert "refused the API secret" in ended.out


def test_4_not_this_api(town: Town) -> None:
    town.sandbox.faults = Faults(shares={Fault.PLACEHOLDER: 1.0})
    assert town.sync().status == 4


def test_4_no_time_left(town: Town) -> None:
    town.write(*range(60))
    town.sandbox.faults = Faults(latency_s=0.2)
    ended = town.sync("--max-duration", "1s", "--max-creates", "60")
    assert ended.status == 4
    assert town.reported()["counts"]["not_attempted"] > 0


def test_4_no_time_left_for_standard_input_that_does_not_end(town: Town) -> None:
    with town.start("--source", "-", "--max-duration", "1s") as process:
        status = process.wait(timeout=45)
        assert process.stdout is not None
        assert "Standard input did not end" in process.stdout.read()

    assert (status, town.reported()["exit_code"]) == (4, 4)


def test_only_the_reports_that_were_written_are_named(town: Town) -> None:
    folder = town.command.folder / "full"
    folder.mkdir()
    town.sandbox.next_faults([Fault.HANG], method="GET")
    with town.start("--report", "full/run.html") as process:
        assert town.sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1)
        folder.rmdir()
        town.sandbox.release()
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [line.partition("Report:")[2].strip() for line in out.splitlines() if "Report:" in line] == [
        str(town.report)
    ]
    assert "full/run.html could not be written" in out


def test_5_another_run_is_going_on_and_its_report_stays(town: Town) -> None:
    town.report.write_text("the other run's", "utf-8")
    town.write(*range(31))
    town.sandbox.next_faults([Fault.HANG], method="GET")
    with town.start() as first:
        assert town.sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1)
        second = town.sync()
        assert second.status == 5
        assert town.report.read_text("utf-8") == "the other run's"
        town.sandbox.release()
        first.communicate(timeout=60)
    assert first.returncode == 0


def test_2_goes_before_5_and_5_before_4(town: Town) -> None:
    town.sandbox.next_faults([Fault.HANG], method="GET")
    with town.start() as first:
        assert town.sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1)
        town.write(0).write_text("no table", "utf-8")
        assert town.sync("--grace", "7").status == 2
        assert town.sync().status == 5
        town.sandbox.release()
        first.communicate(timeout=60)


def test_4_goes_before_1(town: Town) -> None:
    with town.write(*range(60)).open("a", encoding="utf-8") as source:
        source.write("00099,Kanarie Zonder Adres,,Kanarievak\n")
    town.sandbox.faults = Faults(latency_s=0.2)

    assert town.sync("--max-duration", "1s", "--max-creates", "90").status == 4
    assert town.reported()["counts"]["problems"] == 1


def test_3_goes_before_1(town: Town) -> None:
    with town.write(*range(5)).open("a", encoding="utf-8") as source:
        source.write("00099,Kanarie Zonder Adres,,Kanarievak\n")

    assert town.sync("--ban").status == 3
    assert town.reported()["counts"]["problems"] == 1


SIGNALS = [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)]


@pytest.mark.parametrize(("name", "status"), SIGNALS)
def test_a_signal_goes_before_what_it_makes_of_the_run(town: Town, name: str, status: int) -> None:
    with town.write(*range(90)).open("a", encoding="utf-8") as source:
        source.write("00099,Kanarie Zonder Adres,,Kanarievak\n")
    town.sandbox.faults = Faults(latency_s=0.05, capacity=1)
    with town.start("--max-duration", "3s", "--max-creates", "90") as process:
        assert town.sandbox.requests.wait_for(lambda traffic: len(traffic.writes()) >= 3)
        process.send_signal(signal.Signals[name])
        process.communicate(timeout=60)

    assert process.returncode == town.reported()["exit_code"] == status
    assert town.reported()["counts"]["problems"] == 1


@pytest.mark.parametrize(("name", "status"), SIGNALS)
def test_a_signal_stops_the_run_and_the_next_one_does_the_rest(town: Town, name: str, status: int) -> None:
    town.write(*range(90))
    town.sandbox.faults = Faults(latency_s=0.05, capacity=1)
    with town.start("--max-creates", "90") as process:
        assert town.sandbox.requests.wait_for(lambda traffic: len(traffic.writes()) >= 3)
        process.send_signal(signal.Signals[name])
        process.communicate(timeout=60)
    assert process.returncode == status
    assert town.reported()["exit_code"] == status
    assert town.reported()["counts"]["not_attempted"] > 0

    town.sandbox.faults = Faults()
    assert town.sync("--max-creates", "90").status == 0
    assert len(town.external_ids()) == 90
    town.sandbox.requests.clear()
    assert town.sync().status == 0
    assert _changing_requests(town) == []
