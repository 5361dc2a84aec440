"""What a spreadsheet's number looks like in the format of its cell: padding zeros, digits, dates as ISO.

What depends on the country is left out: thousands are not grouped, and the decimal sign is a point.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

Formatter = Callable[[str], str]
"""Takes a number as the file stores it, and returns what the cell shows."""

BUILT_IN_FORMATS = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    22: "m/d/yy h:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    46: "[h]:mm:ss",
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 47, 55, 56), "h:mm:ss"),
}
"""The formats that files name by number only."""

_MOST_DIGITS = 15
"""A spreadsheet keeps no more digits; the rest of a longer number is lost."""

_LAST_DAY = 2_958_465
_SECONDS_A_DAY = 86_400
_NOT_SHOWN = "########"
"""What a spreadsheet shows for a date before its first or after its last day."""

_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*)(?:;|\Z)')
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[([^\]]*)\]|(General)|(.)', re.IGNORECASE)
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color *\d+", re.IGNORECASE)


def formatter(code: str, *, uses_1904: bool) -> Formatter:
    """Return what shows numbers in this format; `uses_1904` counts days from 1904, as older Macs did."""
    sections = _sections(code)
    symbols = _ASIDE.sub("", sections[0]).lower()
    if "general" not in symbols and re.search(r"[dmyhs]", symbols):
        return _date_formatter(symbols, uses_1904=uses_1904)
    return _pattern_formatter(sections)


def _sections(code: str) -> list[str]:
    """Return a format's sections for numbers above, below and at zero, as far as it has them."""
    sections = [match[1] for match in _SECTION.finditer(code)] if code else ["General"]
    if len(sections) > 1 and not code.endswith(";"):
        sections.pop()  # what the expression finds at the very end
    return sections[:3]


def _digits(number: Decimal) -> str:
    """Return a number's digits, with an exponent if it has more of them than are kept."""
    if abs(number) >= 10**_MOST_DIGITS:
        mantissa, _, exponent = f"{number:.{_MOST_DIGITS - 1}E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    rounded = Decimal(f"{float(number):.{_MOST_DIGITS}g}")
    text = f"{rounded:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if rounded else "0"


def _date_formatter(symbols: str, *, uses_1904: bool) -> Formatter:
    has_time = "h" in symbols or "s" in symbols
    has_day = "d" in symbols or "y" in symbols or "mmm" in symbols or not has_time

    def show(value: str) -> str:
        number = Decimal(value)
        if not number.is_finite() or not 0 <= number <= _LAST_DAY + 1:
            return _NOT_SHOWN
        seconds = int((number * _SECONDS_A_DAY).quantize(Decimal(1), ROUND_HALF_UP))
        days, rest = divmod(seconds, _SECONDS_A_DAY)
        time = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        if not has_day:
            return f"{seconds // 3600:02}{time[2:]}" if "[" in symbols else time
        day = _day(days, uses_1904=uses_1904)
        return f"{day}T{time}" if has_time and rest else day

    return show


def _day(days: int, *, uses_1904: bool) -> str:
    if uses_1904:
        first = datetime(1904, 1, 1)  # any day
    elif days == 60:
        return "1900-02-29"  # a day that spreadsheets count, but that never existed
    else:
        first = datetime(1899, 12, 31 if days < 60 else 30)  # as above
    try:
        return (first + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return _NOT_SHOWN


class _Pattern(Struct, frozen=True):
    """One section of a format. Items are literal texts, and `0`, `#` and `?` as single placeholders before them."""

    whole: tuple[tuple[str, bool], ...]
    decimals: tuple[tuple[str, bool], ...]
    factor: Decimal = Decimal(1)

    def show(self, number: Decimal) -> str:
        places = sum(is_digit for _, is_digit in self.decimals)
        exact = Decimal(f"{float(number * self.factor):.{_MOST_DIGITS}g}")
        text = f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
        whole, _, decimals = text.partition(".")
        return self._show_whole(whole.lstrip("0")) + self._show_decimals(decimals)

    def _show_whole(self, digits: str) -> str:
        shown: list[str] = []
        left = sum(is_digit for _, is_digit in self.whole)
        for item, is_digit in reversed(self.whole):
            if not is_digit:
                shown.append(item)
                continue
            left -= 1
            taken = (digits if left == 0 else digits[-1:]) or {"0": "0", "?": " "}.get(item, "")
            digits = digits[:-1]
            shown.append(taken)
        return "".join(reversed(shown))

    def _show_decimals(self, digits: str) -> str:
        left = list(digits)
        for item in reversed([item for item, is_digit in self.decimals if is_digit]):
            if item != "#" or left[-1] != "0":
                break
            left.pop()
        texts = iter(left)
        text = "".join(next(texts, "") if is_digit else item for item, is_digit in self.decimals)
        return f".{text}" if left else text


def _pattern_formatter(sections: list[str]) -> Formatter:
    patterns = [_compile(section) for section in sections]
    least = 1 if sections[0].lower() == "general" else len(sections[0]) if set(sections[0]) == {"0"} else 0

    def show(value: str) -> str:
        # Most are whole numbers in such a format, which need no more than zeros before them.
        if least and len(sections) == 1 and value.isdecimal() and len(value) <= _MOST_DIGITS:
            return value.zfill(least)
        number = Decimal(value)
        if not number.is_finite():
            return "#NUM!"
        index = 1 if number < 0 and len(patterns) > 1 else 2 if number == 0 and len(patterns) > 2 else 0
        pattern = patterns[index]
        if pattern is None or abs(number) >= 10**_MOST_DIGITS:
            return _digits(number)
        sign = "-" if number < 0 and index == 0 else ""
        return f"{sign}{pattern.show(abs(number))}".strip()

    return show


def _compile(section: str) -> _Pattern | None:
    """Return the pattern; None if it is not one of digits: then the number's own digits will do."""
    whole: list[tuple[str, bool]] = []
    decimals: list[tuple[str, bool]] = []
    items = whole
    factor = Decimal(1)
    for match in _TOKEN.finditer(section):
        quoted, escaped, currency, bracketed, general, character = match.groups()
        literal = quoted or escaped or currency
        if general:
            return _general(section)
        if bracketed is not None and not _COLOUR.fullmatch(bracketed):
            return None
        if literal:
            items.append((literal, False))
        elif character == "." and items is whole:
            items = decimals
        elif character == ",":
            factor /= 1000 if _scales(section, match.end(), items) else 1
        elif character is not None:
            if character.isalpha() or character in "/@":
                return None
            factor *= 100 if character == "%" else 1
            items.append((character, character in "0#?"))
    is_of_digits = any(is_digit for _, is_digit in whole)
    return _Pattern(tuple(whole), tuple(decimals), factor) if is_of_digits else None


def _scales(section: str, end: int, items: list[tuple[str, bool]]) -> bool:
    """Tell whether a comma divides by a thousand: it is after the last digit, and does not group them."""
    return any(is_digit for _, is_digit in items) and not re.match(r"[0#?,]*[0#?]", section[end:])


def _general(section: str) -> _Pattern | None:
    """Return the pattern of `"P"General`: the digits as they are, with the texts around them."""
    before, _, after = re.sub("general", "General", section, flags=re.IGNORECASE).partition("General")
    start, end = _compile(f"{before}#"), _compile(f"#{after}")
    if start is None or end is None:
        return None
    return _Pattern((*start.whole[:-1], ("0", True), *end.whole[1:]), (("#", True),) * 9)
