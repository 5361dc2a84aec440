"""Write the corpus to `files`: every case's bytes under its name. `test_corpus` reads them, and compares with this.

python -m tests.corpus.make_corpus
"""

from pathlib import Path

from tests.corpus import encodings, layouts, rows
from tests.corpus.case import Case

FOLDER = Path(__file__).parent / "files"
CASES: dict[str, Case] = {**encodings.cases(), **layouts.cases(), **rows.cases()}


def main() -> None:
    """Write the files, and take away what is no case any more."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name not in CASES:
            path.unlink()
    for name, case in CASES.items():
        (FOLDER / name).write_bytes(case.data)


if __name__ == "__main__":
    main()
