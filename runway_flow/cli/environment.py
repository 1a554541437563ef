"""Environment variables of ours, and files of them that `--env-file` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runway_flow.kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("", "0", "false", "no", "off")


def read_env_file(path: Path) -> dict[str, str]:
    """Read lines `NAME=value`; empty lines, comments, `export` and quotes as shells have them.

    Nothing is expanded, and no value stands in a message. Raises `UsageError`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"--env-file: {path} cannot be read: {reason}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, sign, value = stripped.removeprefix("export ").partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"--env-file: line {number} of {path} is not NAME=value")
        found[name.strip()] = _value(value.strip())
    return found


def _value(text: str) -> str:
    for quote in "'\"":
        if len(text) > 1 and text[0] == quote and quote in text[1:]:
            return text[1 : text.index(quote, 1)]
    return text.partition(" #")[0].rstrip()


def read_switch(environ: Mapping[str, str], name: str) -> bool:
    """Read a variable that is on or off. Raises `UsageError` for what is neither."""
    text = environ.get(name, "").strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise UsageError(f"{name} takes 1 or 0, not `{environ[name]}`")


def read_path(environ: Mapping[str, str], name: str) -> Path | None:
    """Read a variable that names a file or a folder, relative to the current one; `~` is the home folder."""
    text = environ.get(name, "")
    return Path(text).expanduser() if text else None


def read_count(environ: Mapping[str, str], name: str) -> int | None:
    """Read a variable that is a whole number from 1. Raises `UsageError`."""
    text = environ.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise UsageError(f"{name} takes a whole number from 1, not `{text}`")
    return int(text)
