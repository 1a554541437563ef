"""Sizes and ages as a command line gives them."""

from __future__ import annotations

import re

from runway_flow.kernel.amounts import parse_seconds
from runway_flow.kernel.errors import UsageError

_UNITS = {"": 1, "b": 1} | {
    f"{prefix}{ending}": base**power
    for power, prefix in enumerate("kmgt", 1)
    for ending, base in (("", 1000), ("b", 1000), ("ib", 1024))
}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})")


def parse_size(text: str | None, name: str) -> int | None:
    """Read `500MB`, `20 GB`, `1.5GiB`, a number of bytes. Raises `UsageError`."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None or found.group(2) not in _UNITS:
        raise UsageError(f"{name} takes a size, not `{text}`", hint="for example 500MB or 20GB")
    return int(float(found.group(1)) * _UNITS[found.group(2)])


def parse_age(text: str | None, name: str) -> float | None:
    """Read `30d`, `12h` as seconds; a number needs its unit. Raises `UsageError`."""
    if text is None:
        return None
    seconds = None if text.strip()[-1:].isdigit() else parse_seconds(text)
    if seconds is None:
        raise UsageError(f"{name} takes an age, not `{text}`", hint="for example 30d or 12h")
    return seconds
