"""Media for tests of the catalogue: nothing is read from a disk."""

from __future__ import annotations

from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    MediaFacts,
    MediaKind,
    Medium,
    PinnedMedium,
    RemoteMedium,
)

DIGEST = Digest("ab" * 32)


def image(width: int | None = 1280, height: int | None = 720, media_type: str = "image/png") -> Artifact:
    """Make an image."""
    return Artifact(DIGEST, MediaFacts(MediaKind.IMAGE, media_type, 1000, width, height))


def video(
    seconds: float | None = 5.0,
    width: int | None = 1280,
    height: int | None = 720,
    fps: float | None = 24.0,
    media_type: str = "video/mp4",
) -> Artifact:
    """Make a video."""
    return Artifact(DIGEST, MediaFacts(MediaKind.VIDEO, media_type, 9000, width, height, seconds, fps))


def audio(seconds: float | None = 5.0) -> Artifact:
    """Make a sound."""
    return Artifact(DIGEST, MediaFacts(MediaKind.AUDIO, "audio/mpeg", 5000, duration=seconds))


_EXTENSIONS = {
    "png": (MediaKind.IMAGE, "image/png"),
    "mp4": (MediaKind.VIDEO, "video/mp4"),
    "mp3": (MediaKind.AUDIO, "audio/mpeg"),
}


def open_by_name(value: object) -> Medium | FileProblem:
    """Open a text by its extension: `x.png`, `x.mp4`, `x.mp3`; `missing` names no file."""
    if isinstance(value, dict):
        return PinnedMedium(value["url"], Digest(value["sha256"]))
    text = str(getattr(value, "path", value))
    if text.startswith(("https://", "runway://", "data:")):
        return RemoteMedium(text)
    if "missing" in text:
        return FileProblem(codes.FILE_UNREADABLE, f"there is no file {text}", "look for a typing error")
    kind, media_type = _EXTENSIONS[text.rpartition(".")[2]]
    seconds = None if kind is MediaKind.IMAGE else 5.0
    return FileMedium(text, DIGEST, MediaFacts(kind, media_type, 1000, 1280, 720, seconds, 24.0))
