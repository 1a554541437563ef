"""The media the emulator makes, decoded again."""

from __future__ import annotations

import array
import asyncio
import io
from itertools import pairwise

import av
import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops, ImageStat

from runway_flow.emulator.media.audio import RATE, render_audio
from runway_flow.emulator.media.images import render_image
from runway_flow.emulator.media.studio import Studio, render
from runway_flow.emulator.media.text import font_of, footer, panel_height, wrap
from runway_flow.emulator.media.video import frame_count, render_video
from runway_flow.emulator.readings import Input
from runway_flow.emulator.sketch import Sketch
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.media import MediaFacts, MediaKind, sniff_media_type

STILL = Sketch(
    kind=MediaKind.IMAGE,
    format="png",
    profile=None,
    endpoint="text_to_image",
    model="gen4_image",
    words="Wide shot of the lamp on a rock at dawn",
    seed=20261121,
    language=None,
    width=640,
    height=360,
    seconds=0.0,
    has_audio=False,
    spoken=False,
    digest=digest_bytes(b"request"),
    index=0,
    count=1,
    inputs=(),
)
CLIP = replace(
    STILL,
    kind=MediaKind.VIDEO,
    format="mp4",
    endpoint="image_to_video",
    model="gen4.5",
    seconds=2.0,
)
VOICE = replace(
    STILL,
    kind=MediaKind.AUDIO,
    format="mp3",
    endpoint="text_to_speech",
    words="Meet the Aurora. Made to last.",
    seconds=2.0,
    spoken=True,
)


def nothing(_: Digest) -> bytes | None:
    """Find no input."""
    return None


