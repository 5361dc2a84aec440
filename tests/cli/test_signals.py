"""SIGINT and SIGTERM: at once where nothing is under way, in an orderly way in a run."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from pleio_profile_sync_client.cli.process import StopSignals
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.cli.process import Command
from tests.cli.town import Town

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX knows them")
STATUSES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
NUMBERS = {getattr(signal, name): status for name, status in STATUSES.items() if hasattr(signal, name)}
SIGNALS = pytest.mark.parametrize(("number", "status"), NUMBERS.items())


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    """What takes this process' signals, until the test ends."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in NUMBERS}
    signals = StopSignals()
    signals.install()
    yield signals
    for number, handler in before.items():
        signal.signal(number, handler)


def test_without_a_signal_nothing_stops(signals: StopSignals) -> None:
    assert (signals.exit_status, signals.reason) == (None, None)


@SIGNALS
def test_a_signal_ends_the_process_while_nothing_is_under_way(signals: StopSignals, number: int, status: int) -> None:
    with pytest.raises(SystemExit) as raised:
        signal.raise_signal(number)

    assert raised.value.code == status


@SIGNALS
def test_a_signal_is_noted_while_a_run_is_under_way(signals: StopSignals, number: int, status: int) -> None:
    with signals.deferred():
        signal.raise_signal(number)

        assert signals.exit_status == status
        assert signals.reason == f"stopped by {signal.Signals(number).name}"


@SIGNALS
def test_a_signal_changes_nothing_once_the_run_has_said_how_it_ended(
    signals: StopSignals, number: int, status: int
) -> None:
    with signals.deferred():
        pass
    signal.raise_signal(number)

    assert signals.exit_status is None


def test_the_first_signal_counts(signals: StopSignals) -> None:
    with signals.deferred():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    assert signals.exit_status == 130


@SIGNALS
def test_a_wait_that_cannot_be_cut_short_is_ended_at_once(signals: StopSignals, number: int, status: int) -> None:
    with signals.deferred():
        with pytest.raises(SystemExit) as raised, signals.at_once():
            signal.raise_signal(number)
        signal.raise_signal(signal.SIGTERM)  # is deferred again

    assert raised.value.code == status


def test_a_wait_that_cannot_be_cut_short_does_not_begin_after_a_signal(signals: StopSignals) -> None:
    begun = False
    with signals.deferred():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit), signals.at_once():
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
        from pleio_profile_sync_client.cli.process import StopSignals
        signals = StopSignals()
        signals.install()
        with signals.deferred():
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


def test_what_is_ignored_stays_ignored_as_under_nohup(signals: StopSignals) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.install()
    signal.raise_signal(signal.SIGHUP)
    assert signals.exit_status is None
