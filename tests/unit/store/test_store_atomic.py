"""Durable writing: the order of system calls, and what remains when one fails."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import DISK_FULL, FILE_UNREADABLE, OUTPUT_UNWRITABLE, STORE_UNUSABLE, Code
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from runway_flow.store.atomic import Disk, copy_checked, read_chunks, store_error, write_whole
from tests.fakes.disk import FakeDisk

if TYPE_CHECKING:
    from pathlib import Path


class BrokenReader(io.BytesIO):
    """A file on a disk that cannot be read."""

    def read(self, _size: int | None = -1) -> bytes:
        """Fail."""
        raise OSError(errno.EIO, "Input/output error")


def test_write_order(tmp_path: Path) -> None:
    """Bytes are on the disk before the name is, and the name before the call returns."""
    disk = FakeDisk()
    write_whole(tmp_path / "file", b"data", disk=disk)
    assert disk.names() == ["write", "sync", "rename", "sync_folder"]
    assert (tmp_path / "file").read_bytes() == b"data"


@pytest.mark.parametrize("call", ["write", "sync", "rename"])
def test_failed_write_leaves_the_old_file(tmp_path: Path, call: str) -> None:
    """When a call fails the old file is there, nothing else, and the call is not repeated."""
    (tmp_path / "file").write_bytes(b"old")
    disk = FakeDisk({call: errno.EIO})
    with pytest.raises(OSError, match="Input/output error"):
        write_whole(tmp_path / "file", b"new", disk=disk)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"old")]
    assert disk.names().count(call) == 1


@pytest.mark.parametrize("fails", [{}, {"clone": errno.EOPNOTSUPP}])
def test_copy_order(tmp_path: Path, fails: dict[str, int]) -> None:
    """A copy, by reflink or not, is synced before it gets its name."""
    disk = FakeDisk(fails)
    assert copy_checked(io.BytesIO(b"data"), tmp_path / "film", digest_bytes(b"data"), disk=disk)
    assert (tmp_path / "film").read_bytes() == b"data"
    assert disk.names()[-3:] == ["sync", "rename", "sync_folder"]


@pytest.mark.parametrize("fails", [{}, {"clone": errno.EOPNOTSUPP}])
def test_wrong_bytes_get_no_name(tmp_path: Path, fails: dict[str, int]) -> None:
    """A copy with other bytes than promised disappears, also when it is a reflink."""
    disk = FakeDisk(fails)
    assert not copy_checked(io.BytesIO(b"damaged"), tmp_path / "film", digest_bytes(b"data"), disk=disk)
    assert list(tmp_path.iterdir()) == []
    assert "rename" not in disk.names()


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        ("write", errno.ENOSPC, DISK_FULL),
        ("write", errno.EDQUOT, DISK_FULL),
        ("sync", errno.EIO, OUTPUT_UNWRITABLE),
        ("rename", errno.EACCES, OUTPUT_UNWRITABLE),
        ("sync_folder", errno.EIO, OUTPUT_UNWRITABLE),
    ],
)
def test_failed_copy(tmp_path: Path, call: str, error: int, code: Code) -> None:
    """A copy that the system refuses is an error with its code; no temporary file is left."""
    disk = FakeDisk({call: error, "clone": errno.EOPNOTSUPP})
    with pytest.raises(StoreError) as caught:
        copy_checked(io.BytesIO(b"data"), tmp_path / "film", digest_bytes(b"data"), disk=disk)
    assert caught.value.code is code
    assert not list(tmp_path.glob(".*"))


def test_unreadable_source(tmp_path: Path) -> None:
    """A blob that the disk does not give back is the store's failure, not the output's."""
    with pytest.raises(StoreError) as caught:
        copy_checked(BrokenReader(), tmp_path / "film", digest_bytes(b"data"))
    assert caught.value.code is STORE_UNUSABLE
    assert list(tmp_path.iterdir()) == []


def test_read_errors_carry_the_given_code() -> None:
    """Whoever reads says what an unreadable file means."""
    with pytest.raises(StoreError, match=r"cannot read hero\.png: Input/output error") as caught:
        list(read_chunks(BrokenReader(), "hero.png", FILE_UNREADABLE))
    assert caught.value.code is FILE_UNREADABLE


def test_real_clone_or_copy(tmp_path: Path) -> None:
    """Whatever this file system can do, a clone has the bytes, and a refusal says so."""
    (tmp_path / "source").write_bytes(b"data" * 4096)
    with (tmp_path / "source").open("rb") as source, (tmp_path / "target").open("w+b") as target:
        is_cloned = Disk().clone(source, target)
    assert (tmp_path / "target").read_bytes() == (b"data" * 4096 if is_cloned else b"")


@pytest.mark.parametrize(
    ("error", "is_output", "code", "hint"),
    [
        (errno.ENOSPC, False, DISK_FULL, "free some space"),
        (errno.EROFS, False, STORE_UNUSABLE, "--store"),
        (errno.EPERM, True, OUTPUT_UNWRITABLE, "--out"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, error: int, is_output: bool, code: Code, hint: str) -> None:  # noqa: FBT001 - a case
    """Each refusal of the system names the path and what to do."""
    found = store_error(OSError(error, "no"), "write", tmp_path / "file", is_output=is_output)
    assert found.code is code
    assert found.message == f"cannot write {tmp_path / 'file'}: no"
    assert found.hint is not None
    assert hint in found.hint
