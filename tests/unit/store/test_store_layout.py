"""The folder of the store: where it is, how it is made, when it is refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from runway_flow.kernel.codes import STORE_UNUSABLE
from runway_flow.kernel.errors import StoreError
from runway_flow.store.layout import StoreLayout, default_root, find_fault
from tests.fakes.disk import FakeDisk

PRIVATE_FOLDER = stat.S_IFDIR | 0o700
needs_posix = pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")


def test_root_by_environment(tmp_path: Path) -> None:
    """`RUNWAY_FLOW_STORE` names the folder, relative to the current one."""
    assert default_root({"RUNWAY_FLOW_STORE": str(tmp_path)}) == tmp_path
    assert default_root({"RUNWAY_FLOW_STORE": "store"}) == Path.cwd() / "store"


def test_root_in_the_home_folder() -> None:
    """A tilde is the home folder."""
    assert default_root({"RUNWAY_FLOW_STORE": "~/store"}) == Path.home() / "store"


@pytest.mark.parametrize("environ", [{}, {"RUNWAY_FLOW_STORE": ""}])
def test_root_by_default(environ: dict[str, str]) -> None:
    """Without the variable, or with an empty one, it is the user's data folder."""
    assert default_root(environ).name == "runway-flow"


def test_create_makes_private_folders(tmp_path: Path) -> None:
    """What is made is readable by its owner alone, and made once."""
    layout = StoreLayout(tmp_path / "deep" / "store")
    layout.create()
    layout.create()
    for folder in (layout.root, layout.blobs, layout.drafts, layout.quarantine, layout.emulator):
        assert folder.is_dir()
        if os.name != "nt":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_exists_makes_nothing(tmp_path: Path) -> None:
    """Asking for a store that is not there leaves it so."""
    assert not StoreLayout(tmp_path / "store").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_store(tmp_path: Path) -> None:
    """A root that is a file, or below one, is refused."""
    (tmp_path / "file").write_bytes(b"")
    for root in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreError, match=r"file") as caught:
            StoreLayout(root).create()
        assert caught.value.code is STORE_UNUSABLE


@needs_posix
def test_open_to_others(tmp_path: Path) -> None:
    """A root that others can write is refused, also for reading; the hint says how to mend it."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    layout.root.chmod(0o770)
    with pytest.raises(StoreError, match="others") as caught:
        layout.exists()
    assert caught.value.hint is not None
    assert "chmod go-w" in caught.value.hint


@pytest.mark.parametrize(
    ("mode", "owner", "user", "fault"),
    [
        (PRIVATE_FOLDER, 5, 5, None),
        (stat.S_IFDIR | 0o755, 5, 5, None),
        (PRIVATE_FOLDER, 6, 5, "another user"),
        (PRIVATE_FOLDER, 5, 0, "another user"),
        (stat.S_IFDIR | 0o720, 5, 5, "others"),
        (stat.S_IFDIR | 0o702, 5, 5, "others"),
        (stat.S_IFDIR | 0o777, 6, None, None),
        (stat.S_IFREG | 0o600, 5, 5, "not a folder"),
        (stat.S_IFREG | 0o600, 0, None, "not a folder"),
    ],
)
def test_whose_folder(mode: int, owner: int, user: int | None, fault: str | None) -> None:
    """Only a folder of the user's own that nobody else can write is a store; Windows judges for itself."""
    found = find_fault(mode, owner, user)
    assert (found is None) == (fault is None)
    assert fault is None or (found is not None and fault in found[0])


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """What the system refuses while folders are made is an error of the store."""
    with pytest.raises(StoreError, match="cannot make") as caught:
        StoreLayout(tmp_path / "store").create(FakeDisk({"sync_folder": errno.EROFS}))
    assert caught.value.code is STORE_UNUSABLE


@needs_posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A store on which the user may not write is refused for writing."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    layout.drafts.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        layout.create()


def test_free_bytes(tmp_path: Path) -> None:
    """The free space is known where the folder is, else it is an error."""
    assert StoreLayout(tmp_path).free_bytes() > 0
    with pytest.raises(StoreError):
        StoreLayout(tmp_path / "missing").free_bytes()
