"""Web pages that come instead of an answer of the API; of use only for their status, type and size."""

from typing import Final


def _page(title: str, text: str, *, length: int) -> str:
    """Make a page of exactly this many characters."""
    head = f"<!doctype html>\n<html lang=nl>\n<head><meta charset=utf-8><title>{title}</title></head>\n<body>\n"
    start, end = f"{head}<h1>{title}</h1>\n<p>{text}</p>\n<!-- ", " -->\n</body>\n</html>\n"
    return f"{start}{'.' * (length - len(start) - len(end))}{end}"


WEB_PAGE: Final = _page("Testdam", "De website van de deelsite.", length=7500)
"""The site's own page, for a GET of a path that is not the API's."""

CSRF_PAGE: Final = _page("403 Forbidden", "CSRF verification failed. Request aborted.", length=1019)
"""What a POST or DELETE to a path that is not the API's gets; not to be confused with the API's own 403."""

LOGIN_PAGE: Final = _page("Inloggen", "Deze site is gesloten. Log in om verder te gaan.", length=2400)
"""The wall of a closed site."""

PLACEHOLDER_PAGE: Final = _page("Pleio", "Deze site is niet gevonden.", length=1235)
"""What a host that no site has is answered with."""
