"""Whether a video lies on its side, by its boxes."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.tools.iso_boxes import is_quarter_turned
from tests.fakes.clips import clip, turned

UPRIGHT = (0x10000, 0, 0, 0, 0x10000)
LYING = (0, 0x10000, 0, -0x10000, 0)


def box(name: bytes, body: bytes) -> bytes:
    """Write a box."""
    return struct.pack(">I4s", len(body) + 8, name) + body


def track(handler: bytes, matrix: tuple[int, ...]) -> bytes:
    """Write a track with a matrix."""
    header = b"\0" * 40 + struct.pack(">5i", *matrix) + b"\0" * 24
    return box(b"trak", box(b"tkhd", header) + box(b"mdia", box(b"hdlr", b"\0" * 8 + handler)))


def is_turned(data: bytes) -> bool:
    """Ask about some bytes."""
    return is_quarter_turned(io.BytesIO(data))


def test_real_files() -> None:
    """Files that ffmpeg wrote are told apart."""
    with clip("red").open("rb") as upright, turned().open("rb") as lying:
        assert not is_quarter_turned(upright)
        assert is_quarter_turned(lying)


@pytest.mark.parametrize(("matrix", "expected"), [(UPRIGHT, False), (LYING, True)])
def test_the_video_track_counts(matrix: tuple[int, ...], expected: bool) -> None:  # noqa: FBT001 - a case of a table
    """The matrix of the first video track decides, whatever sounds have."""
    moov = box(b"mvhd", b"") + track(b"soun", LYING) + track(b"vide", matrix) + track(b"vide", LYING)
    assert is_turned(box(b"ftyp", b"isom") + box(b"moov", moov)) is expected


def test_long_box() -> None:
    """A box whose length stands in eight bytes is passed over."""
    long = struct.pack(">I4sQ", 1, b"mdat", 20) + b"data"
    assert is_turned(long + box(b"moov", track(b"vide", LYING)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\x10moo",
        struct.pack(">I4s", 0, b"mdat") + b"to the end",
        struct.pack(">I4s", 1, b"mdat") + b"short",
        struct.pack(">I4s", 0x7FFFFFFF, b"moov"),
        box(b"moov", struct.pack(">I4s", 3, b"trak")),
        box(b"moov", box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + b"vide")))),
        box(b"moov", box(b"trak", b"")),
        box(b"free", b"") * 1_100,
    ],
)
def test_what_cannot_be_made_out(data: bytes) -> None:
    """Broken boxes are no turn, and no error."""
    assert not is_turned(data)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """No bytes raise or hang."""
    assert is_turned(data) in (True, False)
