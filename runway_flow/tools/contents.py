"""Says in words what a file holds that is no medium, so that a wrong file is recognised at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

HEAD_BYTES = 4_096

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BM", "a BMP image (convert it to PNG)"),
    (b"II*\x00", "a TIFF image (convert it to PNG)"),
    (b"MM\x00*", "a TIFF image (convert it to PNG)"),
    (b"version https://git-lfs", "a Git LFS pointer (run `git lfs pull`)"),
    (b"#EXTM3U", "an HLS playlist"),
    (b"ffconcat", "an ffmpeg list of files"),
)
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<mpd", "a DASH manifest"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
)


def describe_content(file: BinaryIO) -> str | None:
    """Say what a file is by its first bytes, with an article; None if nothing is recognised."""
    head = file.read(HEAD_BYTES)
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    text = _as_text(head)
    if text is None:
        return None
    lowered = head.lower()
    for mark, words in _MARKUP:
        if mark in lowered:
            return words
    if text.lstrip()[:1] in ("{", "["):
        return "JSON text"
    return "text"


def _as_text(head: bytes) -> str | None:
    """Decode what is plainly text: UTF-8 without control characters; a character cut at the end is fine."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return None
        text = head[: error.start].decode("utf-8")
    return (
        None
        if any(ord(character) < ord(" ") and character not in "\t\r\n\f\x1b" for character in text)
        else text
    )
