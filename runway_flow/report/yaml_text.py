"""Plain values as the YAML that an author would write; only what steps to paste need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_INNER = re.compile(r"[A-Za-z][\w ./-]*|[0-9]+:[0-9]+|[0-9]+[pk]")
"""Texts that need no quotes wherever they stand."""

_PLAIN = re.compile(_INNER.pattern + r"|[A-Za-z][\w ,./:()-]*[\w.]")
"""Texts that need none at the end of a line."""

_NOT_TEXT = frozenset(("true", "false", "null", "yes", "no", "on", "off"))
"""What YAML, in one version or another, reads as something else than text."""


def yaml_lines(value: Mapping[str, object], indent: int = 0) -> Iterator[str]:
    """Write a mapping in block style, a line for each of its keys; lists of plain values on one line."""
    space = " " * indent
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield f"{space}{key}:"
            yield from yaml_lines(item, indent + 2)
        elif isinstance(item, list) and any(isinstance(each, Mapping) for each in item):
            yield f"{space}{key}:"
            yield from (f"{space}  - {_inline(each)}" for each in item)
        else:
            yield f"{space}{key}: {_scalar(item, _PLAIN) if isinstance(item, str) else _inline(item)}"


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_inline(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return _scalar(value, _INNER) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str, plain: re.Pattern[str]) -> str:
    is_plain = plain.fullmatch(text) and text.lower() not in _NOT_TEXT and ": " not in text
    return text if is_plain and text == text.strip() else json.dumps(text, ensure_ascii=False)
