"""What bytes are, as facts."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import MediaFacts, MediaKind
from runway_flow.tools.probe import probe
from tests.fakes.clips import clip, cut_off, run, turned

if TYPE_CHECKING:
    from pathlib import Path

VIDEO, AUDIO, IMAGE = MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.IMAGE


@pytest.mark.parametrize(
    ("name", "media_type", "size", "seconds", "fps", "has_audio"),
    [
        ("red", "video/mp4", (64, 36), 1.0, 24.0, True),
        ("silent", "video/mp4", (64, 36), 1.0, 24.0, False),
        ("tall", "video/mp4", (36, 64), 0.5, 30.0, True),
        ("odd", "video/mp4", (65, 37), 0.52, 25.0, False),
        ("one", "video/mp4", (64, 36), 1 / 24, 24.0, False),
        ("webm", "video/webm", (64, 36), 1.0, 24.0, False),
        ("mkv", "video/x-matroska", (64, 36), 1.0, 24.0, True),
        ("prores", "video/quicktime", (64, 36), 0.5, 24.0, False),
    ],
)
def test_video(
    name: str,
    media_type: str,
    size: tuple[int, int],
    seconds: float,
    fps: float,
    has_audio: bool,  # noqa: FBT001 - a case of a table
) -> None:
    """A video's facts are those of its first video stream."""
    facts = probe(clip(name))
    assert (facts.kind, facts.media_type, (facts.width, facts.height)) == (VIDEO, media_type, size)
    assert facts.duration == pytest.approx(seconds, abs=0.03)
    assert facts.fps == pytest.approx(fps)
    assert facts.has_audio is has_audio
    assert facts.bytes == clip(name).stat().st_size


@pytest.mark.parametrize(
    ("name", "media_type", "seconds"),
    [
        ("voice", "audio/mpeg", 0.5),
        ("bare", "audio/mpeg", 2.0),
        ("music", "audio/wav", 2.0),
        ("adts", "audio/aac", 1.0),
        ("flac", "audio/flac", 1.0),
        ("ogg", "audio/ogg", 1.0),
        ("m4a", "audio/mp4", 1.0),
        ("sound_only", "audio/mp4", 1.0),
        ("sound_webm", "audio/webm", 1.0),
    ],
)
def test_audio(name: str, media_type: str, seconds: float) -> None:
    """A sound is known by its streams; its length is that of its packets, no guess from the bit rate."""
    facts = probe(clip(name))
    assert (facts.kind, facts.media_type) == (AUDIO, media_type)
    assert facts.duration == pytest.approx(seconds, abs=0.06)
    assert (facts.width, facts.fps) == (None, None)


def test_mp3_whose_header_lies(tmp_path: Path) -> None:
    """An mp3 that was cut off is as long as what is left of it."""
    data = clip("bare").read_bytes()
    whole = clip("voice").read_bytes()
    path = tmp_path / "cut.mp3"
    path.write_bytes(whole[: len(whole) // 2])
    assert probe(path).duration == pytest.approx(0.27, abs=0.05)
    path.write_bytes(data[: len(data) // 2])
    assert probe(path).duration == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("png", "image/png"), ("jpeg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif")],
)
def test_image(name: str, media_type: str) -> None:
    """An image has a size and nothing else."""
    size = clip(name).stat().st_size
    assert probe(clip(name)) == MediaFacts(IMAGE, media_type, size, width=64, height=36)


def test_turned_video_is_as_shown() -> None:
    """Width and height are those that a viewer sees."""
    facts = probe(turned())
    assert (facts.width, facts.height) == (36, 64)


def test_turned_matroska_is_as_shown(tmp_path: Path) -> None:
    """A turned Matroska file says so only when its first frame is decoded."""
    path = tmp_path / "turned.mkv"
    run("-i", str(turned()), "-c", "copy", str(path))
    facts = probe(path)
    assert (facts.width, facts.height) == (36, 64)


def test_turned_photo_is_as_shown(tmp_path: Path) -> None:
    """The EXIF orientation of a photo is applied."""
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(path, exif=exif)
    facts = probe(path)
    assert (facts.width, facts.height) == (20, 40)


def test_file_object_stays_open() -> None:
    """A file object is probed as a path is, and left to its owner."""
    with clip("red").open("rb") as file:
        assert probe(file) == probe(clip("red"))
        assert not file.closed


def test_name_is_not_trusted(tmp_path: Path) -> None:
    """What a file is called does not matter."""
    path = tmp_path / "film.txt"
    path.write_bytes(clip("red").read_bytes())
    assert probe(path).media_type == "video/mp4"


def test_cover_is_no_film(tmp_path: Path) -> None:
    """A sound with a cover picture is a sound."""
    path = tmp_path / "cover.m4a"
    run(
        *("-i", str(clip("m4a")), "-i", str(clip("png"))),
        *("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic", "-f", "mp4", str(path)),
    )
    assert probe(path).kind is AUDIO


def test_video_cut_off_is_refused() -> None:
    """An mp4 that ends before its index says is damaged; its header alone looks well."""
    with pytest.raises(MediaError, match="ends before its own index says") as caught:
        probe(cut_off())
    assert caught.value.code is codes.FILE_NOT_MEDIA


def test_large_picture_is_refused_by_its_header(tmp_path: Path) -> None:
    """A picture of too many pixels is refused without decoding it."""
    path = tmp_path / "bomb.png"
    Image.new("1", (16_000, 4_000)).save(path)
    with pytest.raises(MediaError, match="more than 50 million pixels") as caught:
        probe(path)
    assert caught.value.code is codes.FILE_TOO_LARGE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"just words\n", "no image, video or sound"),
        (b"\x89PNG\r\n\x1a\n but not really", "as image/png it cannot be decoded"),
        (b"\xff\xd8\xff\xe0 no", "as image/jpeg it cannot be decoded"),
        (b"RIFF\0\0\0\0WEBPxxxx", "as image/webp it cannot be decoded"),
        (b"GIF89a", "as image/gif it cannot be decoded"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 64, "as video/mp4 it cannot be decoded"),
        (b"\x1a\x45\xdf\xa3 and more of the same", "as video/webm it cannot be decoded"),
        (b"ID3 that is none, by far", "it "),
        (b"PK\x03\x04 broken", "as a zip file it cannot be read"),
    ],
)
def test_what_cannot_be_decoded(tmp_path: Path, content: bytes, reason: str) -> None:
    """Bytes that begin like a medium and are none are refused with the reason."""
    path = tmp_path / "thing.bin"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=reason) as caught:
        probe(path)
    assert caught.value.code is codes.FILE_NOT_MEDIA


