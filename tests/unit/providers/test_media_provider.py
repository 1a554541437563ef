"""The provider around its operations: folders, inputs, cancellation, checks."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import InternalError, MediaError, StoreError
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    InlineMedium,
    PinnedMedium,
    RemoteMedium,
)
from runway_flow.providers.media.provider import MediaProvider
from runway_flow.providers.media.workshop import MAX_SECONDS, Promise, Workshop, check_result, read_progress
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.tools.ffmpeg import Ffmpeg
from runway_flow.tools.probe import probe
from tests.fakes.clips import clip, look, program
from tests.fakes.local_media import LocalMedia, make_action

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


@pytest.fixture
def media(tmp_path: Path) -> LocalMedia:
    """Make a provider."""
    return LocalMedia(tmp_path)


def stand_in(folder: Path, script: str) -> Ffmpeg:
    """Write a program that does something else than ffmpeg."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Ffmpeg(str(path), "0.test", frozenset(), "configured")


async def mux(media: LocalMedia) -> Path:
    """Do something short."""
    return await media.perform(
        "media/mux", video=media.artifact(clip("red")), audio=media.artifact(clip("voice"))
    )


async def test_result_is_in_the_store(media: LocalMedia) -> None:
    """A result is a blob with its facts, its name says its type, and nothing is left in the work folder."""
    path = await mux(media)
    assert path.suffix == ".mp4"
    assert probe(path).has_audio
    assert media.left_over() == []


async def test_progress(media: LocalMedia) -> None:
    """Progress rises from 0 to 1."""
    await mux(media)
    assert media.progress == sorted(media.progress)
    assert media.progress[-1] == 1.0
    assert all(0 <= share <= 1 for share in media.progress)


@pytest.mark.parametrize(
    ("line", "share"),
    [
        ("out_time_us=500000", 0.25),
        ("out_time_us=9000000", 1.0),
        ("out_time_us=-21333", 0.0),
        ("out_time_us=N/A", None),
        ("frame=12", None),
        ("progress=end", None),
        ("", None),
    ],
)
def test_progress_lines(line: str, share: float | None) -> None:
    """Only the time written so far counts."""
    assert read_progress(line, 2.0) == share


def test_progress_of_nothing() -> None:
    """A result without length has no progress."""
    assert read_progress("out_time_us=1", 0.0) is None


async def test_unknown_operation(media: LocalMedia) -> None:
    """An operation that the catalogue has and this provider has not is our bug."""
    with pytest.raises(InternalError, match="media/dance"):
        await media.provider.perform(make_action("media/dance"), media.progress.append)


def test_tool_version(media: LocalMedia) -> None:
    """The version names both tools."""
    version = media.provider.tool_version()
    assert version.startswith(f"ffmpeg {program().version}, PyAV ")


def test_tool_version_without_ffmpeg(tmp_path: Path) -> None:
    """Without an ffmpeg the version still says what takes frames."""

    def missing() -> Ffmpeg:
        raise MediaError("none", code=codes.FFMPEG_MISSING)

    provider = MediaProvider(missing, MemoryBlobStore(), tmp_path)
    assert provider.tool_version().startswith("no ffmpeg, PyAV ")


async def test_missing_ffmpeg(tmp_path: Path) -> None:
    """An operation that needs ffmpeg fails with its code; taking a frame does not need it."""
    media = LocalMedia(tmp_path)

    def missing() -> Ffmpeg:
        raise MediaError("none", code=codes.FFMPEG_MISSING)

    media.provider = replace(media.provider, ffmpeg=missing)
    await media.perform("media/frame", video=media.artifact(clip("red")))
    with pytest.raises(MediaError) as caught:
        await mux(media)
    assert caught.value.code is codes.FFMPEG_MISSING
    assert media.left_over() == []


# --- inputs --------------------------------------------------------------------------------------


def file_medium(path: Path) -> FileMedium:
    """Give a user's file as it was planned with."""
    return FileMedium(str(path), digest_bytes(path.read_bytes()), probe(path))


