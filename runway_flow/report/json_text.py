"""JSON as text that a stream can take, and a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from runway_flow.report.terminal import UNPRINTABLE

if TYPE_CHECKING:
    import re

_LAST_OF_16_BITS = 0xFFFF


def json_text(data: object, stream: TextIO, *, indent: int | None = None) -> str:
    """Write data as JSON that the stream can take: escaped where its encoding is not UTF-8."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
    text = json.dumps(data, ensure_ascii=encoding not in ("utf8", "utf8sig"), indent=indent)
    return text if text.isascii() and "\x7f" not in text else UNPRINTABLE.sub(_escape, text)


def _escape(sign: re.Match[str]) -> str:
    """Escape what JSON leaves alone and a terminal obeys; between the values there are only line feeds."""
    code = ord(sign[0])
    if code > _LAST_OF_16_BITS:
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return f"\\u{code:04x}"
