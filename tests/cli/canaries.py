"""What the tests' people and their subsite's secret are known by, and the search for it where it may not stand."""

SECRET = "geheim-7f3a91c2e5"  # looked for in everything that a process wrote
PERSONAL = ("kanarie", "@gemeente.test")  # in the names, e-mails and profile values of those who are synced


def assert_names_nobody(content: str | bytes, where: object, *more: str) -> None:
    """Fail where the secret, personal data or one of `more` stands in this, in any case."""
    searched = (content.encode() if isinstance(content, str) else content).lower()
    found = [canary for canary in (SECRET, *PERSONAL, *more) if canary.lower().encode() in searched]
    assert not found, f"{where} holds {found}"
