"""Exports write into their folder, through no symlink, under safe names."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.kernel.codes import BLOB_MISSING, OUTPUT_UNWRITABLE
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.store.manifest import MANIFEST_NAME
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.store.outputs import ExportItem, export
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


def test_folder_that_cannot_be_written(out: Path, blobs: MemoryBlobStore) -> None:
    """What the system refuses is an error of the output, with what to do."""
    with pytest.raises(StoreError, match="Permission denied") as caught:
        export(out, [item(blobs, "film.mp4", b"film")], blobs, FakeDisk({"rename": errno.EACCES}))
    assert caught.value.code is OUTPUT_UNWRITABLE


def test_folder_in_place_of_a_file(out: Path, blobs: MemoryBlobStore) -> None:
    """Folders and files in each other's place are refused."""
    (out / "film.mp4").mkdir(parents=True)
    assert "a folder where a file" in refusal(out, [item(blobs, "film.mp4", b"x")], blobs).message
    (out / "dubs").write_bytes(b"")
    assert "a file where a folder" in refusal(out, [item(blobs, "dubs/es.mp3", b"x")], blobs).message


@needs_posix
def test_symlinks_are_refused(out: Path, blobs: MemoryBlobStore, tmp_path: Path) -> None:
    """A symlink in the folder, or in its place, never leads an output elsewhere."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_bytes(b"precious")
    out.mkdir(parents=True)
    (out / "film.mp4").symlink_to(victim / "file")
    (out / "dubs").symlink_to(victim)
    (tmp_path / "linked").symlink_to(victim)
    assert "a symlink" in refusal(out, [item(blobs, "film.mp4", b"x")], blobs).message
    assert "a symlink" in refusal(out, [item(blobs, "dubs/file", b"x")], blobs).message
    assert "a symlink" in refusal(tmp_path / "linked", [item(blobs, "file", b"x")], blobs).message
    (out / MANIFEST_NAME).symlink_to(victim / "file")
    assert "a symlink" in refusal(out, [item(blobs, "other.mp4", b"x")], blobs).message
    assert contents(victim) == {"file": b"precious"}


@needs_posix
def test_pipe_is_not_read(out: Path, blobs: MemoryBlobStore) -> None:
    """A pipe at an output's path is refused without being opened."""
    out.mkdir(parents=True)
    os.mkfifo(out / "film.mp4")
    assert "no plain file" in refusal(out, [item(blobs, "film.mp4", b"x")], blobs).message


def test_name_too_long_for_the_system(out: Path, blobs: MemoryBlobStore) -> None:
    """A name that the file system does not take is an error with that name."""
    assert "name" in refusal(out, [item(blobs, f"{'a' * 400}.mp4", b"x")], blobs).message


@pytest.mark.parametrize(
    "path", ["../film.mp4", "/film.mp4", "a/../../b", "C:film", MANIFEST_NAME, "a\\b", ""]
)
def test_unsafe_paths_are_refused(out: Path, blobs: MemoryBlobStore, path: str) -> None:
    """A path that leads elsewhere, or to the manifest, is refused before anything is made."""
    assert "not a safe name" in refusal(out, [item(blobs, path, b"x")], blobs).message
    assert not out.exists()


def test_colliding_paths_are_refused(out: Path, blobs: MemoryBlobStore) -> None:
    """Two outputs that some file system takes for one are refused."""
    items = [item(blobs, "dubs/ES.mp3", b"x"), item(blobs, "dubs/es.mp3", b"y")]
    assert "dubs/ES.mp3, dubs/es.mp3" in refusal(out, items, blobs).message


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(alphabet="ab./\\:~ \0\n", max_size=6), min_size=1, max_size=2))
def test_nothing_is_written_outside(tmp_path_factory: pytest.TempPathFactory, paths: list[str]) -> None:
    """Whatever the names are, files appear in the output folder only."""
    base = tmp_path_factory.mktemp("base")
    blobs = MemoryBlobStore()
    try:
        export(base / "out" / "flow", [item(blobs, path, b"x") for path in paths], blobs)
    except StoreError as error:
        assert error.code is OUTPUT_UNWRITABLE  # noqa: PT017 - it may also succeed
    below = {path for path in base.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(base / "out" / "flow") for path in below)


def test_missing_blob_writes_nothing_under_its_name(out: Path, blobs: MemoryBlobStore) -> None:
    """Bytes that the store does not have are its error, and no file appears."""
    lost = ExportItem(
        "film.mp4", Artifact(digest_bytes(b"lost"), MediaFacts(MediaKind.VIDEO, "video/mp4", 4))
    )
    with pytest.raises(StoreError) as caught:
        export(out, [lost], blobs)
    assert caught.value.code is BLOB_MISSING
    assert contents(out) == {}
