"""Encoders of moving pictures: H.264, H.265, ProRes in a file, PNG or EXR pictures in a zip."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from runway_flow.emulator.formats import Format
    from runway_flow.emulator.sketch import Sketch

FPS = 24
X264 = (
    "keyint=250:scenecut=0:aq-mode=0:rc-lookahead=0:sync-lookahead=0:bframes=0:weightp=0:mbtree=0:"
    "me=dia:subme=0:trellis=0:no-chroma-me=1:ref=1:qp=24"
)
"""A still background costs x264 nearly nothing once nothing is looked ahead or compared (5 s of 720p: 0.12 s
of CPU against 0.26 s of the preset alone, measured)."""
X265 = (
    "log-level=none:info=0:pools=none:frame-threads=1:bframes=0:rc-lookahead=0:scenecut=0:"
    "keyint=250:aq-mode=0"
)
PRORES_QUALITY = 118 * 6
"""A fixed quantiser of 6 (118 is libav's FF_QP2LAMBDA): without the search for one, a fifth of the time."""
PRORES_PROFILES = {
    "422 Proxy": "proxy",
    "422 LT": "lt",
    "422": "standard",
    "422 HQ": "hq",
    "4444": "4444",
    "4444 XQ": "4444xq",
}
_PICTURE_OPTIONS = {"png": {"compression_level": "1"}, "exr": {"compression": "zip16"}}


def add_stream(container: OutputContainer, sketch: Sketch, form: Format) -> VideoStream:
    """Add the stream of a clip to a file; its bytes depend on nothing but the frames."""
    added = container.add_stream(form.codec, rate=FPS, options=_options(sketch, form))
    stream = cast("VideoStream", added)
    stream.width, stream.height, stream.pix_fmt = sketch.width, sketch.height, _pixels(sketch, form)
    context = stream.codec_context
    context.thread_count = 1
    if form.codec == "libx265":
        # QuickTime and browsers play H.265 only under this tag.
        context.codec_tag = "hvc1"
    if form.light is not None:
        context.color_primaries = form.light.primaries
        context.color_trc = form.light.transfer
        context.colorspace = form.light.matrix
    return stream


def _options(sketch: Sketch, form: Format) -> dict[str, str]:
    if form.codec == "prores_ks":
        profile = PRORES_PROFILES.get(sketch.profile or "", "hq")
        quality = {"global_quality": str(PRORES_QUALITY), "flags": "+bitexact+qscale"}
        return {"profile": profile, **quality}
    shared = {"preset": "ultrafast", "threads": "1", "flags": "+bitexact"}
    if form.codec == "libx265":
        return {**shared, "x265-params": f"{X265}:{form.light.x265}" if form.light else X265}
    return {**shared, "x264-params": X264}


def _pixels(sketch: Sketch, form: Format) -> str:
    is_full = form.codec == "prores_ks" and (sketch.profile or "").startswith("4444")
    return "yuv444p10le" if is_full else form.pixels


def converted(frame: av.VideoFrame, pixels: str) -> av.VideoFrame:
    """Give a frame in another format of pixels, at the same time."""
    if frame.format.name == pixels:
        return frame
    other = frame.reformat(format=pixels)
    other.pts, other.time_base = frame.pts, frame.time_base
    return other


def pack_sequence(frames: Iterable[av.VideoFrame], form: Format) -> bytes:
    """Give a zip of one picture for each frame, `00001.png` and on."""
    out = io.BytesIO()
    encoder = None
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, frame in enumerate(frames, 1):
            if encoder is None:
                encoder = _picture_encoder(frame, form)
            packets = encoder.encode(converted(frame, form.pixels))
            name = zipfile.ZipInfo(f"{number:05}.{form.codec}")
            archive.writestr(name, b"".join(bytes(packet) for packet in packets))
    return out.getvalue()


def _picture_encoder(frame: av.VideoFrame, form: Format) -> av.VideoCodecContext:
    encoder = cast("av.VideoCodecContext", av.CodecContext.create(form.codec, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, form.pixels
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.thread_count = 1
    encoder.options = _PICTURE_OPTIONS[form.codec]
    return encoder