def picture(data: bytes) -> Image.Image:
    """Decode a still."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


def given(data: bytes) -> Input:
    """Make an image input of some bytes."""
    return Input((), "sha256:x", digest_bytes(data), MediaFacts(MediaKind.IMAGE, "image/png", len(data)))


def difference(left: Image.Image, right: Image.Image) -> float:
    """Give how far two pictures are apart: the mean of the channel that differs most."""
    return max(ImageStat.Stat(ImageChops.difference(left, right)).mean)


def frames(data: bytes) -> list[Image.Image]:
    """Decode every frame of a clip."""
    with av.open(io.BytesIO(data), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call] # PyAV left it untyped


def samples(data: bytes) -> array.array[int]:
    """Decode all sound of a file."""
    found = array.array("h")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(io.BytesIO(data), "r") as container:
        for decoded in container.decode(audio=0):
            for frame in resampler.resample(decoded):
                found.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
    return found


@pytest.mark.parametrize(("name", "form"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_a_still_has_its_size_and_format(name: str, form: str) -> None:
    """A still is of the asked size, in the asked format."""
    with Image.open(io.BytesIO(render_image(replace(STILL, format=name), nothing))) as opened:
        assert (opened.size, opened.format) == ((640, 360), form)


@pytest.mark.parametrize("sketch", [STILL, CLIP, replace(CLIP, has_audio=True), VOICE])
def test_the_same_request_gives_the_same_bytes(sketch: Sketch) -> None:
    """Rendering is a function of the sketch."""
    assert render(sketch, nothing) == render(sketch, nothing)


@pytest.mark.parametrize(
    "other",
    [
        replace(STILL, digest=digest_bytes(b"other")),
        replace(STILL, words="Macro of the brushed metal edge"),
        replace(STILL, seed=7),
        replace(STILL, model="gen4_image_turbo"),
        replace(STILL, count=2),
    ],
)
def test_another_request_looks_different(other: Sketch) -> None:
    """Prompt, seed, model and number all show."""
    assert difference(picture(render_image(STILL, nothing)), picture(render_image(other, nothing))) > 0


def test_the_stills_of_one_request_differ() -> None:
    """Several results of one request have hues of their own."""
    first, second = (picture(render_image(replace(STILL, index=n, count=2), nothing)) for n in (0, 1))
    assert difference(first.crop((0, 0, 640, 200)), second.crop((0, 0, 640, 200))) > 20


def test_a_still_shows_what_it_was_made_from() -> None:
    """Reference images stand in a row as thumbnails; what cannot be read is left out."""
    red = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(red, "PNG")
    reference = given(red.getvalue())
    shown = picture(render_image(replace(STILL, inputs=(reference, reference)), lambda _: red.getvalue()))
    assert shown.getpixel((70, 70)) == shown.getpixel((220, 70)) == (255, 0, 0)
    for data in (None, b"no picture"):
        missing = picture(render_image(replace(STILL, inputs=(reference,)), lambda _, data=data: data))  # type: ignore[misc] # the default binds the loop's value
        assert difference(missing, picture(render_image(STILL, nothing))) == 0


def test_thumbnails_end_at_the_edge() -> None:
    """A tall still shows only the references that fit, and an address that was not read shows nothing."""
    red = io.BytesIO()
    Image.new("RGB", (50, 50), "red").save(red, "PNG")
    tall = replace(
        STILL, width=100, height=600, inputs=(given(red.getvalue()), Input((), "https://e.com/a.png"))
    )
    assert picture(render_image(tall, lambda _: red.getvalue())).size == (100, 600)


def test_a_vector_still_is_an_svg() -> None:
    """A row that gives vectors gives an SVG with the words in it, escaped."""
    svg = render_image(replace(STILL, format="svg", words="<lamp> & rock"), nothing)
    assert sniff_media_type(svg) == "image/svg+xml"
    assert b"&lt;lamp&gt; &amp; rock" in svg


@pytest.mark.parametrize("seconds", [1.0, 2.0, 0.01, 1.5])
def test_a_clip_has_exactly_its_frames(seconds: float) -> None:
    """A clip has seconds × 24 frames of the asked size, and lasts that long."""
    data = render_video(replace(CLIP, seconds=seconds), nothing)
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.codec_context.pix_fmt) == (640, 360, "yuv420p")
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 24
        assert stream.time_base is not None
        assert stream.duration is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(frame_count(seconds) / 24)
    assert len(frames(data)) == frame_count(seconds)


def test_a_clip_starts_at_once() -> None:
    """The index stands before the media, so that players and probes need only the head."""
    data = render_video(CLIP, nothing)
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_clip_moves() -> None:
    """Every frame differs from the one before it and from the middle."""
    shown = frames(render_video(CLIP, nothing))
    steps = [difference(left, right) for left, right in pairwise(shown)]
    assert min(steps) > 0.2
    assert difference(shown[0], shown[24]) > 2


def test_a_clip_starts_as_the_image_it_is_made_from() -> None:
    """Above the panel, the first frame is the input image but for the disc."""
    data = io.BytesIO()
    Image.new("RGB", (1280, 720), (30, 120, 200)).save(data, "PNG")
    source = given(data.getvalue())
    first = frames(render_video(replace(CLIP, inputs=(source,)), lambda _: data.getvalue()))[0]
    room = first.height - panel_height(first.height)
    left = first.crop((0, 0, 200, room - 8))
    assert difference(left, Image.new("RGB", left.size, (30, 120, 200))) < 6


def test_chained_clips_go_on_where_the_last_one_stopped() -> None:
    """A clip made from another's last frame starts as that one ended, disc and all."""
    last = frames(render_video(CLIP, nothing))[-1]
    data = io.BytesIO()
    last.save(data, "PNG")
    following = replace(CLIP, digest=digest_bytes(b"next"), inputs=(given(data.getvalue()),))
    first = frames(render_video(following, lambda _: data.getvalue()))[0]
    room = first.height - panel_height(first.height) - 8
    above = (0, 0, first.width, room)
    assert difference(first.crop(above), last.crop(above)) < 3


def test_a_clip_has_sound_only_where_it_should() -> None:
    """A row with sound gets an AAC track as long as the picture; another row gets none."""
    with av.open(io.BytesIO(render_video(CLIP, nothing))) as silent:
        assert not silent.streams.audio
    data = render_video(replace(CLIP, has_audio=True), nothing)
    with av.open(io.BytesIO(data)) as sounding:
        assert sounding.streams.audio[0].codec_context.name == "aac"
    assert len(samples(data)) == pytest.approx(2.0 * RATE, abs=2048)
    assert max(map(abs, samples(data))) > 2000


