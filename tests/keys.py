"""How a person tells that two external_ids or e-mails are the same, written without the client's rule."""

import unicodedata


def key(text: str | None) -> str:
    """Return one spelling for all that differ in case, in blanks around them, or in how accents are composed."""
    return unicodedata.normalize("NFC", text or "").strip().lower()
