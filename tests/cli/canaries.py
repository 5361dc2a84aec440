"""What the tests' people and their subsite's secret are known by, and the search for it where it may not stand."""

from pathlib import Path

SECRET = "geheim-7f3a91c2e5"  # looked for in everything that a process wrote
PERSONAL = ("kanarie", "@gemeente.test")  # in the names, e-mails and profile values of those who are synced


def assert_names_nobody(content: str | bytes, where: object, *more: str, folder: Path | None = None) -> None:
    """Fail where the secret, personal data or one of `more` stands in this, in any case.

    The path of the test's own folder may stand there: it names whoever runs the tests, who may be called anything.
    """
    searched = content.encode() if isinstance(content, str) else content
    if folder is not None:
        searched = searched.replace(str(folder).encode(), b"FOLDER")
    found = [canary for canary in (SECRET, *PERSONAL, *more) if canary.lower().encode() in searched.lower()]
    assert not found, f"{where} holds {found}"
