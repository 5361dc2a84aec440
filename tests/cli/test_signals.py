"""SIGINT and SIGTERM: at once where nothing is under way, in an orderly way in a run."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from pleio_profile_sync_client.cli.process import StopSignal
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.cli.process import Command
from tests.cli.town import Town

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX knows them")
STATUSES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
NUMBERS = {getattr(signal, name): status for name, status in STATUSES.items() if hasattr(signal, name)}
SIGNALS = pytest.mark.parametrize(("number", "status"), NUMBERS.items())


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    """A stop signal that has this process' signals, until the test ends."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in NUMBERS}
    stop = StopSignal()
    stop.install()
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def test_without_a_signal_nothing_stops(stop: StopSignal) -> None:
    assert not stop.is_set()
    assert not stop.wait(0)
    assert (stop.exit_status, stop.reason) == (None, None)


@SIGNALS
def test_a_signal_ends_the_process_while_nothing_is_under_way(stop: StopSignal, number: int, status: int) -> None:
    with pytest.raises(SystemExit) as raised:
        signal.raise_signal(number)

    assert raised.value.code == status


@SIGNALS
def test_a_signal_is_noted_while_a_run_is_under_way(stop: StopSignal, number: int, status: int) -> None:
    with stop.deferred():
        signal.raise_signal(number)

        assert stop.is_set()
        assert stop.wait(0)
        assert stop.exit_status == status
        assert stop.reason == f"stopped by {signal.Signals(number).name}"


def test_the_first_signal_counts(stop: StopSignal) -> None:
    with stop.deferred():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    assert stop.exit_status == 130


@SIGNALS
def test_a_wait_that_cannot_be_cut_short_is_ended_at_once(stop: StopSignal, number: int, status: int) -> None:
    with stop.deferred():
        with pytest.raises(SystemExit) as raised, stop.at_once():
            signal.raise_signal(number)
        signal.raise_signal(signal.SIGTERM)  # is deferred again

    assert raised.value.code == status


def test_a_wait_that_cannot_be_cut_short_does_not_begin_after_a_signal(stop: StopSignal) -> None:
    begun = False
    with stop.deferred():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit), stop.at_once():
            begun = True

    assert not begun


@SIGNALS
def test_the_process_ends_with_the_signals_status(command: Command, number: int, status: int) -> None:
    with command.start("sandbox", "--port", "0") as process:
        _await_line(process, "Ctrl-C ends it.")
        process.send_signal(number)
        process.communicate(timeout=60)

    assert process.returncode == status


@SIGNALS
def test_a_list_that_does_not_come_is_not_waited_for(
    command: Command, sandbox: RunningSandbox, number: int, status: int
) -> None:
    town = Town(command, sandbox, people=3)
    town.write(1)
    sandbox.faults = Faults(shares={Fault.HANG: 1.0})
    with town.start() as process:
        assert sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1)
        process.send_signal(number)
        process.communicate(timeout=20)  # far less than an answer may take
    sandbox.release()

    assert process.returncode == town.reported()["exit_code"] == status
    assert [finding["code"] for finding in town.reported()["problems"]] == []


def _await_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    assert process.stdout is not None
    assert f"{wanted}\n" in iter(process.stdout.readline, "")  # which is the end of the output


def test_a_second_sigint_ends_even_a_run_that_does_not_come_to_an_end() -> None:
    program = """
        import signal
        from pleio_profile_sync_client.cli.process import StopSignal
        stop = StopSignal()
        stop.install()
        with stop.deferred():
            signal.raise_signal(signal.SIGTERM)
            print("noted", flush=True)
            signal.raise_signal(signal.SIGINT)
            print("never seen", flush=True)
    """

    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, encoding="utf-8", check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (143, "noted\n", "")


@SIGNALS
@pytest.mark.parametrize(
    "module", ["click", "pleio_profile_sync_client.cli.commands", "pleio_profile_sync_client.cli.sync"]
)
def test_a_signal_while_the_command_is_loaded_ends_it_without_a_traceback(
    command: Command, number: int, status: int, module: str
) -> None:
    program = f"""
        import signal, sys
        from pleio_profile_sync_client.__main__ import run
        class Loading:
            def find_spec(self, name, path=None, target=None):
                if name == "{module}":
                    signal.raise_signal({int(number)})
        sys.meta_path.insert(0, Loading())
        sys.exit(run())
    """

    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=command.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


def test_what_is_ignored_stays_ignored_as_under_nohup(stop: StopSignal) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop.install()
    signal.raise_signal(signal.SIGHUP)
    assert stop.exit_status is None
