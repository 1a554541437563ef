"""The user's media files as facts: which may be read, what they hold, each read at most once."""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from runway_flow.engine.records import StatIdentity
from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import FileMedium
from runway_flow.kernel.suggest import nearest_file
from runway_flow.tools.contents import describe_content
from runway_flow.tools.plain_files import is_within, open_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.kernel.media import MediaFacts

UPLOAD_LIMIT_BYTES = 200 * 1024 * 1024
"""The largest upload (API description of 2026-08-08: 200 MB)."""

RACY_S = 2.0
"""A file written this recently may be written again within one tick of its clock (2 s on FAT): what it
is now is used, but not remembered."""

_CHUNK_BYTES = 1 << 20
_NANO = 1_000_000_000


class StatCache(Protocol):
    """The part of `StateStore` that remembers what files were."""

    def find_file(self, identity: StatIdentity) -> tuple[Digest, MediaFacts] | None:
        """Give what a file was, if nothing about it changed."""
        ...

    def record_file(self, identity: StatIdentity, digest: Digest, facts: MediaFacts) -> None:
        """Remember what a file is."""
        ...


class NoCache:
    """Remembers nothing: where there is no store to remember in."""

    def find_file(self, identity: StatIdentity) -> None:
        """Give None."""

    def record_file(self, identity: StatIdentity, digest: Digest, facts: MediaFacts) -> None:
        """Forget it."""


@dataclass(slots=True)
class DiskFiles:
    """Reads the user's files; `allowed` are the folders that it may read in, symbolic links resolved.

    With `record` false (while planning) nothing is remembered beyond this object. `now` gives seconds
    since 1970. Implements `kernel.files.Files`.
    """

    allowed: tuple[Path, ...]
    cache: StatCache
    now: Callable[[], float]
    record: bool
    max_bytes: int = UPLOAD_LIMIT_BYTES
    _known: dict[str, FileMedium | FileProblem] = field(default_factory=dict, init=False)

    def find(self, path: str) -> FileMedium | FileProblem:
        """Give what a file is, or why it cannot be used; asked again, gives the same answer."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._find(path)
        return known

    def _find(self, path: str) -> FileMedium | FileProblem:
        try:
            real = Path(path).resolve()
            is_allowed = is_within(real, self.allowed)
        except (OSError, ValueError, RuntimeError) as error:  # a NUL, a name too long, a loop of links
            return FileProblem(codes.FILE_UNREADABLE, f"`{path}` cannot be a file: {error}")
        if not is_allowed:
            return FileProblem(
                codes.PATH_OUTSIDE,
                f"`{path}` leads to {real}, outside the folders that may be read",
                outside_hint(real),
            )
        same = self._known.get(str(real))
        if same is not None:
            return same
        found = self._known[str(real)] = self._open(path, real)
        return found

    def _open(self, path: str, real: Path) -> FileMedium | FileProblem:
        try:
            facts = real.lstat()
            if problem := _not_a_file(path, facts.st_mode):
                return problem
            with open_plain(real) as file:
                return self._read(path, real, file)
        except FileNotFoundError:
            return FileProblem(
                codes.FILE_UNREADABLE, f"`{path}` does not exist", _nearest_hint(real) or f"looked for {real}"
            )
        except OSError as error:
            return FileProblem(codes.FILE_UNREADABLE, f"`{path}` cannot be read: {error.strerror or error}")

    def _read(self, path: str, real: Path, file: BinaryIO) -> FileMedium | FileProblem:
        before = os.fstat(file.fileno())
        if problem := _not_a_file(path, before.st_mode) or self._bad_size(path, before.st_size):
            return problem
        identity = _identity(real, before)
        if remembered := self.cache.find_file(identity):
            return FileMedium(str(real), *remembered)
        digest = _hash(file)
        if _identity(real, os.fstat(file.fileno())) != identity:
            return FileProblem(
                codes.FILE_UNREADABLE, f"`{path}` changes while it is read", "wait until it is written"
            )
        facts = _facts(path, file)
        if isinstance(facts, FileProblem):
            return facts
        if self.record and self._is_settled(before):
            self.cache.record_file(identity, digest, facts)
        return FileMedium(str(real), digest, facts)

    def _bad_size(self, path: str, size: int) -> FileProblem | None:
        if size == 0:
            return FileProblem(codes.FILE_EMPTY, f"`{path}` is empty")
        if size > self.max_bytes:
            return FileProblem(
                codes.FILE_TOO_LARGE,
                f"`{path}` has {size / 1e6:.1f} MB; at most {self.max_bytes / 1e6:g} MB can be used",
                "make it smaller or shorter first",
            )
        return None

    def _is_settled(self, facts: os.stat_result) -> bool:
        return self.now() - max(facts.st_mtime_ns, facts.st_ctime_ns) / _NANO >= RACY_S


def _facts(path: str, file: BinaryIO) -> MediaFacts | FileProblem:
    from runway_flow.tools.probe import probe

    try:
        facts = probe(file)
    except MediaError as error:
        file.seek(0)
        content = describe_content(file)
        if content is None:
            return FileProblem(error.code, error.message.replace("the file", f"`{path}`", 1), error.hint)
        return FileProblem(
            codes.FILE_NOT_MEDIA,
            f"`{path}` is {content}, not an image, video or sound",
            "a medium is known by its content, not by its name",
        )
    if facts.media_type == "image/svg+xml":
        return FileProblem(
            codes.FILE_NOT_MEDIA,
            f"`{path}` is an SVG drawing, which no model and no local operation reads",
            "export it as a PNG",
        )
    return facts


def outside_hint(real: Path) -> str:
    """Say how a file outside the allowed folders may be read; whoever pastes the flag pastes one word."""
    return f"keep it beside the flow, or allow its folder: --allow-path {shlex.quote(str(real.parent))}"


def _not_a_file(path: str, mode: int) -> FileProblem | None:
    if stat.S_ISREG(mode):
        return None
    kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
    return FileProblem(codes.FILE_UNREADABLE, f"`{path}` is {kind}", "name a media file")


def _nearest_hint(real: Path) -> str | None:
    """Suggest a name of the folder; one that cannot be listed has none."""
    try:
        names = [entry.name for entry in os.scandir(real.parent) if entry.is_file()]
    except OSError:
        return f"there is no folder {real.parent}" if not real.parent.exists() else None
    near = nearest_file(real.name, sorted(names))
    return f"did you mean `{near}`?" if near is not None else None


def _hash(file: BinaryIO) -> Digest:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return Digest(digest.hexdigest())


def _identity(real: Path, facts: os.stat_result) -> StatIdentity:
    return StatIdentity(
        str(real), facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
    )
