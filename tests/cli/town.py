"""A subsite with people, and the command that syncs a file into it as a process."""

import csv
import io
import json
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended
from tests.truth import check_truth

FIELDS = ("external_id", "name", "email", "profile.occupation")


class Town:
    """`people` are on the subsite from the beginning; `write` makes the source."""

    def __init__(self, command: Command, sandbox: RunningSandbox, people: int) -> None:
        self.command = command
        self.sandbox = sandbox
        self.report = command.folder / "report.json"
        sandbox.store.add_profile_field("occupation")
        for number in range(people):
            external_id, name, email, occupation = person(number)
            sandbox.store.users.add(external_id=external_id, name=name, email=email, profile={"occupation": occupation})

    def write(self, *numbers: int) -> Path:
        """Write a source of these people."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([FIELDS, *map(person, numbers)])
        path = self.command.folder / "users.csv"
        path.write_text(text.getvalue(), "utf-8")
        return path

    def sync(self, *options: str, secret: str = SECRET) -> Ended:
        """Sync, to the end."""
        ended = self.command(*self.args(*options), environ={"API_SECRET": secret})
        if ended.status not in (2, 5, 70):
            check_truth(ended.status, self.reported())
        return ended

    def start(self, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Begin a sync, which goes on inside the `with`."""
        return self.command.start(*self.args(*options), environ={"API_SECRET": SECRET})

    def reported(self) -> dict[str, Any]:
        """Return the last report."""
        report: dict[str, Any] = json.loads(self.report.read_bytes())
        return report

    def external_ids(self) -> list[str]:
        """Return whose accounts are active."""
        everybody = self.sandbox.store.users.everybody()
        return sorted(user.external_id or "" for user in everybody if not user.is_banned)

    def args(self, *options: str) -> tuple[str, ...]:
        """Return the arguments of a sync."""
        return ("--source", "users.csv", "--destination", self.sandbox.url, "--report", str(self.report), *options)


def person(number: int) -> tuple[str, str, str, str]:
    """Return a made-up person's external_id, name, e-mail and occupation; zeros alone are no external_id."""
    return (
        f"{number or 99_999:05}",
        f"Kanarienaam {number}",
        f"kanarie{number}@gemeente.test",
        f"Kanarievak {number % 3}",
    )
