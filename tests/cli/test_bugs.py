"""What nobody foresaw: exit status 70, with a line that can be sent on, and nothing in it that may not be."""

from pleio_profile_sync_client import __version__
from tests.cli.canaries import SECRET
from tests.cli.process import Command


def test_a_bug_is_told_without_its_text(command: Command) -> None:
    broken = command.folder / "broken"
    broken.mkdir()
    (broken / "msgspec.py").write_text(f"raise LookupError('{SECRET} of jan@gemeente.test')", "utf-8")
    line = ("--source", "a.csv", "--destination", "https://gemeente.test/")

    ended = command(*line, environ={"PYTHONPATH": str(broken), "API_SECRET": SECRET})

    assert ended.status == 70
    assert ended.out == ""
    assert ended.error.startswith("Error: a bug: LookupError at cli/main.py:")
    assert __version__ in ended.error
    assert "gemeente" not in ended.err
    assert "Traceback" not in ended.err
    assert "/issues" in ended.err.splitlines()[1]
