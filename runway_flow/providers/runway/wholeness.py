"""Tells from a file's own structure that its end is missing; a header alone still looks well."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

_BOX_HEADER = 8
_LARGE_HEADER = 16
_MAX_BOXES = 10_000
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
_TAIL_BYTES = 64 * 1024
"""How far before the end a closing mark may stand: writers append metadata and padding."""


def is_cut(file: BinaryIO, media_type: str) -> bool:
    """Whether the end of a file is missing. False for types whose structure does not tell.

    Formats: ISO/IEC 14496-12 (boxes), the PNG specification, ITU-T T.81 (JPEG), RIFF.
    """
    check = _CHECKS.get(media_type)
    if check is None:
        return False
    size = file.seek(0, 2)
    file.seek(0)
    return check(file, size)


def _boxes_cut(file: BinaryIO, size: int) -> bool:
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= size:
            return at > size
        file.seek(at)
        head = file.read(_LARGE_HEADER)
        if len(head) < _BOX_HEADER:
            return True
        length = int(struct.unpack(">I", head[:4])[0])
        if length == 0:  # the last box, up to the end of the file
            return False
        if length == 1:
            length = int.from_bytes(head[_BOX_HEADER:], "big")
        at += max(length, _BOX_HEADER)
    return True


def _riff_cut(file: BinaryIO, size: int) -> bool:
    head = file.read(_BOX_HEADER)
    stated = int.from_bytes(head[4:], "little")
    # 0 and all ones stand for «not known»: written by programs that stream
    return stated not in (0, 0xFFFFFFFF) and stated + _BOX_HEADER > size + 1


def _ends_with(mark: bytes) -> Callable[[BinaryIO, int], bool]:
    def check(file: BinaryIO, size: int) -> bool:
        file.seek(max(size - _TAIL_BYTES, 0))
        return mark not in file.read()

    return check


_CHECKS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "video/mp4": _boxes_cut,
    "video/quicktime": _boxes_cut,
    "audio/mp4": _boxes_cut,
    "audio/wav": _riff_cut,
    "image/webp": _riff_cut,
    "image/png": _ends_with(_PNG_END),
    "image/jpeg": _ends_with(_JPEG_END),
}