async def test_every_kind_of_medium(media: LocalMedia) -> None:
    """Artifacts, files, data URIs and pinned addresses whose content is there can be joined."""
    data = clip("silent_twin").read_bytes()
    artifact = media.artifact(clip("silent"))
    inline = InlineMedium(data, digest_bytes(data), probe(clip("silent_twin")))
    pinned = PinnedMedium("https://example.com/a.mp4", artifact.digest)
    clips = (artifact, file_medium(clip("ramp")), inline, {"media": pinned})
    assert len(look(await media.perform("media/concat", clips=clips, size="64:64"))) == 96


async def test_same_medium_twice(media: LocalMedia) -> None:
    """A medium may be used several times."""
    red = media.artifact(clip("red"))
    assert len(look(await media.perform("media/concat", clips=(red, red, red)))) == 72


async def test_file_that_changed(media: LocalMedia, tmp_path: Path) -> None:
    """A file that is another than was planned with is not used."""
    path = tmp_path / "mine.mp4"
    path.write_bytes(clip("red").read_bytes())
    medium = file_medium(path)
    path.write_bytes(clip("blue").read_bytes())
    with pytest.raises(MediaError, match="changed after it was planned with") as caught:
        await media.perform("media/frame", video=medium)
    assert caught.value.code is codes.FILE_UNREADABLE


async def test_file_that_is_gone(media: LocalMedia, tmp_path: Path) -> None:
    """A file that is gone is named with its parameter."""
    path = tmp_path / "mine.mp4"
    path.write_bytes(clip("red").read_bytes())
    medium = file_medium(path)
    path.unlink()
    with pytest.raises(MediaError, match=r"video: .*mine\.mp4 cannot be read"):
        await media.perform("media/frame", video=medium)


@pytest.mark.parametrize(
    "medium",
    [
        RemoteMedium("https://example.com/x.mp4?sig=secret"),
        PinnedMedium("https://example.com/x.mp4?sig=secret", Digest("0" * 64)),
    ],
)
async def test_addresses_are_not_read(media: LocalMedia, medium: object) -> None:
    """An address is refused by its place; a signed one is not repeated."""
    with pytest.raises(MediaError, match=r"clips\[1\]\.media") as caught:
        await media.perform("media/concat", clips=(media.artifact(clip("red")), {"media": medium}))
    assert caught.value.code is codes.URL_NOT_ACCEPTED
    assert "secret" not in caught.value.message


async def test_image_is_no_clip(media: LocalMedia) -> None:
    """An image is refused with its type and its place."""
    with pytest.raises(MediaError, match=r"clips\[0\] .* this is image/png") as caught:
        await media.perform("media/concat", clips=(media.artifact(clip("png")),))
    assert caught.value.code is codes.FILE_NOT_MEDIA


async def test_blob_that_is_not_there(media: LocalMedia) -> None:
    """A missing blob is the store's error, and leaves nothing behind."""
    artifact = Artifact(Digest("0" * 64), probe(clip("red")))
    with pytest.raises(StoreError):
        await media.perform("media/frame", video=artifact)
    assert media.left_over() == []


async def test_work_folder_that_cannot_be_made(media: LocalMedia) -> None:
    """A work folder that is in the way is an error of this machine, said plainly."""
    media.work.write_text("a file")
    with pytest.raises(MediaError, match="no work folder can be made"):
        await mux(media)


@posix
async def test_work_folder_is_private(tmp_path: Path) -> None:
    """Nobody else can look into the work folder, and names in it are ours."""
    log = tmp_path / "log"
    media = LocalMedia(tmp_path, stand_in(tmp_path, f'ls -ld . > "{log}"; ls >> "{log}"; exit 1'))
    with pytest.raises(MediaError):
        await mux(media)
    mode, *names = log.read_text().splitlines()
    assert mode.startswith("drwx------")
    assert names == ["in0.mp4", "in1.mp3"]


# --- cancellation and failure --------------------------------------------------------------------


