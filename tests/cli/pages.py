"""The documentation as data: its pages, and their fenced blocks, anchors and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text without the indentation of the list that it stands in, its line."""

    language: str
    text: str
    line: int


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """Yield the page's blocks in these languages, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCED.finditer(text):
        if found["language"] in languages:
            yield Block(found["language"], dedent(found["text"]), text.count("\n", 0, found.start()) + 1)


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return what a link to the page can have behind its `#`."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(page))}


def relative_links(page: Path) -> list[str]:
    """Return the page's links that stay in this repository."""
    return [link for link in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]


def _anchor(heading: str) -> str:
    """Make an anchor as GitHub does: lower case, no punctuation, dashes for blanks."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")
