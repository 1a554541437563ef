"""Takes secrets out of text that people, logs and records get to see."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Every pattern starts at a fixed text and cannot meet its own start again: time stays linear.
    (re.compile(r"data:[^\s,\"'<>]{0,200},[^\s\"'<>]*"), "data:…"),
    (re.compile(r"(?i)\bbearer\s{1,9}[^\s\"',;]{4,}"), "Bearer …"),
    (re.compile(r"key_[0-9A-Za-z]{16,}"), "key_…"),
    (re.compile(r"runway://[^\s\"'<>]+"), "runway://…"),
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w.-]+"), "…"),
    (re.compile(r"://[^\s/@\"'<>]+@"), "://…@"),
    (re.compile(r"[?#][^\s\"'<>=?#]*=[^\s\"'<>]*"), "?…"),
)


def redact(text: str, *secrets: str) -> str:
    """Give the text without API keys, bearer tokens, signatures of addresses and data URIs.

    `secrets` are texts that must not appear whatever they look like; empty ones are ignored.
    What stands for a secret is never taken for one: redacting twice changes nothing.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    for pattern, mark in _RULES:
        text = pattern.sub(mark, text)
    return text


def excerpt(text: str, limit: int = 300) -> str:
    """Give the text on one line, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
