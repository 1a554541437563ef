"""Says what some bytes are as a medium: kind, size, length, sound; by their content, never by their name."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import MediaFacts, MediaKind, kind_of
from runway_flow.tools.containers import MAX_PIXELS, name_of, not_media, open_container, open_source, sniff
from runway_flow.tools.iso_boxes import is_quarter_turned
from runway_flow.tools.streams import audio_seconds, frame_rate, main_streams, refuse_cut, stated_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer

_SVG_HEAD_BYTES = 4_096
_SEQUENCE_SUFFIXES = (".png", ".jpg", ".jpeg", ".exr", ".tif", ".tiff", ".webp", ".dpx")


def probe(source: Path | BinaryIO, hint: str | None = None) -> MediaFacts:
    """Give the facts of a medium from its header (an mp4: about 3 ms); a file object is left open.

    Width and height are as shown (rotation applied); a video's duration is that of its video stream.
    `hint` is the media type that a sender stated; it counts only for what has no signature (text, SVG).
    Raises `MediaError` (FILE_EMPTY, FILE_NOT_MEDIA, FILE_TOO_LARGE, FILE_UNREADABLE).
    """
    name = name_of(source)
    with open_source(source) as file:
        size = file.seek(0, 2)
        if size == 0:
            raise MediaError(f"{name} is empty", code=codes.FILE_EMPTY)
        media_type = sniff(file)
        if media_type is None:
            return _probe_text(file, hint, name, size)
        if media_type == "application/zip":
            return _probe_sequence(file, name, size)
        if media_type == "image/svg+xml":
            return MediaFacts(MediaKind.IMAGE, media_type, size)
        if kind_of(media_type) is MediaKind.IMAGE:
            from runway_flow.tools.pictures import probe_picture

            return probe_picture(file, media_type, name, size)
        turned = media_type in ("video/mp4", "video/quicktime") and is_quarter_turned(file)
        file.seek(0)
        with open_container(file, media_type, name) as container:
            return _probe_container(container, media_type, name, size, turned=turned)


def _probe_container(
    container: InputContainer, media_type: str, name: str, size: int, *, turned: bool
) -> MediaFacts:
    video, audio = main_streams(container)
    if video is None:
        if audio is None:
            raise not_media(name, "it holds neither a picture nor a sound")
        if kind_of(media_type) is MediaKind.VIDEO:
            media_type = "audio/mp4" if media_type in ("video/mp4", "video/quicktime") else "audio/webm"
        seconds = audio_seconds(container, audio, media_type)
        return MediaFacts(MediaKind.AUDIO, media_type, size, duration=seconds, has_audio=True)
    if kind_of(media_type) is not MediaKind.VIDEO:
        raise not_media(name, f"{media_type} with a picture in it is not one that can be used")
    if video.width * video.height > MAX_PIXELS or not video.width:
        raise not_media(name, f"its picture is {video.width} × {video.height}")
    refuse_cut(video, name, size)
    rate = frame_rate(video)
    seconds = stated_seconds(container, video)
    if media_type not in ("video/mp4", "video/quicktime"):
        turned = _first_frame_is_turned(container)
    width, height = (video.height, video.width) if turned else (video.width, video.height)
    return MediaFacts(
        MediaKind.VIDEO,
        media_type,
        size,
        width=width,
        height=height,
        duration=seconds,
        fps=float(rate),
        has_audio=audio is not None,
    )


def _first_frame_is_turned(container: InputContainer) -> bool:
    for frame in container.decode(video=0):
        return frame.rotation % 180 != 0
    return False


def _probe_text(file: BinaryIO, hint: str | None, name: str, size: int) -> MediaFacts:
    if hint is not None and kind_of(hint) is MediaKind.TEXT:
        try:
            file.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_media(name, "it is not UTF-8 text") from error
        return MediaFacts(MediaKind.TEXT, hint, size)
    if hint == "image/svg+xml" and b"<svg" in file.read(_SVG_HEAD_BYTES):
        return MediaFacts(MediaKind.IMAGE, hint, size)
    raise not_media(name, "its bytes are those of no image, video or sound")


def _probe_sequence(file: BinaryIO, name: str, size: int) -> MediaFacts:
    """Take a zip for an image sequence only if images are all that it holds: documents are zips too."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise not_media(name, f"as a zip file it cannot be read ({error})") from error
    if not names or any(PurePosixPath(each).suffix.lower() not in _SEQUENCE_SUFFIXES for each in names):
        raise not_media(name, "it is a zip file of other things than images")
    return MediaFacts(MediaKind.VIDEO, "application/zip", size)
