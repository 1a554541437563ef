"""Does local media operations: inputs into a folder of their own, one operation, results into the store."""

from __future__ import annotations

import importlib.metadata
import shutil
import uuid
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from runway_flow.kernel.errors import InternalError, MediaError
from runway_flow.kernel.media import Artifact
from runway_flow.providers.media import concat, frame, mux
from runway_flow.providers.media.inputs import Inputs
from runway_flow.providers.media.workshop import Workshop
from runway_flow.tools.probe import probe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from runway_flow.engine.ports import BlobStore, Draft
    from runway_flow.plan.action import Action
    from runway_flow.tools.ffmpeg import Ffmpeg

    Operation = Callable[[Mapping[str, object], Workshop], Awaitable[tuple[Path, ...]]]

OPERATIONS: Mapping[str, Operation] = {
    "media/concat": concat.perform,
    "media/frame": frame.perform,
    "media/mux": mux.perform,
}
"""Operation → what does it: given parameters with their media in the work folder, it gives checked files."""

_CHUNK_BYTES = 1 << 20
_PRIVATE = 0o700


class MediaProvider(Struct, frozen=True):
    """Implements `engine.ports.LocalProvider` with ffmpeg and PyAV; every call works in a folder of its own.

    `work_root` is where those folders are made and removed again.
    """

    ffmpeg: Callable[[], Ffmpeg]
    blobs: BlobStore
    work_root: Path

    async def perform(self, action: Action, on_progress: Callable[[float], None]) -> tuple[Artifact, ...]:
        """Do it, check what came, put it into the blob store. Raises `MediaError`, `StoreError`.

        On cancellation its ffmpeg is killed and waited for, and its folder removed, before this ends.
        """
        operation = OPERATIONS.get(action.capability.endpoint)
        if operation is None:
            raise InternalError(f"no local operation is called {action.capability.endpoint}")
        folder = self.work_root / f"media-{uuid.uuid4().hex}"
        shop = Workshop(folder, self.ffmpeg, on_progress)
        try:
            params = await shop.blocking(self._prepare, action, folder)
            paths = await operation(params, shop)
            artifacts = await shop.blocking(self._keep, paths)
        finally:
            await shop.blocking(shutil.rmtree, folder, ignore_errors=True)
        on_progress(1.0)
        return artifacts

    def tool_version(self) -> str:
        """Give the versions of ffmpeg and PyAV; without an ffmpeg it says so."""
        try:
            version = f"ffmpeg {self.ffmpeg().version}"
        except MediaError:
            version = "no ffmpeg"
        return f"{version}, PyAV {importlib.metadata.version('av')}"

    def _prepare(self, action: Action, folder: Path) -> Mapping[str, object]:
        try:
            self.work_root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            folder.mkdir(mode=_PRIVATE)
        except OSError as error:
            raise MediaError(f"no work folder can be made: {error.strerror or error}") from error
        inputs = Inputs(folder, self.blobs)
        return {name: inputs.materialise(value, name) for name, value in action.params.items()}

    def _keep(self, paths: tuple[Path, ...]) -> tuple[Artifact, ...]:
        return tuple(self._put(path) for path in paths)

    def _put(self, path: Path) -> Artifact:
        facts = probe(path)
        draft = self.blobs.draft()
        try:
            with path.open("rb") as file:
                _copy(file, draft)
            return Artifact(draft.keep(), facts)
        finally:
            draft.discard()


def _copy(file: BinaryIO, draft: Draft) -> None:
    while chunk := file.read(_CHUNK_BYTES):
        draft.write(chunk)
