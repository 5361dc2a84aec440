"""A second line of defence for the secret: whatever is about to be shown is looked through for it.

The first line is that nobody writes it there.
"""

import json
from urllib.parse import quote, quote_plus

from pleio_profile_sync_client.core.text import visible

MASK = "***"
SHORTEST = 8
"""Shorter secrets are not looked for: they would be found in ordinary words and figures."""


class Redactor:
    """Replaces the secrets that it was given, however they are spelled, in any text."""

    def __init__(self, *secrets: str) -> None:
        self._spellings: list[str] = []
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Replace this secret from now on: as it is, and as URLs, JSON, Python and the log would write it."""
        if len(secret) < SHORTEST:
            return
        as_json, as_python = json.dumps(secret)[1:-1], repr(secret)[1:-1]
        as_urls = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
        spellings = {secret, visible(secret), as_json, as_python, *as_urls}
        self._spellings = sorted({*self._spellings, *spellings}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text