def test_speech_has_its_length_and_is_heard() -> None:
    """An mp3 of mono 44.1 kHz, exactly as long as asked, loud and with pauses."""
    data = render_audio(VOICE)
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("mp3float", RATE, 1)
    heard = samples(data)
    assert len(heard) == pytest.approx(2.0 * RATE, abs=1152)
    window = RATE // 50
    levels = [max(map(abs, heard[at : at + window])) for at in range(0, len(heard) - window, window)]
    assert max(levels) > 6000
    assert min(levels) < 300


def test_speech_can_be_a_wave_file() -> None:
    """The same samples, unpacked."""
    data = render_audio(replace(VOICE, format="wav"))
    assert sniff_media_type(data) == "audio/wav"
    assert len(samples(data)) == 2.0 * RATE


def test_languages_sound_different() -> None:
    """A dub into another language has another voice; two takes of one request differ too."""
    dub = replace(VOICE, spoken=False, words="", language="es")
    assert render_audio(dub) != render_audio(replace(dub, language="fr"))
    assert render_audio(dub) != render_audio(replace(dub, index=1))


def test_words_are_wrapped() -> None:
    """A text is broken into lines that fit; what is left over and what is too wide is cut with a sign."""
    font = font_of(20)
    assert wrap("", font, 300, 3) == ()
    assert wrap("a lamp", font, 300, 3) == ("a lamp",)
    lines = wrap("one lamp on a rock at dawn " * 20, font, 300, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(font.getlength(line) <= 300 for line in lines)
    (long,) = wrap("w" * 200, font, 300, 3)
    assert long.endswith("…")


def test_the_foot_says_what_it_is() -> None:
    """Seed, size, length and the request's name; no seed where there is none."""
    assert footer(CLIP) == f"seed 20261121 · 640 x 360 · 2 s · {CLIP.digest[:8]} · emulated"
    assert footer(replace(STILL, seed=None)).startswith("no seed · 640 x 360 · ")


def test_panels_name_language_and_number() -> None:
    """A localised still says its language; one of several says which."""
    shown = replace(STILL, language="es", index=1, count=2)
    assert difference(picture(render_image(shown, nothing)), picture(render_image(STILL, nothing))) > 0


async def test_the_studio_renders_once() -> None:
    """Readers at the same time share a rendering; later ones get it from the cache."""
    asked: list[Digest] = []

    def read(digest: Digest) -> bytes | None:
        asked.append(digest)
        return None

    studio = Studio(read)
    sketch = replace(CLIP, seconds=0.2, inputs=(given(b"x"),))
    first, second = await asyncio.gather(studio.result(sketch), studio.result(sketch))
    assert first == second == await studio.result(sketch)
    assert len(asked) == 1
    studio.close()


async def test_the_studio_keeps_no_more_than_its_limit() -> None:
    """What was used longest ago is dropped, and made again when asked for."""
    asked: list[Digest] = []

    def read(digest: Digest) -> bytes | None:
        asked.append(digest)
        return None

    sketches = [
        replace(STILL, digest=digest_bytes(name), inputs=(given(name),)) for name in (b"a", b"b", b"c")
    ]
    size = len(render_image(sketches[0], nothing))
    studio = Studio(read, limit=size * 5 // 2)
    for sketch in sketches:
        await studio.result(sketch)
    await studio.result(sketches[2])
    assert len(asked) == 3
    await studio.result(sketches[0])
    assert len(asked) == 4
    studio.close()


async def test_a_failed_rendering_is_not_kept() -> None:
    """A rendering that failed is tried again by the next reader."""

    def broken(_: Digest) -> bytes | None:
        raise OSError("disk")

    studio = Studio(broken)
    sketch = replace(STILL, inputs=(given(b"x"),))
    for _ in range(2):
        with pytest.raises(OSError, match="disk"):
            await studio.result(sketch)
    studio.close()