def is_child_left() -> bool:
    """Whether this process has a child, running or dead, that nobody waited for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@posix
async def test_cancellation_leaves_nothing(tmp_path: Path) -> None:
    """A cancelled operation ends with its program dead, its folder gone, and nothing in the store."""
    media = LocalMedia(tmp_path, stand_in(tmp_path, "echo out_time_us=500000; sleep 60"))
    params = {"video": media.artifact(clip("red")), "audio": media.artifact(clip("voice"))}
    running = asyncio.Event()
    action = make_action("media/mux", **params)
    call = asyncio.create_task(media.provider.perform(action, lambda _: running.set()))
    await running.wait()
    assert media.left_over() != []
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert media.left_over() == []
    assert not is_child_left()


async def test_cancelled_before_it_began(media: LocalMedia) -> None:
    """Cancelled at once, it leaves nothing either."""
    action = make_action("media/frame", video=media.artifact(clip("red")))
    call = asyncio.create_task(media.provider.perform(action, media.progress.append))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert media.left_over() == []


async def test_work_is_told_to_stop(tmp_path: Path) -> None:
    """Work in a thread that is cancelled is told so, and waited for."""
    import threading

    begun, ended = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        begun.set()
        if stop.wait(30):
            ended.set()

    shop = Workshop(tmp_path, program, lambda _: None)
    call = asyncio.create_task(shop.stoppable(work))
    await asyncio.to_thread(begun.wait, 30)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert ended.is_set()


@posix
@pytest.mark.parametrize(
    ("script", "reason", "code"),
    [
        (
            "echo 'in0.mp4: broken thing' >&2; exit 187",
            r"failed \(187\): in0.mp4: broken",
            codes.MEDIA_FAILED,
        ),
        ("exit 1", "it said nothing", codes.MEDIA_FAILED),
        ("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", "full", codes.DISK_FULL),
        ("exit 0", "cannot be read", codes.MEDIA_UNEXPECTED),
        ("cp in0.mp4 out.mp4", "promised", codes.MEDIA_UNEXPECTED),
    ],
)
async def test_failures(tmp_path: Path, script: str, reason: str, code: object) -> None:
    """A failing program is quoted; one that claims success is not believed; nothing is left."""
    media = LocalMedia(tmp_path, stand_in(tmp_path, script))
    with pytest.raises(MediaError, match=reason) as caught:
        await media.perform(
            "media/mux",
            video=media.artifact(clip("red")),
            audio={"es": media.artifact(clip("voice")), "fr": media.artifact(clip("music"))},
        )
    assert caught.value.code is code
    assert media.left_over() == []


async def test_program_that_does_not_start(tmp_path: Path) -> None:
    """A program that vanished is named."""
    media = LocalMedia(tmp_path, Ffmpeg(str(tmp_path / "gone"), "7", frozenset(), "PATH"))
    with pytest.raises(MediaError, match="gone cannot be started"):
        await mux(media)


async def test_too_long(tmp_path: Path) -> None:
    """A result of many hours is refused before anything runs: two frames can claim a day."""
    shop = Workshop(tmp_path, program, lambda _: None)
    with pytest.raises(MediaError, match="at most 3 h"):
        await shop.encode((), MAX_SECONDS + 1)


@posix
async def test_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that does not end is stopped."""
    from runway_flow.providers.media import workshop

    monkeypatch.setattr(workshop, "_START_S", 0.2)
    monkeypatch.setattr(workshop, "_PER_SECOND_S", 0.0)
    media = LocalMedia(tmp_path, stand_in(tmp_path, "sleep 60"))
    with pytest.raises(MediaError, match="did not end within"):
        await mux(media)
    assert not is_child_left()


RED_FILM = Promise(1.0, 1 / 24, sounds=1, frames=24, size=(64, 36))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        ({"frames": 25}, None),
        ({"frames": 26}, "frames: 24, promised 26"),
        ({"size": (36, 64)}, "size: "),
        ({"sounds": 0}, "audio streams: 1, promised 0"),
        ({"frames": None}, "a picture: True, promised False"),
        ({"seconds": 1.1}, "seconds: 1.0, promised 1.1"),
    ],
)
def test_promises(change: Mapping[str, object], complaint: str | None) -> None:
    """A result is held against its promise, one frame of slack; every difference is told."""
    promise = replace(RED_FILM, **change)
    if complaint is None:
        check_result(clip("red"), promise)
        return
    with pytest.raises(MediaError, match=complaint) as caught:
        check_result(clip("red"), promise)
    assert caught.value.code is codes.MEDIA_UNEXPECTED


def test_promise_of_a_sound() -> None:
    """A sound is held against its length."""
    check_result(clip("music"), Promise(2.0, 0.01, sounds=1))
    with pytest.raises(MediaError, match="seconds"):
        check_result(clip("music"), Promise(3.0, 0.01, sounds=1))
