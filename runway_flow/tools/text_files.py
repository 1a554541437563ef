"""Text files of the user's: bounded, decoded, or why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.files import FileProblem
from runway_flow.tools.file_facts import outside_hint
from runway_flow.tools.plain_files import is_within, open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_BYTES = 4 * 1024 * 1024
"""As much text as a flow may have."""


_TEXT_ENDINGS = (".yaml", ".yml", ".json", ".md", ".txt")


def read_bytes(path: str) -> bytes | FileProblem:
    """Read a file of text, or say why not: missing, a folder, unreadable, no regular file, too large."""
    file = Path(path)
    try:
        if problem := _not_readable(path, file):
            return problem
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return FileProblem(codes.FILE_UNREADABLE, f"{path} cannot be read: {reason}")
    return _bounded(path, data)


def _not_readable(path: str, file: Path) -> FileProblem | None:
    if file.is_dir():
        return FileProblem(codes.FILE_UNREADABLE, f"{path} is a folder, not a file")
    if not file.exists():
        return FileProblem(codes.FILE_UNREADABLE, f"{path} does not exist", _nearby(file))
    if not file.is_file():
        return FileProblem(codes.FILE_UNREADABLE, f"{path} is not a regular file")
    return None


def _bounded(path: str, data: bytes) -> bytes | FileProblem:
    if len(data) > MAX_BYTES:
        return FileProblem(codes.FILE_TOO_LARGE, f"{path} has more than {MAX_BYTES} bytes")
    return data


def _nearby(file: Path) -> str | None:
    from runway_flow.kernel.suggest import nearest_file

    endings = {*_TEXT_ENDINGS, file.suffix.lower()}
    try:
        items = [item for item in file.parent.iterdir() if item.suffix.lower() in endings]
    except OSError:
        return None if file.parent.exists() else f"there is no folder {file.parent}"
    near = nearest_file(file.name, sorted(item.name for item in items if item.is_file()))
    return f"did you mean `{near}`?" if near is not None else None


def read_within(path: str, allowed: Sequence[Path]) -> bytes | FileProblem:
    """Read a file of text that a flow names: only in the allowed folders, wherever links lead."""
    try:
        real = Path(path).resolve()
        is_allowed = is_within(real, allowed)
    except (OSError, ValueError, RuntimeError) as error:
        return FileProblem(codes.FILE_UNREADABLE, f"{path} cannot be a file: {error}")
    if not is_allowed:
        message = f"{path} leads to {real}, outside the folders that may be read"
        return FileProblem(codes.PATH_OUTSIDE, message, outside_hint(real))
    if problem := _not_readable(path, real):
        return problem
    try:
        with open_plain(real) as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return FileProblem(codes.FILE_UNREADABLE, f"{path} cannot be read: {error.strerror or error}")
    return _bounded(path, data)


def text_reader(
    decode: Callable[[bytes, str], object], allowed: Sequence[Path] | None = None
) -> Callable[[str], str | FileProblem]:
    """Give a reader of text files that decodes as flows are decoded.

    `allowed`: the folders that it keeps to; None where the user named the file.
    """

    def read(path: str) -> str | FileProblem:
        data = read_bytes(path) if allowed is None else read_within(path, allowed)
        if isinstance(data, FileProblem):
            return data
        text = decode(data, path)
        if isinstance(text, str):
            return text
        message = getattr(text, "message", f"{path} is no text")
        return FileProblem(codes.FILE_UNREADABLE, message, getattr(text, "hint", None))

    return read
