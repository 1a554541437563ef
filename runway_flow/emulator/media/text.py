"""Letters: a panel with the model, the prompt and the seed, drawn so that a viewer can read them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

    from runway_flow.emulator.sketch import Sketch

PANEL_SHARE = 0.3
"""The part of a picture's height, at its foot, that the panel covers."""
PANEL_COLOUR = (18, 20, 26)
TITLE_COLOUR = (255, 214, 102)
TEXT_COLOUR = (240, 240, 244)
FOOT_COLOUR = (150, 156, 170)
MAX_LINES = 3


@lru_cache(maxsize=16)
def font_of(size: int) -> FreeTypeFont | ImageFont.ImageFont:
    """Give Pillow's built-in font at a size in pixels."""
    return ImageFont.load_default(size=size)


def panel_height(height: int) -> int:
    """Give the panel's height in a picture: even, so that chroma lines up with it."""
    return max(int(height * PANEL_SHARE) // 2 * 2, 2)


def draw_panel(picture: Image.Image, sketch: Sketch) -> None:
    """Draw the panel at the foot of a picture."""
    width, height = picture.size
    tall = panel_height(height)
    top = height - tall
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, top, width, height), fill=PANEL_COLOUR)
    size = max(min(tall // 7, width // 26), 8)
    font = font_of(size)
    margin = size
    line = size * 5 // 4
    y = top + size // 2
    draw.text((margin, y), _title(sketch), font=font, fill=TITLE_COLOUR)
    for text in wrap(sketch.words, font, width - 2 * margin, MAX_LINES):
        y += line
        draw.text((margin, y), text, font=font, fill=TEXT_COLOUR)
    foot = font_of(max(size * 4 // 5, 8))
    draw.text((margin, height - line), footer(sketch), font=foot, fill=FOOT_COLOUR)


def _title(sketch: Sketch) -> str:
    which = f" · {sketch.index + 1} of {sketch.count}" if sketch.count > 1 else ""
    language = f" · {sketch.language}" if sketch.language else ""
    return f"{sketch.model} · {sketch.endpoint}{language}{which}"


def footer(sketch: Sketch) -> str:
    """Say seed, size, length, and which request this is; the built-in font has no `×`."""
    seed = f"seed {sketch.seed}" if sketch.seed is not None else "no seed"
    length = f" · {sketch.seconds:g} s" if sketch.seconds and sketch.kind == "video" else ""
    return f"{seed} · {sketch.width} x {sketch.height}{length} · {sketch.digest[:8]} · emulated"


def wrap(text: str, font: FreeTypeFont | ImageFont.ImageFont, width: int, lines: int) -> tuple[str, ...]:
    """Break a text into at most so many lines of a width in pixels; what is left over becomes `…`."""
    words = text.split()
    found: list[str] = []
    current = ""
    while words:
        longer = f"{current} {words[0]}".strip()
        if font.getlength(longer) <= width or not current:
            current = _fit(longer, font, width)
            words.pop(0)
            continue
        if len(found) + 1 == lines:
            return (*found, _fit(f"{current} …", font, width))
        found.append(current)
        current = ""
    return (*found, current) if current else tuple(found)


def _fit(text: str, font: FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Cut a text that is one word too wide for its line."""
    if font.getlength(text) <= width:
        return text
    keep = max(int(len(text) * width / font.getlength(text)) - 2, 1)
    return f"{text[:keep]}…"
