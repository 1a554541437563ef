"""Facts of still images by their headers, through the one Pillow decoder that their bytes name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import MediaFacts, MediaKind
from runway_flow.tools.containers import MAX_PIXELS, not_media

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_ORIENTATION_TAG = 0x0112
_TURNED = (5, 6, 7, 8)
"""The EXIF orientations (tag 0x0112) that swap width and height: EXIF 2.32, 4.6.4."""

_DECODERS = {
    "image/png": "PngImagePlugin:PngImageFile",
    "image/jpeg": "JpegImagePlugin:JpegImageFile",
    "image/webp": "WebPImagePlugin:WebPImageFile",
    "image/gif": "GifImagePlugin:GifImageFile",
}


def probe_picture(file: BinaryIO, media_type: str, name: str, size: int) -> MediaFacts:
    """Give the facts of an image as a viewer sees it (EXIF orientation applied).

    Raises `MediaError`: FILE_NOT_MEDIA if it cannot be decoded, FILE_TOO_LARGE beyond `MAX_PIXELS`.
    """
    from PIL.Image import DecompressionBombError

    try:
        with _open(file, media_type) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _too_large(name, f"is {width} × {height}: more")
            # Only now: for a PNG Pillow looks behind the pixels, and decodes them.
            turned = image.getexif().get(_ORIENTATION_TAG) in _TURNED
    except DecompressionBombError:
        raise _too_large(name, "has more") from None
    except (OSError, SyntaxError, ValueError, KeyError, EOFError) as error:
        raise not_media(name, f"as {media_type} it cannot be decoded ({error})") from error
    if turned:
        width, height = height, width
    return MediaFacts(MediaKind.IMAGE, media_type, size, width=width, height=height)


def _too_large(name: str, how: str) -> MediaError:
    message = f"{name} {how} than {MAX_PIXELS // 1_000_000} million pixels"
    return MediaError(message, code=codes.FILE_TOO_LARGE)


def _open(file: BinaryIO, media_type: str) -> ImageFile:
    """Read the header with one decoder: `Image.open` would try all, and warn of large ones on stderr."""
    module, _, name = _DECODERS[media_type].partition(":")
    decoder: type[ImageFile] = getattr(importlib.import_module(f"PIL.{module}"), name)
    file.seek(0)
    return decoder(file)
