"""Make the example's avatars: initials on a coloured disc, as small JPEGs beside `users.csv`."""

import csv
import unicodedata
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent
SIZE = 160
COLOURS = ("#0b6e4f", "#7b2d8b", "#b3541e", "#1d4e89", "#8a1c3b", "#3f6212")


def main() -> None:
    """Write a JPEG for each row that names one."""
    with (FOLDER / "users.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["avatar"]]
    for place, row in enumerate(rows):
        words = [word for word in row["name"].split() if word[0].isupper()]
        initials = "".join(plain(word[0]) for word in (words[0], words[-1]))
        target = FOLDER / row["avatar"]
        target.parent.mkdir(exist_ok=True)
        draw_avatar(initials, COLOURS[place % len(COLOURS)]).save(target, quality=85)


def plain(letter: str) -> str:
    """Return a letter without its accents, which the font lacks."""
    return unicodedata.normalize("NFKD", letter)[0]


def draw_avatar(initials: str, colour: str) -> Image.Image:
    """Return a square picture with the initials in its middle."""
    image = Image.new("RGB", (SIZE, SIZE), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, SIZE - 4, SIZE - 4), fill=colour)
    draw.text((SIZE / 2, SIZE / 2), initials, fill="white", font=ImageFont.load_default(64), anchor="mm")
    return image


if __name__ == "__main__":
    main()
