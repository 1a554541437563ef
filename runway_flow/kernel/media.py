"""Media known by their content or their address, and how bytes are recognised."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.digests import Digest


class MediaKind(StrEnum):
    """What a medium is to a viewer."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class MediaFacts(Struct, frozen=True):
    """What is known of some bytes without looking at them again.

    `duration` is in seconds; None where it does not apply or is not known.
    """

    kind: MediaKind
    media_type: str
    bytes: int
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None
    has_audio: bool | None = None


class Artifact(Struct, frozen=True):
    """A media file known by its content; its bytes are (or were) in the store."""

    digest: Digest
    facts: MediaFacts

    @property
    def kind(self) -> MediaKind:
        """What the medium is to a viewer."""
        return self.facts.kind


class FileMedium(Struct, frozen=True):
    """A file of the user's, already read once: where it is and what its content is."""

    path: str
    digest: Digest
    facts: MediaFacts

    @property
    def kind(self) -> MediaKind:
        """What the medium is to a viewer."""
        return self.facts.kind


class InlineMedium(Struct, frozen=True):
    """The bytes of a data URI."""

    data: bytes
    digest: Digest
    facts: MediaFacts

    @property
    def kind(self) -> MediaKind:
        """What the medium is to a viewer."""
        return self.facts.kind


class RemoteMedium(Struct, frozen=True):
    """An address that Runway itself reads: `https://…` or `runway://…`, sent and keyed verbatim."""

    uri: str
    kind: MediaKind | None = None


class PinnedMedium(Struct, frozen=True):
    """An `https://` address whose content is promised by a digest: fetched, checked, uploaded."""

    url: str
    digest: Digest
    kind: MediaKind | None = None


Medium = Artifact | FileMedium | InlineMedium | RemoteMedium | PinnedMedium
"""Whatever can stand for a medium in a request."""


MEDIA_TYPES: dict[str, tuple[MediaKind, str]] = {
    "image/png": (MediaKind.IMAGE, "png"),
    "image/jpeg": (MediaKind.IMAGE, "jpg"),
    "image/webp": (MediaKind.IMAGE, "webp"),
    "image/gif": (MediaKind.IMAGE, "gif"),
    "image/svg+xml": (MediaKind.IMAGE, "svg"),
    "video/mp4": (MediaKind.VIDEO, "mp4"),
    "video/quicktime": (MediaKind.VIDEO, "mov"),
    "video/webm": (MediaKind.VIDEO, "webm"),
    "video/x-matroska": (MediaKind.VIDEO, "mkv"),
    "audio/mpeg": (MediaKind.AUDIO, "mp3"),
    "audio/wav": (MediaKind.AUDIO, "wav"),
    "audio/mp4": (MediaKind.AUDIO, "m4a"),
    "audio/aac": (MediaKind.AUDIO, "aac"),
    "audio/flac": (MediaKind.AUDIO, "flac"),
    "audio/ogg": (MediaKind.AUDIO, "ogg"),
    "audio/webm": (MediaKind.AUDIO, "webm"),
    "application/zip": (MediaKind.VIDEO, "zip"),
    "text/plain": (MediaKind.TEXT, "txt"),
    "application/json": (MediaKind.TEXT, "json"),
}
"""Media type → kind and the extension that its files get. A zip holds an image sequence (video)."""

SNIFF_BYTES = 64
"""How many leading bytes `sniff_media_type` wants."""


def kind_of(media_type: str) -> MediaKind | None:
    """Give the kind of a media type, or None for one that is not a medium of ours."""
    found = MEDIA_TYPES.get(media_type)
    return found[0] if found else None


def extension_of(media_type: str) -> str:
    """Give the extension, without a dot, that files of a media type get; `bin` where unknown."""
    found = MEDIA_TYPES.get(media_type)
    return found[1] if found else "bin"


_ISO_AUDIO_BRANDS = (b"M4A ", b"M4B ")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"<svg", "image/svg+xml"),
)


def sniff_media_type(head: bytes) -> str | None:
    """Recognise a medium by its first bytes (`SNIFF_BYTES` are enough); None if they are no medium's.

    A name is never trusted: ffmpeg would read a manifest called `.mp4` and render a text file as video.
    """
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[4:8] == b"ftyp":
        return _iso_media_type(head[8:12])
    if head.startswith(b"RIFF"):
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12])
    return _sniff_frame_sync(head)


def _iso_media_type(brand: bytes) -> str:
    if brand in _ISO_AUDIO_BRANDS:
        return "audio/mp4"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


_SYNC_BITS = 0xE0
_ADTS_MASK, _ADTS_BITS = 0xF6, 0xF0


def _sniff_frame_sync(head: bytes) -> str | None:
    """Tell raw AAC (ADTS) and MPEG audio, which have no signature, by their first frame header."""
    two = 2
    if len(head) < two or head[0] != 0xFF:  # noqa: PLR2004 - the first byte of a frame sync
        return None
    if head[1] & _ADTS_MASK == _ADTS_BITS:
        return "audio/aac"
    return "audio/mpeg" if head[1] & _SYNC_BITS == _SYNC_BITS else None
