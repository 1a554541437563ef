"""Actions and a provider for tests of local media."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import Capability, OutputSpec, Price
from runway_flow.kernel.media import Artifact, MediaKind
from runway_flow.plan.action import Action, ActionKey
from runway_flow.providers.media.commands import Source
from runway_flow.providers.media.provider import MediaProvider
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.tools.probe import probe
from runway_flow.tools.streams import AudioStream, StreamFacts, VideoStream
from tests.fakes.clips import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runway_flow.tools.ffmpeg import Ffmpeg


def make_action(operation: str, **params: object) -> Action:
    """Make an action of a local operation."""
    row = Capability(
        operation, operation, None, "", (), OutputSpec(MediaKind.VIDEO), Price(None), is_local=True
    )
    return Action(ActionKey("0" * 64), {}, row, params, params)


class LocalMedia:
    """A provider over a store in memory, with a work folder that can be looked at."""

    def __init__(self, folder: Path, ffmpeg: Ffmpeg | None = None) -> None:
        self.blobs = MemoryBlobStore()
        self.work = folder / "work"
        self.out = folder / "results"
        self.provider = MediaProvider(lambda: ffmpeg or program(), self.blobs, self.work)
        self.progress: list[float] = []

    def artifact(self, path: Path) -> Artifact:
        """Put a file into the store."""
        return Artifact(self.blobs.put_file(path), probe(path))

    async def perform(self, operation: str, **params: object) -> Path:
        """Do an operation and give its one result as a file."""
        (artifact,) = await self.provider.perform(make_action(operation, **params), self.progress.append)
        self.out.mkdir(exist_ok=True)
        path = self.out / f"{len(list(self.out.iterdir()))}.{artifact.facts.media_type.partition('/')[2]}"
        self.blobs.materialise(artifact.digest, path)
        assert probe(path) == artifact.facts
        return path

    def left_over(self) -> list[str]:
        """Give what stands in the work folder."""
        return [path.name for path in self.work.iterdir()] if self.work.exists() else []


def made_video(
    seconds: float = 2.0,
    fps: Fraction = Fraction(24),
    size: tuple[int, int] = (64, 36),
    codec: str = "h264",
    sar: Fraction = Fraction(1),
    setup: str = "x",
    start: float = 0.0,
) -> VideoStream:
    """Make the facts of a video that does not exist."""
    frames = max(round(seconds * fps), 1)
    return VideoStream(
        codec, "High", "yuv420p", *size, sar, fps, Fraction(1, 12288), frames, seconds, start, setup=setup
    )


def made_source(
    name: str,
    video: VideoStream | None,
    audio: AudioStream | None = None,
    media_type: str = "video/mp4",
    languages: Sequence[str | None] = (),
) -> Source:
    """Make a source that does not exist."""
    return Source(name, StreamFacts(media_type, video, audio, tuple(languages)))


def made_sound(seconds: float = 2.0, channels: int = 2) -> AudioStream:
    """Make the facts of a sound that does not exist."""
    return AudioStream("aac", 48_000, channels, seconds, "s")
