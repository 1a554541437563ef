"""Exports: whole files, nothing overwritten that is not ours, nothing outside the folder."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.store.manifest import MANIFEST_NAME
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.store.outputs import MAX_NOTES, export
from tests.fakes.disk import FakeDisk
from tests.fakes.exports import contents, item, refusal

if TYPE_CHECKING:
    from pathlib import Path

needs_posix = pytest.mark.skipif(os.name == "nt", reason="making a symlink needs a privilege there")


@pytest.fixture
def blobs() -> MemoryBlobStore:
    """Make an empty blob store."""
    return MemoryBlobStore()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Name the output folder; it is not made."""
    return tmp_path / "out" / "teaser"


def test_files_are_written(out: Path, blobs: MemoryBlobStore) -> None:
    """Outputs become files, in folders where their paths say so, in the given order."""
    items = [item(blobs, "film.mp4", b"film"), item(blobs, "dubs/es.mp3", b"hola")]
    files = export(out, items, blobs)
    assert contents(out) == {"film.mp4": b"film", "dubs/es.mp3": b"hola"}
    assert [(one.path, one.is_written) for one in files] == [
        (out / "film.mp4", True),
        (out / "dubs" / "es.mp3", True),
    ]
    assert files[0].artifact == items[0].artifact


def test_nothing_to_export(out: Path, blobs: MemoryBlobStore) -> None:
    """Without outputs no folder is made."""
    assert export(out, [], blobs) == ()
    assert not out.exists()


def test_unchanged_files_are_not_written_again(out: Path, blobs: MemoryBlobStore) -> None:
    """What is there is neither written nor read again, nor is the manifest; the blob may be gone."""
    items = [item(blobs, "film.mp4", b"film")]
    export(out, items, blobs)
    stamps = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    disk = FakeDisk()
    (file,) = export(out, items, MemoryBlobStore(), disk)
    assert not file.is_written
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == stamps
    assert disk.calls == []


def test_the_stat_is_trusted(out: Path, blobs: MemoryBlobStore) -> None:
    """A file whose size and mtime are the remembered ones is taken for what it was."""
    items = [item(blobs, "film.mp4", b"film")]
    export(out, items, blobs)
    path, status = out / "film.mp4", (out / "film.mp4").stat()
    path.write_bytes(b"FILM")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not export(out, items, blobs)[0].is_written


def test_touched_file_is_recognised(out: Path, blobs: MemoryBlobStore) -> None:
    """A file whose mtime changed is read; if its bytes are the same it is kept and remembered anew."""
    items = [item(blobs, "film.mp4", b"film")]
    export(out, items, blobs)
    os.utime(out / "film.mp4", ns=(1, 1))
    assert not export(out, items, blobs)[0].is_written
    fields = json.loads((out / MANIFEST_NAME).read_text())["files"]["film.mp4"]
    assert fields == {"sha256": digest_bytes(b"film"), "bytes": 4, "mtime_ns": 1}


def test_our_file_is_replaced(out: Path, blobs: MemoryBlobStore) -> None:
    """A file that we wrote and nobody edited is replaced, again and again."""
    for data in (b"one", b"two", b"three"):
        assert export(out, [item(blobs, "film.mp4", data)], blobs)[0].is_written
        assert contents(out) == {"film.mp4": data}


def test_edited_file_is_not_overwritten(out: Path, blobs: MemoryBlobStore) -> None:
    """A file that was edited stops the export before anything is written, and says what to do."""
    export(out, [item(blobs, "film.mp4", b"one"), item(blobs, "other.mp4", b"one")], blobs)
    (out / "film.mp4").write_bytes(b"edited by hand")
    error = refusal(out, [item(blobs, "other.mp4", b"two"), item(blobs, "film.mp4", b"two")], blobs)
    assert contents(out) == {"film.mp4": b"edited by hand", "other.mp4": b"one"}
    assert f"{out / 'film.mp4'} was edited" in error.message
    assert error.hint is not None
    assert "--out" in error.hint


def test_foreign_file_is_not_overwritten(out: Path, blobs: MemoryBlobStore) -> None:
    """A file that we never wrote stays; every obstacle is listed."""
    out.mkdir(parents=True)
    for name in ("a.mp4", "b.mp4"):
        (out / name).write_bytes(b"the user's")
    error = refusal(out, [item(blobs, "a.mp4", b"x"), item(blobs, "b.mp4", b"x")], blobs)
    assert "a.mp4 was not written by runway-flow" in error.message
    assert error.notes == (f"{out / 'b.mp4'} was not written by runway-flow",)
    assert not (out / MANIFEST_NAME).exists()


