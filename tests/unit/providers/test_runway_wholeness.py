from __future__ import annotations

import io
import struct

import pytest

from runway_flow.providers.runway.wholeness import is_cut
from tests.fakes.runway_api import mp4, png

RIFF = b"RIFF" + struct.pack("<I", 40) + b"WAVE" + b"\0" * 36
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
LARGE_BOX = mp4() + struct.pack(">I4sQ", 1, b"mdat", 40) + b"\0" * 24

WHOLE = {
    "video/mp4": mp4(),
    "video/quicktime": LARGE_BOX,
    "audio/mp4": mp4(200),
    "audio/wav": RIFF,
    "image/webp": RIFF.replace(b"WAVE", b"WEBP"),
    "image/png": png(),
    "image/jpeg": JPEG,
}


@pytest.mark.parametrize("media_type", WHOLE)
def test_a_whole_file_is_not_cut(media_type: str) -> None:
    """What its own structure says is there."""
    assert not is_cut(io.BytesIO(WHOLE[media_type]), media_type)


@pytest.mark.parametrize("media_type", WHOLE)
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_a_cut_file_is_found(media_type: str, share: float) -> None:
    """Wherever the end is missing, the structure does not close."""
    data = WHOLE[media_type]
    assert is_cut(io.BytesIO(data[: int(len(data) * share)]), media_type)


def test_every_cut_of_an_mp4_inside_a_box_is_found() -> None:
    """Only a cut between two boxes leaves whole boxes."""
    data = mp4()
    found = [size for size in range(1, len(data)) if not is_cut(io.BytesIO(data[:size]), "video/mp4")]
    assert found == [16]


def test_a_last_box_may_be_open_to_the_end() -> None:
    """Length 0 means: up to the end of the file."""
    data = mp4() + struct.pack(">I4s", 0, b"mdat") + b"\0" * 9
    assert not is_cut(io.BytesIO(data), "video/mp4")


def test_boxes_without_end_are_no_file() -> None:
    """Ten thousand boxes of nothing are not a film."""
    assert is_cut(io.BytesIO(struct.pack(">I4s", 8, b"free") * 10_001), "video/mp4")


@pytest.mark.parametrize("stated", [0, 0xFFFFFFFF])
def test_a_streamed_wav_does_not_know_its_length(stated: int) -> None:
    """Programs that stream write a length that means «not known»."""
    data = b"RIFF" + struct.pack("<I", stated) + b"WAVE" + b"\0" * 36
    assert not is_cut(io.BytesIO(data), "audio/wav")


def test_other_types_do_not_tell() -> None:
    """An mp3 is a row of frames: any cut leaves an mp3."""
    assert not is_cut(io.BytesIO(b"\xff\xfb\x90"), "audio/mpeg")
