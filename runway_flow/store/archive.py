"""The form of an archive of results: which members a tar has, what they hold, how they are read safely.

A tar without compression: regular files only, in order of their names, `archive.json` first, then
`blobs/DIGEST`, then `records/KEY.json`. The same results give the same bytes.
"""

from __future__ import annotations

import os
import re
import tarfile
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import msgspec
from msgspec import Meta, Struct

from runway_flow.engine.inventory import KeptResult, Use
from runway_flow.kernel.codes import ARCHIVE_UNUSABLE
from runway_flow.kernel.digests import Digest, canonical_json, digest_bytes, digest_json
from runway_flow.kernel.errors import StoreError
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.plan.action import ActionKey, ActionResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT = 1
HEAD = "archive.json"
BLOCK = tarfile.BLOCKSIZE
MAX_RECORD_BYTES = 4 << 20
"""A key document has texts of some thousand characters and some media."""
MAX_MEMBERS = 2_000_000

_NAME = re.compile(r"archive\.json|blobs/[0-9a-f]{64}|records/[0-9a-f]{64}\.json")
_MAX_CREDITS = Decimal(10) ** 9
_ADVICE = "nothing was taken from it; have it exported again, or copied again"

_Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Count = Annotated[int, Meta(ge=0, le=1 << 53)]
_Amount = Annotated[float, Meta(ge=0, le=1e9)]
_Name = Annotated[str, Meta(min_length=1, max_length=1000)]


class ArchiveHead(Struct, frozen=True):
    """What `archive.json` holds; the numbers tell whether all of it is there.

    `sha256` is that of all records' bytes in order: a key covers a document, and not what came of it.
    """

    format: Literal["runway-flow archive"]
    version: int
    blobs: _Count
    records: _Count
    sha256: _Hex


class _Output(Struct, frozen=True, forbid_unknown_fields=True):
    sha256: _Hex
    kind: MediaKind
    media_type: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}\Z")]
    bytes: _Count
    width: _Count | None = None
    height: _Count | None = None
    duration: _Amount | None = None
    fps: _Amount | None = None
    has_audio: bool | None = None


class _Record(Struct, frozen=True, forbid_unknown_fields=True):
    document: dict[str, Any]
    outputs: tuple[_Output, ...]
    created_at: Annotated[float, Meta(ge=0, lt=4_102_444_800)]  # within this century
    credits: Annotated[str, Meta(pattern=r"^[0-9]{1,10}(\.[0-9]{1,10})?\Z")]
    # It becomes a part of an address.
    task: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")] | None
    tool: Annotated[str, Meta(max_length=200)] | None
    uses: tuple[tuple[_Name, _Name], ...]


class Member(Struct, frozen=True):
    """A regular file in an archive; `offset` is where its bytes begin."""

    name: str
    offset: int
    size: int

    @property
    def digest(self) -> Digest:
        """The sha256 in the name of a blob or a record."""
        return Digest(self.name.partition("/")[2].removesuffix(".json"))


def write_record(kept: KeptResult) -> bytes:
    """Write a record as canonical JSON."""
    result = kept.result
    outputs = [
        {
            "sha256": one.digest,
            "kind": one.facts.kind.value,
            "media_type": one.facts.media_type,
            "bytes": one.facts.bytes,
            "width": one.facts.width,
            "height": one.facts.height,
            "duration": one.facts.duration,
            "fps": one.facts.fps,
            "has_audio": one.facts.has_audio,
        }
        for one in result.outputs
    ]
    fields = {
        "document": result.document,
        "outputs": outputs,
        "created_at": result.created_at,
        "credits": f"{result.credits:f}",
        "task": result.task,
        "tool": result.tool,
        "uses": [[use.flow, use.step] for use in kept.uses],
    }
    return canonical_json(fields).encode()


