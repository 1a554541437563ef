"""Stills: a gradient in the request's own hue, what it was made from, and a panel of letters."""

from __future__ import annotations

import colorsys
import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from PIL import Image, ImageOps, UnidentifiedImageError

from runway_flow.emulator.media.text import draw_panel, footer, panel_height
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.emulator.sketch import Sketch
    from runway_flow.kernel.digests import Digest

    ReadContent = Callable[[Digest], bytes | None]

GRADIENT_STEPS = 64
THUMBNAILS = 3
_SAVE: dict[str, dict[str, object]] = {
    "image/png": {"format": "PNG", "compress_level": 1},
    "image/jpeg": {"format": "JPEG", "quality": 90},
    "image/webp": {"format": "WEBP", "quality": 85, "method": 0},
}


def render_image(sketch: Sketch, read: ReadContent) -> bytes:
    """Draw one still in the media type it is asked for; the same sketch gives the same bytes."""
    if sketch.media_type == "image/svg+xml":
        return _render_drawing(sketch)
    picture = gradient(sketch)
    _place_inputs(picture, sketch, read)
    draw_panel(picture, sketch)
    out = io.BytesIO()
    picture.save(out, **_SAVE[sketch.media_type])  # type: ignore[arg-type] # Pillow's options differ by format
    return out.getvalue()


def hue_of(sketch: Sketch) -> float:
    """Give the request's hue, 0 to 1; several results of one request stand apart."""
    return (int(sketch.digest[:4], 16) / 0x10000 + sketch.index / max(sketch.count, 1) / 2) % 1.0


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return (int(red * 255), int(green * 255), int(blue * 255))


def gradient(sketch: Sketch) -> Image.Image:
    """Draw the background: dark to light from top to foot, which costs almost nothing to draw and to pack."""
    hue = hue_of(sketch)
    column = Image.new("RGB", (1, GRADIENT_STEPS))
    for y in range(GRADIENT_STEPS):
        share = y / (GRADIENT_STEPS - 1)
        column.putpixel((0, y), _colour(hue + 0.12 * share, 0.65 - 0.3 * share, 0.35 + 0.55 * share))
    tall = column.resize((1, sketch.height), Image.Resampling.BILINEAR)
    return tall.resize((sketch.width, sketch.height), Image.Resampling.NEAREST)


def open_picture(data: bytes | None) -> Image.Image | None:
    """Decode an input image; None if there is none, or Pillow cannot read it."""
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return opened.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None


def _place_inputs(picture: Image.Image, sketch: Sketch, read: ReadContent) -> None:
    """Show the first input images as thumbnails, so that a viewer sees what the still was made from."""
    width, height = picture.size
    side = (height - panel_height(height)) // 2
    margin = side // 8
    x = margin
    images = [item for item in sketch.inputs if item.facts and item.facts.kind is MediaKind.IMAGE]
    for item in images[:THUMBNAILS]:
        found = open_picture(read(item.digest)) if item.digest else None
        if found is None or x + side + margin > width:
            continue
        found = found.reduce(max(min(found.size) // (side * 2), 1))
        picture.paste(ImageOps.fit(found, (side, side), Image.Resampling.BILINEAR), (x, margin))
        x += side + margin


def _render_drawing(sketch: Sketch) -> bytes:
    red, green, blue = _colour(hue_of(sketch), 0.5, 0.7)
    title, words, foot = (escape(text) for text in (sketch.model, sketch.words[:80], footer(sketch)))
    rows = "".join(
        f'<text x="24" y="{sketch.height - 96 + 32 * place}" font-size="24" fill="white">{text}</text>'
        for place, text in enumerate((title, words, foot))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sketch.width}" height="{sketch.height}">'
        f'<rect width="100%" height="100%" fill="rgb({red},{green},{blue})"/>{rows}</svg>'
    ).encode()
