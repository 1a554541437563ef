"""Removes bytes that are not needed: first marked, then removed if still nothing refers to them.

The caller is alone in the store (`presence.sole_use`). Records stay.
"""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

from runway_flow.engine.inventory import Pruning
from runway_flow.engine.pruning import PrunePolicy, References, choose
from runway_flow.kernel.digests import Digest
from runway_flow.store.atomic import SYSTEM_DISK, Disk, store_error
from runway_flow.store.contents import is_digest, list_blobs
from runway_flow.store.verify import RECORD_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from runway_flow.engine.pruning import Choice
    from runway_flow.store.layout import StoreLayout
    from runway_flow.store.opening import OpenStore

QUARANTINE_S = 30 * 86400.0
"""Damaged bytes are kept for so long, for whoever wants to know what happened to them."""


def plan_pruning(
    store: OpenStore, policy: PrunePolicy, now: float, pinned: frozenset[Digest] = frozenset()
) -> Pruning:
    """Say what `prune` would do, and change nothing. Raises `StoreError`."""
    sizes = {blob.digest: blob.size for blob in list_blobs(store.layout).blobs}
    choice = choose(sizes, _references(store, pinned), policy, now)
    drafts = list(_entries(store.layout.drafts))
    return _pruning(
        sizes, choice, policy, (len(drafts), len(_old_quarantine(store.layout, now))), is_dry=True
    )


def prune(
    store: OpenStore,
    policy: PrunePolicy,
    now: float,
    pinned: frozenset[Digest] = frozenset(),
    disk: Disk = SYSTEM_DISK,
) -> Pruning:
    """Remove bytes that nothing refers to, those that the policy lets go, drafts, and old quarantine.

    `pinned`: digests that are kept in any case; what locks and picks refer to belongs here. A blob leaves
    in two steps: by a rename into the folder of the condemned it is not here any more, all at once and
    durably; it is deleted when what refers to bytes, read anew, still has no place for it. What a killed
    process left condemned is put back first, and judged again. Raises `StoreError`; nothing that is to
    stay is lost then.
    """
    layout = store.layout
    try:
        _put_back(layout, _condemned(layout), disk)
        sizes = {blob.digest: blob.size for blob in list_blobs(layout).blobs}
        choice = choose(sizes, _references(store, pinned), policy, now)
        _condemn(layout, [one.digest for one in choice.condemned], disk)
        again = choose(sizes, _references(store, pinned), policy, now)
        wanted = {one.digest for one in choice.condemned} - {one.digest for one in again.condemned}
        _put_back(layout, sorted(wanted), disk)
        _delete(layout)
        drafts = _remove(_entries(layout.drafts))
        quarantined = _remove(_old_quarantine(layout, now))
    except OSError as error:
        raise store_error(error, "clean up", layout.root) from error
    return _pruning(sizes, again, policy, (drafts, quarantined), is_dry=False)


def _pruning(
    sizes: dict[Digest, int], choice: Choice, policy: PrunePolicy, removed: tuple[int, int], *, is_dry: bool
) -> Pruning:
    return Pruning(
        is_dry=is_dry,
        blobs=choice.condemned,
        drafts=removed[0],
        quarantined=removed[1],
        kept_blobs=len(sizes) - len(choice.condemned),
        kept_bytes=choice.kept_bytes,
        held_bytes=choice.held_bytes,
        is_over=policy.max_bytes is not None and choice.kept_bytes > policy.max_bytes,
    )


def _references(store: OpenStore, pinned: frozenset[Digest]) -> References:
    state = store.state
    return References(state.list_results(), state.list_runs_of_flows(), state.list_open_work(), pinned)


def _condemned(layout: StoreLayout) -> list[Digest]:
    return [Digest(path.name) for path in _entries(layout.condemned) if is_digest(path.name)]


def _condemn(layout: StoreLayout, digests: list[Digest], disk: Disk) -> None:
    if not digests:
        return
    layout.condemned.mkdir(mode=0o700, exist_ok=True)
    for digest in digests:
        disk.rename(layout.blobs / digest[:2] / digest, layout.condemned / digest)
    disk.sync_folder(layout.condemned)
    _sync_folders(layout, digests, disk)


def _put_back(layout: StoreLayout, digests: list[Digest], disk: Disk) -> None:
    for digest in digests:
        home = layout.blobs / digest[:2]
        home.mkdir(mode=0o700, exist_ok=True)
        disk.rename(layout.condemned / digest, home / digest)
    _sync_folders(layout, digests, disk)


def _sync_folders(layout: StoreLayout, digests: list[Digest], disk: Disk) -> None:
    for pair in sorted({digest[:2] for digest in digests}):
        disk.sync_folder(layout.blobs / pair)


def _delete(layout: StoreLayout) -> None:
    for digest in _condemned(layout):
        (layout.condemned / digest).unlink()


def _old_quarantine(layout: StoreLayout, now: float) -> list[Path]:
    """Find damaged bytes that lie there for long; a rename changes the ctime, not the mtime."""
    found = []
    for path in _entries(layout.quarantine):
        status = path.lstat()
        if path.name.startswith(RECORD_PREFIX) or not stat.S_ISREG(status.st_mode):
            continue
        if now - max(status.st_mtime, status.st_ctime) > QUARANTINE_S:
            found.append(path)
    return found


def _remove(paths: Iterable[Path]) -> int:
    removed = 0
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        removed += 1
    return removed


def _entries(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    yield from paths
