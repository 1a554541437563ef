"""What is in the way of outputs, known before anything is made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import OUTPUT_UNWRITABLE
from runway_flow.kernel.errors import StoreError
from runway_flow.store.manifest import MANIFEST_NAME
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.store.outputs import PlannedFile, check_places, export
from tests.fakes.exports import contents, item

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give the folder of outputs, which is not there yet."""
    return tmp_path / "out" / "teaser"


@pytest.fixture
def blobs() -> MemoryBlobStore:
    """Give a store in memory."""
    return MemoryBlobStore()


def refusal(out: Path, *paths: str) -> StoreError:
    """Give why files cannot go to their places."""
    with pytest.raises(StoreError) as caught:
        check_places(out, [PlannedFile(path, None) for path in paths])
    assert caught.value.code is OUTPUT_UNWRITABLE
    assert caught.value.code.exit == 4
    return caught.value


def test_a_free_place(out: Path) -> None:
    """Where nothing is, everything can be written; looking makes no folder."""
    check_places(out, [PlannedFile("film.mp4", None), PlannedFile("dubs/es.mp3", None)])
    check_places(out, [])
    assert not out.parent.exists()


def test_a_file_of_the_users(out: Path, blobs: MemoryBlobStore) -> None:
    """A file that is not ours is in the way, unless it is known to be what is wanted."""
    out.mkdir(parents=True)
    (out / "film.mp4").write_bytes(b"mine")
    assert "--out" in str(refusal(out, "film.mp4").hint)
    assert refusal(out, "film.mp4").message == (
        f"{out / 'film.mp4'} was not written by runway-flow; it is not overwritten, and nothing was submitted"
    )
    wanted = item(blobs, "film.mp4", b"mine")
    check_places(out, [PlannedFile(wanted.path, wanted.artifact)])
    assert contents(out) == {"film.mp4": b"mine"}


def test_a_file_of_ours(out: Path, blobs: MemoryBlobStore) -> None:
    """What we wrote may be replaced by whatever comes, until the user edits it."""
    export(out, [item(blobs, "film.mp4", b"old")], blobs)
    check_places(out, [PlannedFile("film.mp4", None)])
    (out / "film.mp4").write_bytes(b"edited")
    assert "was edited" in refusal(out, "film.mp4").message


def test_a_file_where_a_folder_is_needed(tmp_path: Path, out: Path) -> None:
    """A file cannot be a folder, neither above the outputs nor among them."""
    (tmp_path / "out").write_bytes(b"")
    assert f"{tmp_path / 'out'} is no folder, so {out} cannot be made" in refusal(out, "a.mp4").message
    (tmp_path / "out").unlink()
    out.mkdir(parents=True)
    (out / "dubs").write_bytes(b"")
    assert f"{out / 'dubs'} is no folder" in refusal(out, "dubs/es.mp3").message
    (out / "dubs").unlink()
    (out / MANIFEST_NAME).mkdir()
    assert "is a folder where a file is needed" in refusal(out, "dubs/es.mp3").message


@pytest.mark.parametrize("name", ["", "out", "out/teaser", "out/teaser/dubs"])
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, out: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest folder that is there must be writable, or nothing can be made in it."""
    there = tmp_path / name
    there.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (there, os.W_OK | os.X_OK))
    assert refusal(out, "dubs/es.mp3").message == f"{there} cannot be written; nothing was submitted"


def test_names_that_collide(out: Path) -> None:
    """Files whose names are one for some file systems are refused before they are made."""
    assert "the same file" in refusal(out, "a/Es.mp3", "a/es.mp3").message
