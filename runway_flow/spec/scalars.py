"""Plain scalars by the YAML 1.2 core schema: which of them are no text, and what they are instead."""

from __future__ import annotations

import math
import re

from runway_flow.kernel.digests import MAX_SAFE_INTEGER

Value = str | int | float | bool | None

# YAML 1.2.2, 10.3.2 «Tag Resolution».
_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(
    r"(?P<decimal>[-+]?[0-9]+)"
    r"|0o(?P<octal>[0-7]+)"
    r"|0x(?P<hexadecimal>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_BASES = {"decimal": 10, "octal": 8, "hexadecimal": 16}
_FIRST = frozenset("0123456789+-.~nNtTfF")

YAML_1_1_SWITCHES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
"""What YAML 1.1 read as booleans (its type `bool`), and what to write now; to YAML 1.2 they are texts."""

_MAX_DIGITS = 60
"""More than any integer that JSON holds exactly has in any base: it is never converted."""

_MAX_FLOAT_CHARACTERS = 400
"""Enough to write the smallest double without an exponent."""


class NumberOutOfRange(ValueError):
    """A plain scalar is a number that no JSON document could hold exactly; the text says why."""


def resolve_plain(text: str) -> Value:
    """Give the value of an unquoted scalar: null, boolean, integer, float, else the text itself.

    Raises `NumberOutOfRange` for infinities, not-a-number and numbers beyond what JSON holds.
    """
    if text and text[0] not in _FIRST:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    kind = str(found.lastgroup)
    if kind in _BASES:
        return _integer(found[kind], _BASES[kind])
    return _float(text)


def is_plain_text(text: str) -> bool:
    """Tell whether an unquoted scalar is text, and not null, a boolean or a number of any size."""
    try:
        return isinstance(resolve_plain(text), str)
    except NumberOutOfRange:
        return False


def _integer(digits: str, base: int) -> int:
    significant = digits.lstrip("+-").lstrip("0")
    number = int(significant or "0", base) if len(significant) <= _MAX_DIGITS else MAX_SAFE_INTEGER + 1
    if number > MAX_SAFE_INTEGER:
        raise NumberOutOfRange(f"integers go up to {MAX_SAFE_INTEGER} (2^53 - 1)")
    return -number if digits.startswith("-") else number


def _float(text: str) -> float:
    if len(text) > _MAX_FLOAT_CHARACTERS:
        raise NumberOutOfRange(f"numbers have at most {_MAX_FLOAT_CHARACTERS} characters")
    number = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not math.isfinite(number):
        raise NumberOutOfRange("numbers are finite and below 1.8e308")
    return number
