"""How the names of a directory's entries compare: whatever their case, blanks and ways of escaping."""

import re

_PAIR = re.compile(r"\\([0-9a-fA-F]{2})|\\(.)", re.DOTALL)


def dn_key(name: str) -> str:
    """Return the form in which two spellings of a DN are equal: types and values in lower case, no blanks around."""
    return ",".join("+".join(sorted(_part_key(part) for part in _split(one, "+"))) for one in _split(name, ","))


def _part_key(part: str) -> str:
    kind, _, value = part.partition("=")
    return f"{kind.strip().lower()}={_escaped(_unescaped(_stripped(value)))}"


def _split(text: str, separator: str) -> list[str]:
    parts, start, is_quoted, position = [], 0, False, 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == '"':
            is_quoted = not is_quoted
        elif not is_quoted and (character == separator or (separator == "," and character == ";")):
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _stripped(value: str) -> str:
    value = value.lstrip()
    end = len(value.rstrip())
    backslashes = len(value[:end]) - len(value[:end].rstrip("\\"))
    value = value[: end + (backslashes % 2)]  # a blank that is escaped stays
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    raw = bytearray()
    end = 0
    for match in _PAIR.finditer(value):
        raw += value[end : match.start()].encode("utf-8", "surrogatepass")
        raw += bytes.fromhex(match[1]) if match[1] else match[2].encode("utf-8", "surrogatepass")
        end = match.end()
    raw += value[end:].encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "replace")


def _escaped(value: str) -> str:
    folded = " ".join(value.casefold().split(" ")) if value.strip() else value.casefold()
    return re.sub(r"([,+\\;=\"])", r"\\\1", re.sub(r" {2,}", " ", folded))
