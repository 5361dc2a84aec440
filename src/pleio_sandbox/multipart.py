"""Finding one file in a multipart body. Any other part is passed over."""

from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file part: its name as sent, and its bytes."""

    file_name: str
    content: bytes


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)


def find_upload(content_type: str, body: bytes, name: str) -> Upload | None:
    """Find the last file part of this name that was sent whole; None where there is none, or no multipart at all."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary or not body:
        return None
    upload = None
    for part in _whole_parts(boundary, body):
        _, disposition = parse_options_header(part.headers.get(b"content-disposition"))
        file_name = disposition.get(b"filename", b"").decode(errors="replace")
        if disposition.get(b"name") == name.encode() and file_name:
            upload = Upload(file_name=file_name, content=bytes(part.content))
    return upload


def _whole_parts(boundary: bytes, body: bytes) -> list[_Part]:
    parts: list[_Part] = []
    open_parts: list[_Part] = []
    header_name = bytearray()
    header_value = bytearray()

    def on_header_end() -> None:
        open_parts[-1].headers[bytes(header_name).lower()] = bytes(header_value)
        header_name.clear()
        header_value.clear()

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": lambda: open_parts.append(_Part()),
            "on_header_field": lambda data, start, end: header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: header_value.extend(data[start:end]),
            "on_header_end": on_header_end,
            "on_part_data": lambda data, start, end: open_parts[-1].content.extend(data[start:end]),
            "on_part_end": lambda: parts.append(open_parts.pop()),
        },
    )
    try:
        parser.write(body)
        parser.finalize()
    except MultipartParseError:
        return []
    # A part that was begun and not ended: the body broke off, and nothing of it counts.
    return [] if open_parts else parts
