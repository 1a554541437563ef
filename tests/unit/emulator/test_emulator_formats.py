"""Every format that a row of the tables offers, rendered and decoded again."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import av
import pytest
from msgspec.structs import replace
from PIL import Image

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.formats import FORMATS, format_of
from runway_flow.emulator.media.studio import render
from runway_flow.emulator.sketch import Sketch
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.media import MediaKind, kind_of, sniff_media_type

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability


def _values(row: Capability) -> list[str]:
    param = row.find(row.output.format_param or "")
    assert param is not None
    return [str(value) for value in param.shape.values or ()]


ROWS = tuple(row for row in load_catalog().rows if row.output.format_param is not None)
OFFERED = tuple((row, name) for row in ROWS for name in _values(row))
FILMS = tuple(name for name, form in FORMATS.items() if kind_of(form.media_type) is MediaKind.VIDEO)
PICTURE_NAMES = ("00001", "00002", "00003")


def sketch(name: str, profile: str | None = None) -> Sketch:
    """Give the brief of a small result: 3 frames, or half a second."""
    kind = kind_of(FORMATS[name].media_type) or MediaKind.TEXT
    return Sketch(
        kind=kind,
        format=name,
        profile=profile,
        endpoint="test",
        model="test",
        words="A lamp",
        seed=1,
        language=None,
        width=320,
        height=180,
        seconds=0.125 if kind is MediaKind.VIDEO else 0.5,
        has_audio=False,
        spoken=False,
        digest=digest_bytes(b"request"),
        index=0,
        count=1,
        inputs=(),
    )


def rendered(name: str, profile: str | None = None) -> bytes:
    """Render a small result."""
    return render(sketch(name, profile), nothing)


def nothing(_: Digest) -> bytes | None:
    """Find no input."""
    return None


@pytest.mark.parametrize(("row", "name"), OFFERED, ids=[f"{row.uses}-{name}" for row, name in OFFERED])
def test_what_a_row_offers_is_what_the_emulator_gives(row: Capability, name: str) -> None:
    """Each value of a format parameter is rendered, as the media type that the row promises for it."""
    param = row.find(row.output.format_param or "")
    assert param is not None
    found = format_of(row, {param.wire: name})
    assert found == name
    assert FORMATS[found].media_type == row.output.formats[name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_recognised_by_its_bytes_and_always_the_same(name: str) -> None:
    """The first bytes are those of the promised media type; the same sketch gives the same bytes."""
    data = rendered(name)
    assert sniff_media_type(data[:64]) == FORMATS[name].media_type
    assert data == rendered(name)


@pytest.mark.parametrize("name", [name for name in FILMS if FORMATS[name].container])
def test_a_film_has_the_codec_the_pixels_and_the_light_of_its_format(name: str) -> None:
    """Codec, pixel format and transfer are those of the format's name; three frames are there to decode."""
    form = FORMATS[name]
    with av.open(io.BytesIO(rendered(name)), "r") as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert codec.name == {"libx264": "h264", "libx265": "hevc", "prores_ks": "prores"}[form.codec]
        assert codec.pix_fmt == form.pixels
        if form.light is not None:
            assert (codec.color_primaries, codec.color_trc) == (form.light.primaries, form.light.transfer)
        assert len(list(container.decode(stream))) == 3


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        (None, "HQ"),
        ("422 Proxy", "Proxy"),
        ("422 LT", "LT"),
        ("422", "Standard"),
        ("422 HQ", "HQ"),
        ("4444", "4444"),
        ("4444 XQ", "XQ"),
    ],
)
def test_prores_has_the_profile_that_is_asked_for(profile: str | None, name: str) -> None:
    """The profile stands in the file."""
    with av.open(io.BytesIO(rendered("prores", profile)), "r") as container:
        assert container.streams.video[0].codec_context.profile == name


@pytest.mark.parametrize("name", [name for name in FILMS if not FORMATS[name].container])
def test_a_sequence_is_a_zip_of_one_picture_for_each_frame(name: str) -> None:
    """Each picture decodes alone, in order, in the depth of the format, and no two are the same."""
    form = FORMATS[name]
    with zipfile.ZipFile(io.BytesIO(rendered(name))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        pictures = [archive.read(entry) for entry in names]
    assert names == [f"{stem}.{form.codec}" for stem in PICTURE_NAMES]
    assert len(set(pictures)) == 3
    for data in pictures:
        with av.open(io.BytesIO(data), "r", format=f"{form.codec}_pipe") as container:
            frame = next(container.decode(video=0))
            assert (frame.width, frame.height, frame.format.name) == (320, 180, form.pixels)


@pytest.mark.parametrize(("name", "codec"), [("flac", "flac"), ("ogg_opus", "opus")])
def test_a_sound_has_the_codec_and_length_of_its_format(name: str, codec: str) -> None:
    """Half a second, give or take what a codec pads."""
    with av.open(io.BytesIO(rendered(name)), "r") as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == codec
        seconds = sum(frame.samples for frame in container.decode(stream)) / stream.rate
    assert seconds == pytest.approx(0.5, abs=0.03)


def test_a_png_sequence_shows_what_the_clip_shows() -> None:
    """The first picture is the first frame."""
    with zipfile.ZipFile(io.BytesIO(rendered("png_sequence"))) as archive:
        data = archive.read("00001.png")
    with Image.open(io.BytesIO(data)) as picture, av.open(io.BytesIO(rendered("mp4")), "r") as film:
        shown = next(film.decode(video=0)).to_image()  # type: ignore[no-untyped-call] # PyAV left it untyped
        colours = zip(picture.resize((4, 4)).tobytes(), shown.resize((4, 4)).tobytes(), strict=True)
        assert max(abs(one - other) for one, other in colours) < 12


def test_an_unheard_of_format_becomes_the_plainest_of_its_kind() -> None:
    """A table of a user's own may name formats that no emulator knows."""
    row = next(row for row in ROWS if row.output.kind is MediaKind.VIDEO)
    odd = replace(row, output=replace(row.output, media_type=None))
    assert format_of(odd, {"outputFormat": "holo"}) == "mp4"
