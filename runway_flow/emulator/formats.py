"""The output formats of the tables: which file, encoding and colours the name of a format stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability


class Light(Struct, frozen=True):
    """How light is coded: numbers of ITU-T H.273, and x265's names of the same."""

    primaries: int
    transfer: int
    matrix: int
    x265: str


SDR = Light(1, 1, 1, "colorprim=bt709:transfer=bt709:colormatrix=bt709")
PQ = Light(9, 16, 9, "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1")
HLG = Light(9, 18, 9, "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc")


class Format(Struct, frozen=True):
    """One format. `container`, `codec`, `pixels` are libav's names, given for moving pictures alone.

    A film without a container is a sequence: a zip of one `codec` picture for each frame.
    """

    media_type: str
    container: str = ""
    codec: str = ""
    pixels: str = ""
    light: Light | None = None


_SEQUENCE = "application/zip"
_EXR = Format(_SEQUENCE, codec="exr", pixels="gbrpf32le")
FORMATS: Mapping[str, Format] = {
    "png": Format("image/png"),
    "jpeg": Format("image/jpeg"),
    "webp": Format("image/webp"),
    "svg": Format("image/svg+xml"),
    "mp3": Format("audio/mpeg"),
    "wav": Format("audio/wav"),
    "flac": Format("audio/flac"),
    "ogg_opus": Format("audio/ogg"),
    "mp4": Format("video/mp4", "mp4", "libx264", "yuv420p"),
    "mov": Format("video/quicktime", "mov", "libx264", "yuv420p"),
    "prores": Format("video/quicktime", "mov", "prores_ks", "yuv422p10le", SDR),
    "png_sequence": Format(_SEQUENCE, codec="png", pixels="rgb24"),
    "sdr_rec709_10bit": Format("video/mp4", "mp4", "libx265", "yuv420p10le", SDR),
    "hdr10": Format("video/mp4", "mp4", "libx265", "yuv420p10le", PQ),
    "hlg": Format("video/mp4", "mp4", "libx265", "yuv420p10le", HLG),
    "hdr_pq_12bit_master": Format("video/quicktime", "mov", "libx265", "yuv420p12le", PQ),
    "hdr_prores": Format("video/quicktime", "mov", "prores_ks", "yuv422p10le", PQ),
    "hdr_png_sequence": Format(_SEQUENCE, codec="png", pixels="rgb48be"),
    "hdr_exr_sequence": _EXR,
    "hdr_exr_acescg_sequence_1_3": _EXR,
    "hdr_exr_acescg_sequence_2_0": _EXR,
}
"""Every value that a format parameter of the tables takes, by its name on the wire, and `svg`.

What each holds is ours: the API's texts name the formats, not their codecs.
"""

_DEFAULTS = {MediaKind.IMAGE: "png", MediaKind.VIDEO: "mp4", MediaKind.AUDIO: "mp3"}


def format_of(row: Capability, body: Mapping[str, object]) -> str:
    """Give the name of the format of a request's results: what is asked for, else the row's or its kind's."""
    param = row.find(row.output.format_param) if row.output.format_param else None
    if param is not None:
        given = str(body.get(param.wire, param.default))
        if given in FORMATS:
            return given
    stated = row.output.media_type
    own = (name for name, form in FORMATS.items() if form.media_type == stated)
    return next(own, _DEFAULTS[row.output.kind])
