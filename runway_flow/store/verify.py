"""Reads everything in the store; what is damaged is put aside, so that it is never used."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.engine.inventory import Damage, MissingBlob, Verification
from runway_flow.store.atomic import store_error, write_whole
from runway_flow.store.contents import digest_file, list_blobs
from runway_flow.store.inventory import latest_by_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.inventory import KeptResult
    from runway_flow.kernel.digests import Digest
    from runway_flow.store.contents import BlobFile
    from runway_flow.store.opening import OpenStore

RECORD_PREFIX = "record-"
"""How the files of damaged records in the quarantine begin: these are kept for ever."""


class Checked(Struct, frozen=True):
    """How far the reading is."""

    blobs: int
    all_blobs: int
    bytes: int
    all_bytes: int


def verify(store: OpenStore, on_progress: Callable[[Checked], None]) -> Verification:
    """Hash every blob and compute every record's key anew; put aside what is wrong.

    Damaged bytes and damaged records of results go to the quarantine. Raises `StoreError` if the store
    itself cannot be used.
    """
    damaged_records, rest = store.state.find_damage()
    count, attempts = store.state.count_records()
    results = tuple(latest_by_key(store.state.list_results()).values())
    contents = list_blobs(store.layout)
    damaged_blobs, read = _check_blobs(store, contents.blobs, on_progress)
    strays = [
        Damage("stray", os.fspath(path.relative_to(store.layout.root)), "it is no blob, and is left alone")
        for path in contents.strays
    ]
    records = [_put_record_aside(store, at, one) for at, one in damaged_records.items()]
    return Verification(
        blobs=len(contents.blobs),
        bytes=read,
        records=count,
        attempts=attempts,
        damaged=(*damaged_blobs, *records, *rest, *strays),
        missing=find_missing(store, results),
    )


def find_missing(store: OpenStore, results: tuple[KeptResult, ...]) -> tuple[MissingBlob, ...]:
    """Give the bytes that records name and that are not here, in order of their digests."""
    missing: defaultdict[Digest, list[KeptResult]] = defaultdict(list)
    for kept in results:
        for digest in {one.digest for one in kept.result.outputs}:
            if not store.blobs.has(digest):
                missing[digest].append(kept)
    return tuple(
        MissingBlob(
            digest,
            tuple(one.result.key for one in found),
            tuple(sorted({use for one in found for use in one.uses})),
        )
        for digest, found in sorted(missing.items())
    )


def _check_blobs(
    store: OpenStore, blobs: tuple[BlobFile, ...], on_progress: Callable[[Checked], None]
) -> tuple[list[Damage], int]:
    all_bytes = sum(blob.size for blob in blobs)
    damaged: list[Damage] = []
    read = 0
    for number, blob in enumerate(blobs):

        def tell(count: int, number: int = number) -> None:
            nonlocal read
            read += count
            on_progress(Checked(number, len(blobs), read, all_bytes))

        fault = _check_blob(store, blob, tell)
        if fault is not None:
            damaged.append(fault)
    on_progress(Checked(len(blobs), len(blobs), read, all_bytes))
    return damaged, read


def _check_blob(store: OpenStore, blob: BlobFile, tell: Callable[[int], None]) -> Damage | None:
    try:
        found = digest_file(blob.path, tell)
    except FileNotFoundError:
        return None  # whoever used it meanwhile found it damaged, too
    except OSError as error:
        return Damage("blob", blob.digest, f"it cannot be read: {error.strerror or error}")
    if found == blob.digest:
        return None
    aside = store.blobs.set_aside(blob.digest)
    return Damage("blob", blob.digest, f"its bytes have the sha256 {found}", os.fspath(aside))


def _put_record_aside(store: OpenStore, position: int, damage: Damage) -> Damage:
    """Write a damaged record to the quarantine, durably, and only then take it out of the database."""
    aside = store.layout.quarantine / f"{RECORD_PREFIX}{position}-{os.urandom(4).hex()}.json"
    record = store.state.describe_record(position)
    try:
        write_whole(aside, json.dumps(record, indent=1).encode(), mode=0o600)
    except OSError as error:
        raise store_error(error, "write", aside) from error
    store.state.drop_record(position)
    return replace(damage, aside=os.fspath(aside))
