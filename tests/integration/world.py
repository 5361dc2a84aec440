"""A whole world for a sync in one process: a source file, a sandbox and a state, and runs over real HTTP."""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from msgspec import Struct

from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.settings.models import Settings, SourceSettings
from pleio_profile_sync_client.settings.secret import Secret
from pleio_profile_sync_client.sync.origins import SourceOrigin
from pleio_profile_sync_client.sync.parts import Timing
from pleio_profile_sync_client.sync.run import run
from pleio_sandbox.records import SiteSettings
from pleio_sandbox.server import RunningSandbox
from tests.signals import FakeSignals
from tests.truth import check_truth

COMMAND = Path(sys.executable).with_name("pleio-profile-sync-client")
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where a state that is written for good is written at once, if there is such a folder."""
HEADERS = ("external_id", "name", "email", "avatar", "groups", "profile.occupation", "profile.phone")
NO_PAUSES = Timing(sleep=lambda _s: None)


class Interrupted:
    """A progress that does something at the beginning of a phase: what others do to source or subsite meanwhile."""

    def __init__(self, before: Mapping[str, Callable[[], object]]) -> None:
        self._before = before

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        del total
        self._before.get(what, lambda: None)()
        yield lambda _done: None


class Run(Struct, frozen=True):
    """What a run left: exit status, report, log, and the writes that the sandbox saw (log uploads apart)."""

    exit_status: int
    report: dict[str, Any]
    log: str
    writes: list[tuple[str, str, int | None]]
    statuses: list[int | None]

    def codes(self, kind: str = "problems") -> list[str]:
        return [finding["code"] for finding in self.report[kind]]

    def lines_told(self) -> set[int]:
        """The lines that a problem or a warning is about."""
        return {
            finding["line"] for kind in ("problems", "warnings") for finding in self.report[kind] if finding["line"]
        }


class World:
    """Use it in a `with`."""

    def __init__(self, site: SiteSettings | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="world-", dir=IN_MEMORY)
        self.folder = Path(self._folder.name)
        self.source = self.folder / "users.csv"
        self.state = self.folder / "state.sqlite3"
        self.sandbox = RunningSandbox(settings=site)

    def __enter__(self) -> "World":
        self.sandbox.start()
        for field in ("occupation", "phone"):
            self.sandbox.store.add_profile_field(field)
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.stop()
        self._folder.cleanup()

    def write(self, rows: list[Mapping[str, str]], headers: tuple[str, ...] = HEADERS) -> None:
        """Write the source; line 2 is the first row's."""
        text = io.StringIO()
        writer = csv.DictWriter(text, headers, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.source.write_text(text.getvalue(), encoding="utf-8")

    def sync(
        self,
        *,
        timing: Timing = NO_PAUSES,
        before: Mapping[str, Callable[[], object]] | None = None,
        signals: FakeSignals | None = None,
        max_source_age_s: float | None = None,
        **options: Any,
    ) -> Run:
        """Run a sync with these settings, the policy's named as there; `before` is called when a phase begins."""
        report = self.folder / "report.json"
        policy = {name: options.pop(name) for name in list(options) if name in Policy.__struct_fields__}
        settings = Settings(
            source=SourceSettings(str(self.source), max_age_s=max_source_age_s),
            destination=self.sandbox.url,
            secret=Secret(self.sandbox.secret),
            policy=Policy(**policy),
            state=self.state,
            reports=(report,),
            **options,
        )
        self.sandbox.requests.clear()
        log = io.StringIO()
        with redirect_stdout(log):
            status = run(
                settings,
                SourceOrigin(settings),
                signals=signals or FakeSignals(),
                progress=Interrupted(before or {}),
                timing=timing,
            )
        requests = list(self.sandbox.requests)
        writes = [
            (request.method, request.path.removeprefix("/profile_sync_api"), request.status)
            for request in requests
            if request.method != "GET" and not request.path.endswith("/logs")
        ]
        reported = json.loads(report.read_bytes())
        check_truth(status, reported)
        return Run(status, reported, log.getvalue(), writes, [each.status for each in requests])

    def kill(self, *options: str, after_requests: int) -> None:
        """Run the command with these options, and kill it when the sandbox has seen so many requests.

        What the sandbox was still doing is done when this returns.
        """
        self.sandbox.requests.clear()
        places = ("--source", str(self.source), "--destination", self.sandbox.url, "--state", str(self.state))
        with subprocess.Popen(
            [COMMAND, *places, *options],
            env={"API_SECRET": self.sandbox.secret, "HOME": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            while self.sandbox.requests.begun < after_requests and process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.002)
            process.kill()
        # What the process had sent is read before this request, which comes later.
        with urlopen(self.sandbox.pages_url):
            pass
        assert self.sandbox.requests.wait_for(lambda traffic: traffic.in_flight == 0)
