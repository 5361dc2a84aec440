"""One object for equal texts, until there are too many different ones."""

from pleio_profile_sync_client.core.sharing import sharing


def copied(text: str) -> str:
    return "".join(list(text))


def test_equal_texts_become_one_object() -> None:
    texts: dict[str, str] = {}
    first, second = (copied("Beleidsmedewerker") for _ in range(2))
    assert sharing(texts)(first, first) is sharing(texts)(second, second)


def test_texts_of_which_there_are_too_many_are_handed_out_as_they_came() -> None:
    texts = {str(number): str(number) for number in range(50_000)}
    assert sharing(texts)("020-1234567", "020-1234567") == "020-1234567"
    assert len(texts) == 50_000
