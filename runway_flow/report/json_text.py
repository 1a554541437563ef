"""JSON as text that a stream can take."""

from __future__ import annotations

import json
from typing import TextIO


def json_text(data: object, stream: TextIO, *, indent: int | None = None) -> str:
    """Write data as JSON that the stream can take: escaped where its encoding is not UTF-8."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
    return json.dumps(data, ensure_ascii=encoding not in ("utf8", "utf8sig"), indent=indent)
