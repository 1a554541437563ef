"""The configuration: `runway-flow.toml`, `[tool.runway-flow]` in `pyproject.toml`, or the user's own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.tools.plain_files import leads_into

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.kernel.amounts import Credits

CONFIRM_ABOVE = Decimal(100)
"""Credits that a run may spend without being asked, unless the configuration says otherwise."""
MOST_CREDITS = 10**12
"""More is a slip of the finger, and longer than any line."""
PROGRESS = ("auto", "live", "plain", "json", "none")
"""How progress can be shown."""

_OWN_FILE = "runway-flow.toml"
_TABLE = "runway-flow"
_SECRET_WORDS = ("key", "secret", "token", "password")


class Configuration(Struct, frozen=True):
    """What a configuration file may set; keys to accounts never stand in a file."""

    store: Path | None = None
    jobs: int | None = None
    budget: Credits | None = None
    confirm_above: Credits = CONFIRM_ABOVE
    progress: str | None = None
    ffmpeg: str | None = None
    allow_paths: tuple[Path, ...] = ()
    tables: Path | None = None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MOST_CREDITS


def _is_progress(value: object) -> bool:
    return value in PROGRESS


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_ENTRIES: dict[str, tuple[Callable[[object], bool], str]] = {
    "store": (_is_text, "a path"),
    "jobs": (_is_count, "a whole number from 1"),
    "budget": (_is_amount, "a number of credits"),
    "confirm_above": (_is_amount, "a number of credits"),
    "progress": (_is_progress, "auto, live, plain, json or none"),
    "ffmpeg": (_is_text, "a path"),
    "allow_paths": (_is_texts, "a list of paths"),
    "tables": (_is_text, "a path"),
}


def read_configuration(named: Path | None, start: Path | None = None) -> Configuration:
    """Read the first configuration there is: the named file, the nearest upward, the user's.

    Paths in a file are relative to it. One that was found upward came with the folder, which may be from
    anywhere: it starts no program of its own and opens no folder beside it. Raises `UsageError`
    (`CONFIGURATION`, exit 4) for what cannot be read or understood.
    """
    found = _find(named, start or Path.cwd())
    if found is None:
        return Configuration()
    path, table, is_own = found
    for key, value in table.items():
        _check_entry(path, key, value)
    if not is_own:
        _check_reach(path, table)
    folder = path.parent
    return Configuration(
        store=_path(folder, table["store"]) if "store" in table else None,
        jobs=table.get("jobs"),
        budget=Decimal(str(table["budget"])) if "budget" in table else None,
        confirm_above=Decimal(str(table.get("confirm_above", CONFIRM_ABOVE))),
        progress=table.get("progress"),
        ffmpeg=_program(folder, table["ffmpeg"]) if "ffmpeg" in table else None,
        allow_paths=tuple(_path(folder, item) for item in table.get("allow_paths", ())),
        tables=_path(folder, table["tables"]) if "tables" in table else None,
    )


def _path(folder: Path, text: str) -> Path:
    return folder / Path(text).expanduser()


def _program(folder: Path, text: str) -> str:
    """Give a program: a bare name is looked for on the PATH, anything else is a path."""
    return text if Path(text).name == text else str(_path(folder, text))


def _check_reach(path: Path, table: Mapping[str, Any]) -> None:
    hint = f"if you trust it, name the file: --config {shlex.quote(str(path))}"
    program = table.get("ffmpeg", "")
    if Path(program).name != program:
        reason = "names a program by its path, and the file came with the folder"
        raise _wrong(f"{path}: `ffmpeg` {reason}", f"{hint}; or set RUNWAY_FLOW_FFMPEG")
    for item in table.get("allow_paths", ()):
        if not leads_into(str(_path(path.parent, item)), path.parent):
            reason = "leads out of the folder that the file came with"
            raise _wrong(f"{path}: `allow_paths`: `{item}` {reason}", f"{hint}; or use --allow-path")


def _find(named: Path | None, start: Path) -> tuple[Path, Mapping[str, Any], bool] | None:
    """Give a file, its table, and whether it is the user's own word: named by him, or his own file."""
    if named is not None:
        path = named.expanduser()
        return path, _table_of(path), True
    for folder in (start, *start.parents):
        own, project = folder / _OWN_FILE, folder / "pyproject.toml"
        # os.path.isfile answers no where Path.is_file may raise: above us are folders of other people.
        if os.path.isfile(own):  # noqa: PTH113
            return own, _read(own), False
        if os.path.isfile(project) and _TABLE in _text(project):  # noqa: PTH113
            table = _own_table(project, _read(project))
            if table is not None:
                return project, table, False
    from platformdirs import user_config_dir

    users = Path(user_config_dir("runway-flow", appauthor=False)) / "config.toml"
    return (users, _read(users), True) if os.path.isfile(users) else None  # noqa: PTH113


def _table_of(path: Path) -> Mapping[str, Any]:
    """Read a file that was named: a `pyproject.toml` by its table, any other whole."""
    table = _read(path)
    return _own_table(path, table) or {} if path.name == "pyproject.toml" else table


def _own_table(path: Path, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tool = document.get("tool")
    table = tool.get(_TABLE) if isinstance(tool, Mapping) else None
    if table is not None and not isinstance(table, Mapping):
        raise _wrong(f"{path}: `tool.{_TABLE}` must be a table")
    return table


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _wrong(f"the configuration {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _wrong(f"the configuration {path} cannot be read: it is not UTF-8") from error


def _read(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(path))
    except (ValueError, RecursionError) as error:  # a number or a depth that Python refuses is neither
        raise _wrong(f"the configuration {path} is not valid TOML: {error}") from error


def _check_entry(path: Path, key: str, value: object) -> None:
    if key not in _ENTRIES:
        hint = did_you_mean(key, _ENTRIES) or f"accepted: {', '.join(_ENTRIES)}"
        if any(word in key.lower() for word in _SECRET_WORDS):
            hint = "keys to accounts never stand in a file: set RUNWAYML_API_SECRET in the environment"
        raise _wrong(f"{path}: unknown key `{key}`", hint)
    is_right, wanted = _ENTRIES[key]
    if not is_right(value):
        raise _wrong(f"{path}: `{key}` takes {wanted}")


def _wrong(message: str, hint: str | None = None) -> UsageError:
    return UsageError(message, code=codes.CONFIGURATION, hint=hint)
