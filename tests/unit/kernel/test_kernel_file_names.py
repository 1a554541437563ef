"""Names of files: safe everywhere, told apart without regard to case."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runway_flow.kernel.file_names import MAX_NAME_BYTES, collisions, fold_path, is_safe_path, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wide", "wide"),
        ("wide shot: 1/2", "wide-shot-1-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\film", "C-film"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("end. ", "end"),
        ("", "-"),
        ("...", "-"),
        ("\x1b[31m\u2028", "[31m"),
        ("CON", "CON-"),
        ("nul.mp4", "nul-.mp4"),
        ("com¹", "com¹-"),
        ("console", "console"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("\ud800", "-"),
        ("夜景", "夜景"),
    ],
)
def test_unsafe_characters_become_dashes(text: str, name: str) -> None:
    """What separates, selects, hides or names a device becomes a dash; letters of every script stay."""
    assert safe_name(text) == name


@given(st.text())
@example("a" * 500)
@example("é" * MAX_NAME_BYTES)
@example("com1." + "é" * MAX_NAME_BYTES)
def test_safe_names_are_safe(text: str) -> None:
    """Any text gives one safe part of a path, short enough for an extension."""
    name = safe_name(text)
    assert is_safe_path(name)
    assert "/" not in name
    assert len(name.encode()) <= MAX_NAME_BYTES + 1


@pytest.mark.parametrize("path", ["film.mp4", "dubs/es.mp3", "dubs/Ünï-1.mp3"])
def test_safe_paths(path: str) -> None:
    """Plain relative paths are safe."""
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/x", "../x", "a/../b", "a//b", "./a", "a/", "C:x", "a\\b", "a\0", "nul.txt", "dubs/.x", "x."],
)
def test_unsafe_paths(path: str) -> None:
    """What leads elsewhere, hides or is another file on some system is not safe."""
    assert not is_safe_path(path)


def test_collisions_without_regard_to_case() -> None:
    """Names that differ only in case or Unicode form are one file somewhere."""
    paths = ["a/Wide.mp4", "b.mp4", "a/wide.mp4", "\u00e9.mp4", "e\u0301.mp4", "A/WIDE.mp4"]
    assert collisions(paths) == (
        ("a/Wide.mp4", "a/wide.mp4", "A/WIDE.mp4"),
        ("\u00e9.mp4", "e\u0301.mp4"),
    )


def test_a_file_that_is_a_folder_collides() -> None:
    """A file cannot be the folder of another."""
    assert collisions(["dubs", "dubs/es.mp3", "x/y/z", "X"]) == (("dubs", "dubs/es.mp3"), ("X", "x/y/z"))


def test_no_collisions() -> None:
    """Different names do not collide."""
    assert collisions(["a", "b/a", "b/c"]) == ()


@given(st.text())
def test_folding_is_stable(text: str) -> None:
    """A folded path is its own folded form."""
    assert fold_path(fold_path(text)) == fold_path(text)