def test_empty_file(tmp_path: Path) -> None:
    """An empty file is told apart."""
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(MediaError, match="empty") as caught:
        probe(path)
    assert caught.value.code is codes.FILE_EMPTY


def test_missing_file(tmp_path: Path) -> None:
    """A path that cannot be opened is named."""
    with pytest.raises(MediaError, match=r"gone\.png cannot be read") as caught:
        probe(tmp_path / "gone.png")
    assert caught.value.code is codes.FILE_UNREADABLE


def test_text_needs_a_hint() -> None:
    """Text has no signature: it is a medium only where the sender says so, and if it is UTF-8."""
    assert probe(io.BytesIO("é".encode()), "text/plain") == MediaFacts(MediaKind.TEXT, "text/plain", 2)
    with pytest.raises(MediaError, match="no image"):
        probe(io.BytesIO(b"words"))
    with pytest.raises(MediaError, match="not UTF-8"):
        probe(io.BytesIO(b"\x80 not"), "application/json")


def test_svg() -> None:
    """An SVG is an image without a size in pixels, with or without an XML declaration (then by the hint)."""
    plain, declared = b"<svg xmlns='x'/>", b"<?xml version='1.0'?><svg/>"
    assert probe(io.BytesIO(plain)) == MediaFacts(IMAGE, "image/svg+xml", len(plain))
    assert probe(io.BytesIO(declared), "image/svg+xml").kind is IMAGE
    with pytest.raises(MediaError):
        probe(io.BytesIO(declared))
    with pytest.raises(MediaError):
        probe(io.BytesIO(b"<html/>"), "image/svg+xml")


@pytest.mark.parametrize(
    ("names", "is_sequence"),
    [(("f/1.png", "f/2.PNG"), True), (("word/document.xml", "a.png"), False), ((), False)],
)
def test_zip_is_an_image_sequence(tmp_path: Path, names: tuple[str, ...], is_sequence: bool) -> None:  # noqa: FBT001 - a case of a table
    """A zip stands for a video only if images are all that it holds."""
    path = tmp_path / "frames.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("f")
        for name in names:
            archive.writestr(name, b"x")
    if is_sequence:
        assert probe(path) == MediaFacts(VIDEO, "application/zip", path.stat().st_size)
    else:
        with pytest.raises(MediaError, match="other things than images"):
            probe(path)


def test_picture_in_a_sound_format(tmp_path: Path) -> None:
    """A film in a container for sounds is refused with its type."""
    path = tmp_path / "film.ogg"
    run("-i", str(clip("silent")), "-c:v", "libtheora", "-f", "ogg", str(path))
    with pytest.raises(MediaError, match="audio/ogg with a picture"):
        probe(path)


def test_subtitles_alone(tmp_path: Path) -> None:
    """A container without picture and sound is no medium."""
    lines, path = tmp_path / "lines.srt", tmp_path / "lines.mp4"
    lines.write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    run("-i", str(lines), "-c:s", "mov_text", str(path))
    with pytest.raises(MediaError, match="neither a picture nor a sound"):
        probe(path)


def test_video_too_large(tmp_path: Path) -> None:
    """A film of too many pixels a frame is refused."""
    path = tmp_path / "huge.mp4"
    run("-f", "lavfi", "-i", "color=black:s=8000x6400:r=1:d=1", "-c:v", "mjpeg", "-q:v", "31", str(path))
    with pytest.raises(MediaError, match="8000 × 6400"):
        probe(path)
