"""A path of a medium, joined with the folder that it was written for."""

from __future__ import annotations

import ntpath
import os.path
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.kernel.diagnostics import Span


class MediaPath(Struct, frozen=True):
    """A medium of an input that is a file: where it is, as it was written, and where that stands.

    `origin` says how it was given (`-i hero=…`) where there is no place to show.
    """

    path: str
    written: str
    span: Span | None
    origin: str | None = None


def join_path(folder: str, written: str) -> str:
    """Give a path joined with the folder that it is relative to; pure text, nothing is looked up.

    A path with a drive letter is left alone on every system.
    """
    if ntpath.splitdrive(written)[0]:
        return written
    return os.path.normpath(os.path.join(folder, written))  # noqa: PTH118 - text, no disk


def find_named(value: object) -> Iterator[str]:
    """Give the paths of media in a value tree that were named outside of every file: after `-i`."""
    if isinstance(value, MediaPath):
        if value.origin is not None:
            yield value.path
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_named(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from find_named(item)


def folder_of(path: str) -> str:
    """Give the folder that a file is in; the current one is the empty text."""
    return os.path.dirname(path)  # noqa: PTH120 - text, no disk


_ADDRESS = re.compile(r"data:|[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Tell an address (`https://…`, `runway://…`, `data:…`) from a path."""
    return _ADDRESS.match(text) is not None
