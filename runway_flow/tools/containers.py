"""Opens media files for PyAV and ffmpeg by what their bytes are, never by what their name says."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import SNIFF_BYTES, sniff_media_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "audio/mp4": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "image/png": "png_pipe",
    "image/jpeg": "jpeg_pipe",
    "image/webp": "webp_pipe",
    "image/gif": "gif",
}
"""Media type → the one demuxer that may read it. Left to guess, libav renders text as video and follows
manifests to other files (measured with ffmpeg 9.0.2)."""

FORMAT_WHITELIST = ",".join(
    sorted({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", *(set(DEMUXERS.values()) - {"mov", "matroska"})})
)
"""The demuxers above by the names that libav's `format_whitelist` compares."""

MAX_PIXELS = 50_000_000
"""The largest picture that is decoded: beyond 8K, below what fills memory (16000 × 16000 took 823 MB)."""

MATROSKA_MARK = b"matroska"


def sniff(file: BinaryIO) -> str | None:
    """Give the media type of an open file by its first bytes, and go back to its start."""
    file.seek(0)
    head = file.read(SNIFF_BYTES)
    file.seek(0)
    media_type = sniff_media_type(head)
    if media_type == "video/webm" and MATROSKA_MARK in head:
        return "video/x-matroska"
    return media_type


@contextlib.contextmanager
def open_source(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Give an open file for a path (closed afterwards) or for a file that the caller keeps.

    Raises `MediaError` (FILE_UNREADABLE) if the path cannot be opened.
    """
    if not isinstance(source, Path):
        yield source
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise MediaError(
            f"{source.name} cannot be read: {error.strerror}", code=codes.FILE_UNREADABLE
        ) from error
    with file:
        yield file


@contextlib.contextmanager
def open_container(file: BinaryIO, media_type: str, name: str) -> Iterator[InputContainer]:
    """Give PyAV's container of an open file, read by the demuxer of its media type and no other.

    The bytes come from the file object, so that no path, protocol or playlist can lead elsewhere.
    Raises `MediaError` (FILE_NOT_MEDIA) if it cannot be decoded, also from within the block.
    """
    import av

    demuxer = DEMUXERS.get(media_type)
    if demuxer is None:
        raise not_media(name, f"nothing here decodes {media_type}")
    options = {"format_whitelist": FORMAT_WHITELIST, "protocol_whitelist": "file"}
    try:
        # Tags may be in any encoding, or damaged: they are no reason not to read the rest.
        with av.open(
            file, "r", format=demuxer, container_options=options, metadata_errors="replace"
        ) as container:
            yield container
    except (av.error.FFmpegError, EOFError) as error:
        raise not_media(name, f"as {media_type} it cannot be decoded ({error_text(error)})") from error


def error_text(error: BaseException) -> str:
    """Give the reason of a libav error without the file name that it carries."""
    return str(getattr(error, "strerror", None) or error)


def not_media(name: str, reason: str) -> MediaError:
    """Make the error for bytes that are not the medium they are used as."""
    return MediaError(f"{name} is not a usable medium: {reason}", code=codes.FILE_NOT_MEDIA)


def name_of(source: Path | BinaryIO) -> str:
    """Give the name that messages use for a source."""
    return source.name if isinstance(source, Path) else "the file"
