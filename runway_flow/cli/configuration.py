"""The configuration: `runway-flow.toml`, `[tool.runway-flow]` in `pyproject.toml`, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.amounts import Credits

CONFIRM_ABOVE = Decimal(100)
"""Credits that a run may spend without being asked, unless the configuration says otherwise."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration file may set; keys to accounts never stand in a file."""

    store: Path | None = None
    jobs: int | None = None
    budget: Credits | None = None
    confirm_above: Credits = CONFIRM_ABOVE
    progress: str | None = None
    ffmpeg: str | None = None
    allow_paths: tuple[Path, ...] = ()


_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "store": (str, "a path"),
    "jobs": (int, "a whole number"),
    "budget": ((int, float), "a number of credits"),
    "confirm_above": ((int, float), "a number of credits"),
    "progress": (str, "auto, live, plain, json or none"),
    "ffmpeg": (str, "a path"),
    "allow_paths": (list, "a list of paths"),
}


def read_configuration(named: Path | None, start: Path | None = None) -> Configuration:
    """Read the first configuration there is: the named file, the nearest upward, the user's.

    Raises `UsageError` (`CONFIGURATION`, exit 4) for what cannot be read or understood.
    """
    found = _find(named, start or Path.cwd())
    if found is None:
        return Configuration()
    path, table = found
    for key, value in table.items():
        _check_entry(path, key, value)
    folder = path.parent
    return Configuration(
        store=folder / table["store"] if "store" in table else None,
        jobs=table.get("jobs"),
        budget=Decimal(str(table["budget"])) if "budget" in table else None,
        confirm_above=Decimal(str(table.get("confirm_above", CONFIRM_ABOVE))),
        progress=table.get("progress"),
        ffmpeg=table.get("ffmpeg"),
        allow_paths=tuple(folder / item for item in table.get("allow_paths", ())),
    )


def _find(named: Path | None, start: Path) -> tuple[Path, Mapping[str, Any]] | None:
    if named is not None:
        return named, _read(named)
    for folder in (start, *start.parents):
        own = folder / "runway-flow.toml"
        if own.is_file():
            return own, _read(own)
        project = folder / "pyproject.toml"
        if project.is_file():
            table = _read(project).get("tool", {}).get("runway-flow")
            if table is not None:
                return project, table
    from platformdirs import user_config_dir

    users = Path(user_config_dir("runway-flow", appauthor=False)) / "config.toml"
    return (users, _read(users)) if users.is_file() else None


def _read(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"the configuration {path} cannot be read: {error}", code=codes.CONFIGURATION
        ) from error


def _check_entry(path: Path, key: str, value: object) -> None:
    if key not in _TYPES:
        hint = did_you_mean(key, _TYPES) or f"accepted: {', '.join(_TYPES)}"
        raise UsageError(f"{path}: unknown key `{key}`", code=codes.CONFIGURATION, hint=hint)
    types, wanted = _TYPES[key]
    if not isinstance(value, types) or isinstance(value, bool):
        raise UsageError(f"{path}: `{key}` takes {wanted}", code=codes.CONFIGURATION)
