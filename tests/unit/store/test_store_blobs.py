"""Blobs on disk beyond the port's rules: order, modes, leftovers, failures."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import BLOB_CORRUPT, DISK_FULL, STORE_UNUSABLE, Code
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import InternalError, StoreError
from runway_flow.store.atomic import STALE_AFTER_S
from runway_flow.store.blobs import DiskBlobStore
from runway_flow.store.layout import StoreLayout
from tests.conformance.blob_store_suite import keep
from tests.fakes.disk import FakeDisk

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"film"
DIGEST = digest_bytes(DATA)


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    """Make the folders of a store."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    return layout


def test_durability_order(layout: StoreLayout) -> None:
    """Bytes are synced before the name, the name before `keep` returns, a new folder's name too."""
    disk = FakeDisk()
    keep(DiskBlobStore(layout, disk), DATA)
    assert disk.names() == ["write", "sync", "sync_folder", "rename", "sync_folder"]
    assert [what for name, what in disk.calls if name == "sync_folder"] == ["sha256", DIGEST[:2]]


def test_blob_that_is_there_is_not_written_again(layout: StoreLayout) -> None:
    """The same bytes again drop the draft; the name is synced, whoever wrote it."""
    keep(DiskBlobStore(layout), DATA)
    disk = FakeDisk()
    keep(DiskBlobStore(layout, disk), DATA)
    assert disk.names() == ["write", "sync_folder"]
    assert list(layout.drafts.iterdir()) == []


def test_blob_files_are_read_only(layout: StoreLayout) -> None:
    """A blob's file cannot be written by mistake."""
    blobs = DiskBlobStore(layout)
    assert not blobs.path_of(keep(blobs, DATA)).stat().st_mode & stat.S_IWUSR


def test_truncated_blob_is_replaced(layout: StoreLayout) -> None:
    """A blob of the wrong size does not stand in the way of the right bytes."""
    blobs = DiskBlobStore(layout)
    path = blobs.path_of(keep(blobs, DATA))
    path.chmod(0o600)
    path.write_bytes(DATA[:1])
    keep(blobs, DATA)
    assert path.read_bytes() == DATA


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        ("sync", errno.EIO, STORE_UNUSABLE),
        ("sync", errno.ENOSPC, DISK_FULL),
        ("sync_folder", errno.EIO, STORE_UNUSABLE),
        ("rename", errno.EACCES, STORE_UNUSABLE),
        ("rename", errno.EROFS, STORE_UNUSABLE),
    ],
)
def test_failed_keep(layout: StoreLayout, call: str, error: int, code: Code) -> None:
    """A blob that could not be made durable is not promised; the call is not repeated, no draft is left."""
    disk = FakeDisk({call: error})
    with pytest.raises(StoreError) as caught:
        keep(DiskBlobStore(layout, disk), DATA)
    assert caught.value.code is code
    assert disk.names().count(call) == 1
    assert list(layout.drafts.iterdir()) == []
    assert not DiskBlobStore(layout).has(DIGEST)


def test_full_disk_while_writing(layout: StoreLayout) -> None:
    """A full disk is told with what to do, and the draft goes away."""
    draft = DiskBlobStore(layout, FakeDisk({"write": errno.ENOSPC})).draft()
    with pytest.raises(StoreError, match="No space left") as caught:
        draft.write(DATA)
    assert caught.value.code is DISK_FULL
    draft.discard()
    assert list(layout.drafts.iterdir()) == []


def test_file_that_someone_reads_is_not_replaced(layout: StoreLayout) -> None:
    """Windows refuses to rename over a file in use; if that is the blob, it is here."""

    class BusyDisk(FakeDisk):
        """Another process keeps the same blob first."""

        def rename(self, source: Path, target: Path) -> None:
            target.write_bytes(source.read_bytes())
            super().rename(source, target)

    blobs = DiskBlobStore(layout, BusyDisk({"rename": errno.EACCES}))
    assert keep(blobs, DATA) == DIGEST
    assert blobs.has(DIGEST)


