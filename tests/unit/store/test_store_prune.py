"""Bytes are removed in two steps, and only while nobody else uses the store."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.pruning import PrunePolicy
from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from runway_flow.store.opening import open_store
from runway_flow.store.prune import QUARANTINE_S, plan_pruning, prune
from tests.fakes.disk import FakeDisk
from tests.fakes.records import NOW, make_kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.store.opening import OpenStore

ALL = PrunePolicy(older_than_s=0.0)
FILM, STRANGE = digest_bytes(b"film"), digest_bytes(b"strange")
LATER = 4_000_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    """Make a store with one result, and a blob that nothing names."""
    with open_store(tmp_path / "store", create=True) as store:
        for data in (b"film", b"strange"):
            draft = store.blobs.draft()
            draft.write(data)
            draft.keep()
        store.state.add_results([make_kept("clip", b"film")])
        yield store


def test_what_no_record_names(store: OpenStore) -> None:
    """Without a wish only strangers go; what is said is what was done."""
    planned = plan_pruning(store, PrunePolicy(), NOW)
    assert store.blobs.has(STRANGE)
    done = prune(store, PrunePolicy(), NOW)
    assert (planned.is_dry, done.is_dry) == (True, False)
    assert planned.blobs == done.blobs
    assert [one.digest for one in done.blobs] == [STRANGE]
    assert (done.bytes, done.kept_blobs, done.kept_bytes) == (7, 1, 4)
    assert not store.blobs.has(STRANGE)
    assert store.blobs.has(FILM)
    assert not list(store.layout.condemned.iterdir())


def test_records_outlive_their_bytes(store: OpenStore) -> None:
    """A result whose bytes went is still known; it is not whole."""
    prune(store, ALL, NOW)
    found = store.state.find_result(make_kept("clip").result.key)
    assert found is not None
    assert not found.is_whole


def test_pinned_bytes_stay(store: OpenStore) -> None:
    """What the caller says is needed elsewhere is not touched."""
    done = prune(store, ALL, NOW, frozenset({FILM, STRANGE}))
    assert done.blobs == ()
    assert done.held_bytes == 11


def test_more_is_left_than_asked_for(store: OpenStore) -> None:
    """What was used lately stays, and the reader is told."""
    done = prune(store, PrunePolicy(max_bytes=1), NOW)
    assert done.is_over
    assert not prune(store, PrunePolicy(max_bytes=4), NOW).is_over


def test_drafts_are_left_over(store: OpenStore) -> None:
    """Nobody writes while we are alone: files and folders of drafts go."""
    (store.layout.drafts / "1-0123456789abcdef.part").write_bytes(b"half")
    (store.layout.drafts / "media-x").mkdir()
    (store.layout.drafts / "media-x" / "frame.png").write_bytes(b"half")
    assert plan_pruning(store, PrunePolicy(), NOW).drafts == 2
    assert prune(store, PrunePolicy(), NOW).drafts == 2
    assert not list(store.layout.drafts.iterdir())


def test_old_quarantine(store: OpenStore) -> None:
    """Damaged bytes are kept for 30 days; damaged records for ever."""
    for name in (f"{FILM}-1234abcd", "record-1-1234abcd.json"):
        (store.layout.quarantine / name).write_bytes(b"x")
    (store.layout.quarantine / "folder").mkdir()
    put_there = (store.layout.quarantine / f"{FILM}-1234abcd").stat().st_ctime
    assert prune(store, PrunePolicy(), put_there + QUARANTINE_S).quarantined == 0
    assert plan_pruning(store, PrunePolicy(), LATER).quarantined == 1
    assert prune(store, PrunePolicy(), LATER).quarantined == 1
    left = {path.name for path in store.layout.quarantine.iterdir()}
    assert left == {"record-1-1234abcd.json", "folder"}


class Killed(BaseException):
    """The process ends here."""


def test_what_a_killed_process_condemned_is_judged_again(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put back first: what is wanted by now stays, the rest goes."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("runway_flow.store.prune._delete", die)
        with pytest.raises(Killed):
            prune(store, ALL, NOW)
    assert not store.blobs.has(FILM)
    assert {path.name for path in store.layout.condemned.iterdir()} == {FILM, STRANGE}
    (store.layout.condemned / "notes.txt").write_bytes(b"not ours")
    done = prune(store, PrunePolicy(), NOW)
    assert [one.digest for one in done.blobs] == [STRANGE]
    assert [path.name for path in store.layout.condemned.iterdir()] == ["notes.txt"]
    assert store.blobs.has(FILM)
    with store.blobs.open(FILM) as file:
        assert file.read() == b"film"


def test_what_is_wanted_between_the_steps_comes_back(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """References are read anew before anything is deleted."""
    sync_folder = FakeDisk.sync_folder

    def sync(disk: FakeDisk, folder: Path) -> None:
        if folder == store.layout.condemned:
            store.state.add_results([make_kept("late", b"strange")])
        sync_folder(disk, folder)

    monkeypatch.setattr(FakeDisk, "sync_folder", sync)
    done = prune(store, PrunePolicy(), NOW, disk=FakeDisk())
    assert done.blobs == ()
    assert store.blobs.has(STRANGE)
    assert not list(store.layout.condemned.iterdir())


def test_the_mark_is_durable_before_anything_is_deleted(store: OpenStore) -> None:
    """First every blob is moved, then the folders are synced."""
    disk = FakeDisk()
    prune(store, ALL, NOW, disk=disk)
    assert disk.names() == ["rename", "rename", "sync_folder", "sync_folder", "sync_folder"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, codes.STORE_UNUSABLE), (errno.ENOSPC, codes.DISK_FULL)]
)
@pytest.mark.parametrize("call", ["rename", "sync_folder"])
def test_what_fails_is_named_and_loses_nothing(
    store: OpenStore, call: str, number: int, code: object
) -> None:
    """A clean-up that the system stops can be done again; what is to stay is there."""
    with pytest.raises(StoreError) as caught:
        prune(store, PrunePolicy(), NOW, disk=FakeDisk({call: number}))
    assert caught.value.code is code
    assert os.strerror(number) in caught.value.message
    assert store.blobs.has(FILM)
    prune(store, PrunePolicy(), NOW)
    assert store.blobs.has(FILM)
    assert not store.blobs.has(STRANGE)


def test_a_store_that_was_never_made(tmp_path: Path) -> None:
    """Has nothing to remove."""
    with open_store(tmp_path / "none", create=False) as store:
        done = plan_pruning(store, ALL, NOW)
    assert (done.blobs, done.drafts, done.quarantined) == ((), 0, 0)
