"""A console that goes away does not end a run."""

import subprocess
import sys

LOG_INTO_A_CLOSED_PIPE = """
import logging, sys
from pleio_profile_sync_client.runlog.configuration import configure
log = logging.getLogger("pleio_profile_sync_client.tests")
with configure(run="run-1", stream=sys.stdout, secret=""):
    log.info("first")
    sys.stdin.readline()
    for number in range(20_000):
        log.info("number %d", number)
print("the run went on", file=sys.stderr)
"""


def test_a_run_goes_on_silently_when_nobody_reads_its_log_any_more() -> None:
    command = [sys.executable, "-c", LOG_INTO_A_CLOSED_PIPE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith("first\n")
        process.stdout.close()
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stderr.read() == "the run went on\n"
        assert process.wait() == 0