def test_draft_without_its_folder(layout: StoreLayout) -> None:
    """A store whose folders were removed says so."""
    layout.drafts.rmdir()
    with pytest.raises(StoreError) as caught:
        DiskBlobStore(layout).draft()
    assert caught.value.code is STORE_UNUSABLE


def test_draft_that_is_gone(layout: StoreLayout) -> None:
    """A draft that someone removed cannot be read, nor kept."""
    draft = DiskBlobStore(layout).draft()
    draft.write(DATA)
    for path in layout.drafts.iterdir():
        path.unlink()
    with pytest.raises(StoreError):
        draft.open()
    with pytest.raises(StoreError):
        draft.keep()


def test_unreadable_blob(layout: StoreLayout) -> None:
    """A blob that is there and cannot be opened is told from a missing one."""
    blobs = DiskBlobStore(layout)
    (layout.blobs / DIGEST[:2]).write_bytes(b"a file where a folder should be")
    with pytest.raises(StoreError) as caught:
        blobs.open(DIGEST)
    assert caught.value.code is STORE_UNUSABLE


def test_damaged_blob_is_put_aside(layout: StoreLayout, tmp_path: Path) -> None:
    """The damaged bytes stay in the quarantine, under the digest that they should have had."""
    blobs = DiskBlobStore(layout)
    path = blobs.path_of(keep(blobs, DATA))
    path.chmod(0o600)
    path.write_bytes(b"rust")
    with pytest.raises(StoreError, match=DIGEST) as caught:
        blobs.materialise(DIGEST, tmp_path / "film.mp4")
    assert caught.value.code is BLOB_CORRUPT
    (aside,) = layout.quarantine.iterdir()
    assert aside.name.startswith(DIGEST)
    assert aside.read_bytes() == b"rust"
    assert str(aside) in caught.value.notes[0]


def test_quarantine_that_cannot_be_used(layout: StoreLayout, tmp_path: Path) -> None:
    """If the damaged blob cannot be put aside, that is said; its bytes do not leave."""
    blobs = DiskBlobStore(layout)
    path = blobs.path_of(keep(blobs, DATA))
    path.chmod(0o600)
    path.write_bytes(b"rust")
    layout.quarantine.rmdir()
    with pytest.raises(StoreError, match="put aside"):
        blobs.materialise(DIGEST, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", DIGEST.upper(), DIGEST + "\n", DIGEST[1:]])
def test_only_digests_name_blobs(layout: StoreLayout, digest: str) -> None:
    """What is no digest never becomes a path."""
    with pytest.raises(InternalError):
        DiskBlobStore(layout).has(Digest(digest))


def test_stale_drafts_are_removed_by_age(layout: StoreLayout) -> None:
    """Drafts and work folders that nobody wrote to for a day go; younger ones stay."""
    blobs = DiskBlobStore(layout)
    old, young = layout.drafts / "1-old.part", layout.drafts / "2-young.part"
    for path, age in ((old, STALE_AFTER_S + 60), (young, STALE_AFTER_S - 60)):
        path.write_bytes(b"")
        os.utime(path, (10_000_000 - age, 10_000_000 - age))
    (layout.drafts / "folder").mkdir()
    (layout.drafts / "folder" / "in0.mp4").write_bytes(b"x")
    os.utime(layout.drafts / "folder", (0, 0))
    assert blobs.remove_stale_drafts(10_000_000) == 2
    assert sorted(path.name for path in layout.drafts.iterdir()) == ["2-young.part"]
    assert DiskBlobStore(StoreLayout(layout.root / "none")).remove_stale_drafts(0) == 0


@pytest.mark.skipif(os.name == "nt", reason="making a symlink needs a privilege there")
def test_symlink_at_the_target_is_replaced_not_followed(layout: StoreLayout, tmp_path: Path) -> None:
    """A symlink where the file shall be does not lead the bytes elsewhere."""
    victim, link = tmp_path / "victim", tmp_path / "film.mp4"
    victim.write_bytes(b"precious")
    link.symlink_to(victim)
    blobs = DiskBlobStore(layout)
    blobs.materialise(keep(blobs, DATA), link)
    assert victim.read_bytes() == b"precious"
    assert not link.is_symlink()