def test_long_lists_of_obstacles_are_cut(out: Path, blobs: MemoryBlobStore) -> None:
    """Beyond a number obstacles are counted, not listed."""
    out.mkdir(parents=True)
    items = [item(blobs, f"{number}.mp4", b"x") for number in range(MAX_NOTES + 5)]
    for one in items:
        (out / one.path).write_bytes(b"the user's")
    assert refusal(out, items, blobs).notes[-1] == "and 4 more"


def test_file_that_is_what_is_wanted_becomes_ours(out: Path, blobs: MemoryBlobStore) -> None:
    """A file with the wanted bytes is adopted, so a lost manifest is no obstacle to the same result."""
    export(out, [item(blobs, "film.mp4", b"film")], blobs)
    (out / MANIFEST_NAME).unlink()
    assert not export(out, [item(blobs, "film.mp4", b"film")], blobs)[0].is_written
    assert export(out, [item(blobs, "film.mp4", b"next")], blobs)[0].is_written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": {"film.mp4": {}}}',
        "\xff",
        "null",
    ],
)
def test_damaged_manifest_protects_files(out: Path, blobs: MemoryBlobStore, text: str) -> None:
    """With a manifest that cannot be read nothing counts as ours."""
    export(out, [item(blobs, "film.mp4", b"one")], blobs)
    (out / MANIFEST_NAME).write_bytes(text.encode("latin-1"))
    refusal(out, [item(blobs, "film.mp4", b"two")], blobs)
    assert contents(out) == {"film.mp4": b"one"}


def test_unreadable_manifest(out: Path, blobs: MemoryBlobStore) -> None:
    """A manifest that is no file stops the export."""
    (out / MANIFEST_NAME).mkdir(parents=True)
    assert "a folder where a file is needed" in refusal(out, [item(blobs, "a.mp4", b"x")], blobs).message


def test_files_of_an_earlier_export_stay(out: Path, blobs: MemoryBlobStore) -> None:
    """A file that is no output any more stays, and may be replaced when it is one again."""
    both = [item(blobs, "es.mp3", b"hola"), item(blobs, "fr.mp3", b"salut")]
    export(out, both, blobs)
    export(out, both[:1], blobs)
    assert contents(out) == {"es.mp3": b"hola", "fr.mp3": b"salut"}
    assert export(out, [item(blobs, "fr.mp3", b"bonjour")], blobs)[0].is_written


def test_removed_file_is_forgotten(out: Path, blobs: MemoryBlobStore) -> None:
    """A file of an earlier export that the user removed is forgotten; a wanted one is written again."""
    both = [item(blobs, "es.mp3", b"hola"), item(blobs, "fr.mp3", b"salut")]
    export(out, both, blobs)
    for one in both:
        (out / one.path).unlink()
    assert export(out, both[:1], blobs)[0].is_written
    assert list(json.loads((out / MANIFEST_NAME).read_text())["files"]) == ["es.mp3"]


@pytest.mark.parametrize("failing_at", [0, 1])
def test_crash_between_files(out: Path, blobs: MemoryBlobStore, failing_at: int) -> None:
    """After a crash in the middle the next export knows what is ours, also if it wants something else."""

    class Crashing(MemoryBlobStore):
        """A store whose process dies before the n-th file."""

        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def materialise(self, digest: Digest, target: Path) -> None:
            """Write, or die."""
            if self.count == failing_at:
                raise KeyboardInterrupt
            self.count += 1
            blobs.materialise(digest, target)

    paths = ["a.mp4", "b.mp4"]
    export(out, [item(blobs, path, b"one") for path in paths], blobs)
    with pytest.raises(KeyboardInterrupt):
        export(out, [item(blobs, path, b"two") for path in paths], Crashing())
    export(out, [item(blobs, path, b"three") for path in paths], blobs)
    assert contents(out) == {"a.mp4": b"three", "b.mp4": b"three"}


def test_what_a_killed_process_left_is_removed_by_age(tmp_path: Path, blobs: MemoryBlobStore) -> None:
    """Our unfinished copies go once they are old; a young one may be in use, other files are not ours."""
    folder = tmp_path / "out"
    (folder / "films").mkdir(parents=True)
    old = [folder / ".12-0123456789abcdef.part", folder / "films" / ".7-00112233445566ff.part"]
    kept = [folder / ".mine.part", folder / "12-0123456789abcdef.part", folder / ".9-0123456789abcdef.part"]
    for path in (*old, *kept):
        path.write_bytes(b"x")
        os.utime(path, (1.0, 1.0))
    os.utime(kept[-1])
    export(folder, [item(blobs, "films/a.png", b"A")], blobs)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)
