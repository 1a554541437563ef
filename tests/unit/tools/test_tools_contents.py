"""Words for what a file holds that is no medium."""

from __future__ import annotations

import io

import pytest

from runway_flow.tools.contents import describe_content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"BM....", "a BMP image (convert it to PNG)"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer (run `git lfs pull`)"),
        (b"#EXTM3U\n#EXTINF:1,\nseg.ts", "an HLS playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd", "an ffmpeg list of files"),
        (b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash'>", "a DASH manifest"),
        (b"<?xml version='1.0'?>\n<svg/>", "an SVG drawing"),
        (b"<!DOCTYPE html><p>", "an HTML page"),
        (b"<html>", "an HTML page"),
        (b' {"error": "no"}', "JSON text"),
        (b"hello", "text"),
        (b"\xff\xfe\x00\x01", None),
        (b"a\x00b", None),
        (b"\xc3\x28" + b"x" * 10, None),
    ],
)
def test_words(content: bytes, words: str | None) -> None:
    """Each kind of content that people mistake for a medium has its words; unknown bytes have none."""
    assert describe_content(io.BytesIO(content)) == words


def test_character_cut_at_the_end_of_the_head() -> None:
    """Text whose head ends within a character is text."""
    assert describe_content(io.BytesIO(b"x" + "é".encode() * 4_096)) == "text"
