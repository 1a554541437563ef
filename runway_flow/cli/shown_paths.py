"""Paths as people read them: the home folder as `~`."""

from __future__ import annotations

from pathlib import Path


def shown_path(path: Path) -> str:
    """Write a path, the home folder shortened to `~`."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or nobody's home
        return str(path)
