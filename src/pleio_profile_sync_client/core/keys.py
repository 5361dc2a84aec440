"""How external_ids and e-mails are compared, and how values are remembered without keeping them."""

import unicodedata
from hashlib import blake2b


def key(text: str | None) -> str:
    """Return the form in which external_ids and e-mails compare: trimmed, NFKC, lower case; empty for none.

    The subsite compares both without regard to case (`POST /users`, observed) and trims them. Full-width letters,
    ligatures and letters with separate accents are the same to whoever types them.
    """
    if not text:
        return ""
    if text.isascii():
        wanted = text.strip().lower()
    else:
        wanted = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().lower())
    return text if wanted == text else wanted  # most are keys already: one text is kept instead of two


def digest(salt: bytes, text: str) -> bytes:
    """Return 16 bytes that tell whether a value is the same as one before, without holding the value."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=16).digest()