def read_record(data: bytes, name: str, key: Digest) -> KeptResult:
    """Read a record and compute its key anew. Raises `StoreError` (`ARCHIVE_UNUSABLE`)."""
    try:
        record = msgspec.json.decode(data, type=_Record)
        found = digest_json(record.document)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise unusable(f"{name} is no record: {error}") from error
    if found != key:
        raise unusable(f"the key of {name} is not that of its document, which is {found}")
    outputs = tuple(
        Artifact(
            Digest(one.sha256),
            MediaFacts(
                one.kind,
                one.media_type,
                one.bytes,
                one.width,
                one.height,
                one.duration,
                one.fps,
                one.has_audio,
            ),
        )
        for one in record.outputs
    )
    result = ActionResult(
        ActionKey(key),
        record.document,
        outputs,
        record.created_at,
        record.task,
        Decimal(record.credits),
        record.tool,
    )
    return KeptResult(0, result, tuple(Use(flow, step) for flow, step in record.uses))


def write_head(blobs: int, records: Sequence[bytes]) -> bytes:
    """Write `archive.json`."""
    fields = {
        "format": "runway-flow archive",
        "version": FORMAT,
        "blobs": blobs,
        "records": len(records),
        "sha256": digest_bytes(b"".join(records)),
    }
    return canonical_json(fields).encode()


def read_head(data: bytes) -> ArchiveHead:
    """Read `archive.json`. Raises `StoreError` (`ARCHIVE_UNUSABLE`)."""
    try:
        head = msgspec.json.decode(data, type=ArchiveHead)
    except (msgspec.DecodeError, RecursionError) as error:
        raise unusable(f"{HEAD} is not that of an archive of results: {error}") from error
    if head.version != FORMAT:
        message = f"the archive has format {head.version}, and this version of runway-flow knows {FORMAT}"
        raise StoreError(message, code=ARCHIVE_UNUSABLE, hint="update runway-flow")
    return head


def tar_header(name: str, size: int) -> bytes:
    """Make the header of a member: nothing in it but name and size."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o444
    return info.tobuf(tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    """Give what fills a member up to whole blocks."""
    return b"\0" * (-size % BLOCK)


def read_members(file: BinaryIO) -> Iterator[Member]:
    """Read the headers of an archive, skipping what is in the members.

    Only regular files with the names of an archive of results, in order, within the file; anything else
    ends it. `tarfile` reads single headers here and not the whole: its extensions (links, long names,
    sparse files) have no place in this format. Raises `StoreError` (`ARCHIVE_UNUSABLE`), `OSError`.
    """
    end = os.fstat(file.fileno()).st_size
    offset, before = 0, ""
    for _ in range(MAX_MEMBERS):
        file.seek(offset)
        block = file.read(BLOCK)
        if block == b"\0" * BLOCK:
            return
        info = _read_header(block, before)
        member = Member(info.name, offset + BLOCK, info.size)
        offset = member.offset + member.size + len(padding(member.size))
        if offset > end:
            raise unusable(f"the archive ends in the middle of {member.name}")
        before = info.name
        yield member
    raise unusable(f"the archive has more than {MAX_MEMBERS} files")


def _read_header(block: bytes, before: str) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise unusable(f"it is no tar, or it was cut off ({error})") from error
    if not _NAME.fullmatch(info.name):
        raise unusable(f"it holds {info.name!r}, which has no place in it")
    if info.type != tarfile.REGTYPE:
        raise unusable(f"{info.name} in it is no plain file")
    if info.name <= before:
        raise unusable(f"{info.name} stands behind {before} in it, or twice")
    if info.size < 0 or (info.size > MAX_RECORD_BYTES and not info.name.startswith("blobs/")):
        raise unusable(f"{info.name} in it has {info.size} bytes")
    return info


def unusable(message: str) -> StoreError:
    """Say why an archive is not taken."""
    return StoreError(f"the archive cannot be used: {message}", code=ARCHIVE_UNUSABLE, hint=_ADVICE)
