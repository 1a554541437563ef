"""Content identity: sha256 digests and the canonical JSON (RFC 8785) that they are taken over."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import NewType

Digest = NewType("Digest", str)
"""A sha256 digest as 64 lower-case hexadecimal digits."""

MAX_SAFE_INTEGER = 2**53 - 1
"""RFC 8785 (by way of I-JSON, RFC 7493): larger integers have no exact double and are refused."""


def digest_bytes(data: bytes) -> Digest:
    """Give the sha256 of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


def digest_json(value: object) -> Digest:
    """Give the sha256 of the canonical JSON of `value`.

    Raises `TypeError` or `ValueError` as `canonical_json` does.
    """
    return digest_bytes(canonical_json(value).encode("utf-8"))


def canonical_json(value: object) -> str:
    """Write plain data as RFC 8785 does: sorted keys, shortest numbers, no white space.

    Takes None, booleans, integers, finite floats, text, lists, tuples and mappings with text keys.
    Raises `TypeError` for anything else, and `ValueError` for what JSON cannot hold exactly
    (NaN, infinities, integers beyond 2^53 - 1, lone surrogates).
    """
    parts: list[str] = []
    _write(value, parts)
    text = "".join(parts)
    text.encode("utf-8")
    return text


def _write(value: object, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, float):
        parts.append(_number(value))
    elif isinstance(value, (dict, Mapping)):  # a dict is told faster than a mapping
        _write_mapping(value, parts)
    elif isinstance(value, (list, tuple)):
        separator = "["
        for item in value:
            parts.append(separator)
            _write(item, parts)
            separator = ","
        parts.append("]" if value else "[]")
    else:
        message = f"not plain data: {type(value).__name__}"
        raise TypeError(message)


def _write_mapping(value: Mapping[object, object], parts: list[str]) -> None:
    keys = [key for key in value if isinstance(key, str)]
    if len(keys) != len(value):
        message = "a key is not text"
        raise TypeError(message)
    # RFC 8785 3.2.3 sorts by UTF-16 code units; for ASCII that is the plain order.
    keys.sort(key=None if "".join(keys).isascii() else _utf16)
    separator = "{"
    for key in keys:
        parts.append(f"{separator}{encode_basestring(key)}:")
        _write(value[key], parts)
        separator = ","
    parts.append("}" if value else "{}")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _integer(value: int) -> str:
    if abs(value) > MAX_SAFE_INTEGER:
        message = f"the integer {value} is too large for JSON"
        raise ValueError(message)
    return str(value)


def _number(value: float) -> str:
    """Write a float as ECMAScript's Number::toString does (RFC 8785 3.2.2.3)."""
    if not math.isfinite(value):
        message = f"{value} is not a JSON number"
        raise ValueError(message)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent_text = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # `point` is where the decimal point stands after the first significant digit.
    point = len(whole) + int(exponent_text or "0") - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


_PLAIN_MAX_POINT = 21
_PLAIN_MIN_POINT = -6


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= _PLAIN_MAX_POINT:
        return digits + "0" * (point - count)
    if 0 < point <= _PLAIN_MAX_POINT:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_MIN_POINT < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    mark = "+" if exponent > 0 else "-"
    head = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{head}e{mark}{abs(exponent)}"
