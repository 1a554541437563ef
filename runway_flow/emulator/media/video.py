"""Clips: a background with a disc that moves through it and a bar that fills, in any format."""

from __future__ import annotations

import math
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.resampler import AudioResampler
from PIL import Image, ImageOps

from runway_flow.emulator.formats import FORMATS
from runway_flow.emulator.media.audio import RATE, audio_frames, speak, tone_of
from runway_flow.emulator.media.encoders import FPS, add_stream, converted, pack_sequence
from runway_flow.emulator.media.images import gradient, open_picture
from runway_flow.emulator.media.text import draw_panel, panel_height
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import OutputContainer
    from av.video.plane import VideoPlane

    from runway_flow.emulator.formats import Format
    from runway_flow.emulator.media.images import ReadContent
    from runway_flow.emulator.sketch import Sketch

DISC_YUV = (225, 90, 170)
BAR_YUV = (180, 60, 160)
AAC_FRAME = 1024


def render_video(sketch: Sketch, read: ReadContent) -> bytes:
    """Encode one clip of exactly `seconds` × 24 frames; the same sketch gives the same bytes."""
    form = FORMATS[sketch.format]
    frames = _frames(background(sketch, read), frame_count(sketch.seconds))
    if not form.container:
        return pack_sequence(frames, form)
    # Moving the index to the front (faststart) makes libav open the file again, so it must have a name.
    handle, name = tempfile.mkstemp(suffix=f".{form.container}")
    os.close(handle)
    path = Path(name)
    try:
        _encode(path, sketch, form, frames)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def frame_count(seconds: float) -> int:
    """Give how many frames a clip has: at least one."""
    return max(round(seconds * FPS), 1)


def _encode(path: Path, sketch: Sketch, form: Format, frames: Iterator[av.VideoFrame]) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format=form.container, options=options) as container:
        stream = add_stream(container, sketch, form)
        sound = _Sound.add(container) if sketch.has_audio else None
        for frame in frames:
            container.mux(stream.encode(converted(frame, stream.codec_context.pix_fmt or form.pixels)))
        container.mux(stream.encode(None))
        if sound is not None:
            sound.write(container, sketch)


def background(sketch: Sketch, read: ReadContent) -> Image.Image:
    """Give what the clip shows at rest: the image it starts from, if it can be read, under the panel."""
    found = sketch.input_of(MediaKind.IMAGE)
    picture = open_picture(read(found.digest)) if found is not None and found.digest else None
    size = (sketch.width, sketch.height)
    if picture is None:
        picture = gradient(sketch)
    elif picture.size != size:
        picture = ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    draw_panel(picture, sketch)
    return picture


def _frames(picture: Image.Image, count: int) -> Iterator[av.VideoFrame]:
    """Give the clip's frames: one frame, changed in place where the disc was, is, and the bar grows.

    The encoder copies what it is given, so changing the frame afterwards is safe.
    """
    frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call] # PyAV left it untyped
    frame = frame.reformat(format="yuv420p")
    planes = [_Plane(plane, place) for place, plane in enumerate(frame.planes)]
    width, height = picture.size
    room = height - panel_height(height)
    radius = max(min(width, room) // 10, 2)
    thick = max(height // 90, 2)
    for index in range(count):
        # One closed round: a clip that is made from the last frame of another goes on where that one stopped.
        angle = 2 * math.pi * index / max(count - 1, 1)
        x = width / 2 + (width / 2 - radius * 1.5) * math.sin(angle)
        y = room / 2 - (room / 2 - radius * 1.2) * math.cos(angle)
        for plane in planes:
            plane.restore()
            plane.fill_disc(x, y, radius)
            plane.fill_bar(room, room + thick, width * (index + 1) // count)
        frame.pts = index
        frame.time_base = Fraction(1, FPS)
        yield frame


class _Plane:
    """One plane of the frame: what it shows at rest, and what is drawn over it."""

    def __init__(self, plane: VideoPlane, place: int) -> None:
        self.view = memoryview(plane)
        self.rest = bytes(self.view)
        self.stride = plane.line_size
        self.scale = 1 if place == 0 else 2
        self.disc = bytes([DISC_YUV[place]])
        self.bar = bytes([BAR_YUV[place]])
        self.drawn: list[tuple[int, int]] = []

    def restore(self) -> None:
        """Take the disc away."""
        for start, end in self.drawn:
            self.view[start:end] = self.rest[start:end]
        self.drawn = []

    def fill_disc(self, x: float, y: float, radius: int) -> None:
        """Draw the disc, line by line."""
        x, y, reach = x / self.scale, y / self.scale, radius / self.scale
        for line in range(math.ceil(y - reach), math.floor(y + reach) + 1):
            half = math.sqrt(max(reach * reach - (line - y) ** 2, 0.0))
            start, end = line * self.stride + int(x - half), line * self.stride + int(x + half)
            self.view[start:end] = self.disc * (end - start)
            self.drawn.append((start, end))

    def fill_bar(self, top: int, foot: int, length: int) -> None:
        """Draw the bar; it only grows."""
        for line in range(top // self.scale, foot // self.scale):
            start = line * self.stride
            self.view[start : start + length // self.scale] = self.bar * (length // self.scale)


class _Sound:
    """The clip's AAC track."""

    def __init__(self, stream: av.AudioStream) -> None:
        self.stream = stream
        self.resampler = AudioResampler(format="fltp", layout="mono", rate=RATE)

    @classmethod
    def add(cls, container: OutputContainer) -> _Sound:
        """Add the track to a file."""
        options = {"flags": "+bitexact", "aac_coder": "fast"}
        stream = container.add_stream("aac", rate=RATE, options=options)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "fltp"
        stream.codec_context.bit_rate = 64_000
        return cls(stream)

    def write(self, container: OutputContainer, sketch: Sketch) -> None:
        """Speak for the length of the clip."""
        samples = speak(tone_of(sketch), sketch.words, frame_count(sketch.seconds) / FPS)
        for chunk in audio_frames(samples, AAC_FRAME, "s16"):
            for frame in self.resampler.resample(chunk):
                container.mux(self.stream.encode(frame))
        container.mux(self.stream.encode(None))
