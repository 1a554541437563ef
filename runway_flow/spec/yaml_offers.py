"""What to write instead: the author's own text in quotes or as a block."""

from __future__ import annotations

import re

_EXPRESSION = re.compile(r"\$\{\{.*?(?:\}\}|$)")


def is_prose(text: str) -> bool:
    """Tell whether a text reads like a sentence: white space in it, expressions left out."""
    return bool(re.search(r"\S\s+\S", _EXPRESSION.sub("x", text)))


def first_text(rest: str) -> str:
    """Give the text that begins a stretch of a `{…}` or `[…]`: up to the next comma or bracket."""
    return re.split(r"[,}\]]", rest, maxsplit=1)[0].strip()


def in_quotes(text: str) -> str:
    """Write a text of one line as a quoted YAML scalar, with as few escapes as possible."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def offer_quotes(key: str | None, text: str) -> str:
    """Give the advice to quote a text, with the line as it would be."""
    line = in_quotes(text) if key is None else f"{key}: {in_quotes(text)}"
    return f"put it in quotes: `{line}`"


def offer(key: str | None, text: str) -> str:
    """Give the advice that fits a text: quotes, or for prose after a key a `|` block."""
    text = text.strip()
    if key is None or not is_prose(text):
        return offer_quotes(key, text)
    return f"put the text in quotes, or write it as a block:\n{key}: |\n  {text}"
