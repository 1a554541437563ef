"""The user's media files as facts: a port that check and plan read, and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.media import FileMedium


class FileProblem(Struct, frozen=True):
    """Why a file cannot be used as a medium."""

    code: Code
    message: str
    hint: str | None = None


class Files(Protocol):
    """The user's media files, as facts; each is read at most once."""

    def find(self, path: str) -> FileMedium | FileProblem:
        """Give what a file is (an absolute path, or one relative to the current folder)."""
        ...
