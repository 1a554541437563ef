"""Reads from an mp4's boxes whether its video lies on its side; PyAV says so only after decoding."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_BYTES = 8
_MAX_MOOV_BYTES = 64 * 1024 * 1024
_MAX_TOP_BOXES = 1_000
_MATRIX_FROM_END = 44
"""A track header ends with its matrix (36 bytes), width and height (8 bytes): ISO/IEC 14496-12, 8.3.2."""

_HANDLER_AT = 8
"""The handler type stands after the full box's version, flags and one reserved word: 14496-12, 8.4.3."""


def is_quarter_turned(file: BinaryIO) -> bool:
    """Whether the first video track's matrix turns the picture by 90 or 270 degrees.

    False where the boxes cannot be made out: what cannot be decoded is found elsewhere.
    """
    moov = _find_moov(file)
    for name, track in _boxes(moov):
        if name != b"trak":
            continue
        parts = dict(_boxes(track))
        handler = dict(_boxes(parts.get(b"mdia", b""))).get(b"hdlr", b"")
        if handler[_HANDLER_AT : _HANDLER_AT + 4] == b"vide":
            return _turns(parts.get(b"tkhd", b""))
    return False


def _turns(header: bytes) -> bool:
    if len(header) < _MATRIX_FROM_END:
        return False
    a, b, _, c, d = struct.unpack(">5i", header[-_MATRIX_FROM_END:][:20])
    return bool(a == d == 0 and b and c)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEADER_BYTES <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + _HEADER_BYTES])
        if size < _HEADER_BYTES:
            return
        yield name, data[at + _HEADER_BYTES : at + size]
        at += size


def _find_moov(file: BinaryIO) -> bytes:
    file.seek(0)
    for _ in range(_MAX_TOP_BOXES):
        head = file.read(_HEADER_BYTES)
        if len(head) < _HEADER_BYTES:
            break
        size, name = struct.unpack(">I4s", head)
        body = size - _HEADER_BYTES
        if size == 1:  # the length stands in the next eight bytes
            large = file.read(8)
            body = int.from_bytes(large, "big") - 2 * _HEADER_BYTES if len(large) == _HEADER_BYTES else -1
        if body < 0:
            break
        if name == b"moov":
            return file.read(body) if body <= _MAX_MOOV_BYTES else b""
        file.seek(body, 1)
    return b""
