"""Puts the media among an operation's parameters into its work folder, under names that we made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    InlineMedium,
    MediaKind,
    PinnedMedium,
    RemoteMedium,
    extension_of,
    kind_of,
)
from runway_flow.providers.media.commands import Source
from runway_flow.tools.containers import DEMUXERS, not_media, open_source, sniff
from runway_flow.tools.plain_files import open_plain
from runway_flow.tools.streams import probe_streams

if TYPE_CHECKING:
    from runway_flow.engine.ports import BlobStore
    from runway_flow.kernel.digests import Digest

_CHUNK_BYTES = 1 << 20


@dataclass(slots=True)
class Inputs:
    """Materialises media into `folder`; the same content is there once, however often it is used."""

    folder: Path
    blobs: BlobStore
    _known: dict[Digest, Source] = field(default_factory=dict)

    def materialise(self, value: object, place: str = "") -> object:
        """Give `value` with every medium in it replaced by its `Source`.

        `place` is how messages name it. Raises `MediaError` for media that cannot be read here.
        """
        if isinstance(value, (Artifact, FileMedium, InlineMedium, PinnedMedium)):
            known = self._known.get(value.digest)
            if known is None:
                known = self._known[value.digest] = self._fetch(value, place)
            return known
        if isinstance(value, RemoteMedium):
            raise MediaError(
                f"{place}: an operation on this machine cannot read an address of that kind",
                code=codes.URL_NOT_ACCEPTED,
                hint="give a file, the output of a step, or `{url, sha256}`",
            )
        if isinstance(value, Mapping):
            return {
                key: self.materialise(item, f"{place}.{key}" if place else str(key))
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return tuple(self.materialise(item, f"{place}[{index}]") for index, item in enumerate(value))
        return value

    def _fetch(self, medium: Artifact | FileMedium | InlineMedium | PinnedMedium, place: str) -> Source:
        raw = self.folder / f"in{len(self._known)}"
        if isinstance(medium, InlineMedium):
            raw.write_bytes(medium.data)
        elif isinstance(medium, FileMedium):
            _copy(medium, raw, place)
        elif isinstance(medium, PinnedMedium) and not self.blobs.has(medium.digest):
            raise MediaError(
                f"{place}: the content of the address was not fetched", code=codes.URL_NOT_ACCEPTED
            )
        else:
            self.blobs.materialise(medium.digest, raw)
        return _recognise(raw, place)


def _copy(medium: FileMedium, target: Path, place: str) -> None:
    """Take a copy of a user's file, and see that it is still what was planned with."""
    digest = hashlib.sha256()
    try:
        with open_plain(Path(medium.path)) as file, target.open("xb") as copy:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
    except OSError as error:
        raise MediaError(
            f"{place}: {medium.path} cannot be read: {error.strerror or error}", code=codes.FILE_UNREADABLE
        ) from error
    if digest.hexdigest() != medium.digest:
        raise MediaError(
            f"{place}: {medium.path} changed after it was planned with",
            code=codes.FILE_UNREADABLE,
            hint="run again: the plan is made anew",
        )


def _recognise(raw: Path, place: str) -> Source:
    with open_source(raw) as file:
        media_type = sniff(file)
    if media_type not in DEMUXERS or kind_of(media_type) is MediaKind.IMAGE:
        raise not_media(place, f"a video or a sound is needed, this is {media_type or 'neither'}")
    path = raw.with_name(f"{raw.name}.{extension_of(media_type)}")
    raw.replace(path)
    return Source(path.name, probe_streams(path, place))
