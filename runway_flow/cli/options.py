"""Flags that every command takes, before or after its name, and what they come to."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from runway_flow.cli.configuration import read_configuration
from runway_flow.kernel.errors import UsageError
from runway_flow.report.terminal import Terminal
from runway_flow.wiring import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runway_flow.kernel.amounts import Credits

Command = TypeVar("Command", bound="Callable[..., Any]")

_FALLBACK_WIDTH = 100
_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Common:
    """What the global flags, the environment and the configuration come to."""

    settings: Settings
    out: Terminal
    err: Terminal
    is_json: bool
    is_quiet: bool
    verbosity: int
    progress: str
    confirm_above: Credits

    @property
    def is_interactive(self) -> bool:
        """Whether someone is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


_FLAGS: tuple[Callable[[Any], Any], ...] = (
    click.option("--store", type=click.Path(path_type=Path), help="Where results are kept."),
    click.option(
        "--emulate", is_flag=True, default=None, help="Rehearse on a local emulator; spends nothing."
    ),
    click.option("--speed", type=float, help="How much faster the emulator's time passes."),
    click.option("--config", type=click.Path(path_type=Path), help="Read the configuration from this file."),
    click.option(
        "--env-file", type=click.Path(path_type=Path), help="Read environment variables from this file."
    ),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), help="When to use colour."),
    click.option("--ascii", is_flag=True, default=None, help="Use no glyphs beyond ASCII."),
    click.option(
        "--allow-path", multiple=True, type=click.Path(path_type=Path), help="Also read media here."
    ),
    click.option("--allow-host", multiple=True, help="Also send the key to this host."),
    click.option(
        "--allow-unknown-price", is_flag=True, default=None, help="Pay what nobody states a price for."
    ),
    click.option("-q", "--quiet", is_flag=True, default=None, help="Print results and errors only."),
    click.option("-v", "--verbose", count=True, help="Print more."),
    click.option("--json", "is_json", is_flag=True, default=None, help="Print JSON for programs."),
)
_NAMES = (
    "store",
    "emulate",
    "speed",
    "config",
    "env_file",
    "color",
    "ascii",
    "allow_path",
    "allow_host",
    "allow_unknown_price",
    "quiet",
    "verbose",
    "is_json",
)


def global_flags(command: Command) -> Command:
    """Give a command the global flags."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def take_globals(context: click.Context, values: dict[str, Any]) -> dict[str, Any]:
    """Take the global flags out of a command's values; what stands after the command's name wins."""
    own = {name: values.pop(name) for name in _NAMES if name in values}
    earlier = context.obj if isinstance(context.obj, dict) else {}
    return {name: own.get(name) or earlier.get(name) for name in _NAMES}


def resolve_common(flags: Mapping[str, Any], *, progress: str | None = None, **given: Any) -> Common:  # noqa: ANN401
    """Combine flags, environment and configuration, in this order of precedence.

    `given`: flags of the command itself (`jobs`, `budget`). Raises `UsageError`, `RunwayFlowError`.
    """
    environ = dict(os.environ)
    if flags.get("env_file"):
        environ = {**_read_env_file(flags["env_file"]), **environ}
    configuration = read_configuration(flags.get("config") or _path(environ.get("RUNWAY_FLOW_CONFIG")))
    emulate = flags.get("emulate") or environ.get("RUNWAY_FLOW_EMULATE", "").lower() in _TRUE
    settings = Settings(
        store=flags.get("store") or _path(environ.get("RUNWAY_FLOW_STORE")) or configuration.store,
        emulate=bool(emulate),
        speed=_speed(flags.get("speed")),
        jobs=given.get("jobs") or _jobs(environ.get("RUNWAY_FLOW_JOBS")) or configuration.jobs,
        budget=_first(
            parse_credits(given.get("budget"), "--budget"),
            parse_credits(environ.get("RUNWAY_FLOW_BUDGET"), "RUNWAY_FLOW_BUDGET"),
            configuration.budget,
        ),
        allow_paths=(*(flags.get("allow_path") or ()), *configuration.allow_paths),
        allow_hosts=tuple(flags.get("allow_host") or ()),
        allow_unknown_price=bool(flags.get("allow_unknown_price")),
        ffmpeg=configuration.ffmpeg,
        environ=environ,
    )
    is_ascii = bool(flags.get("ascii")) or not _is_utf8(sys.stdout)
    return Common(
        settings=settings,
        out=_terminal(sys.stdout, flags.get("color"), environ, is_ascii=is_ascii),
        err=_terminal(sys.stderr, flags.get("color"), environ, is_ascii=is_ascii),
        is_json=bool(flags.get("is_json")),
        is_quiet=bool(flags.get("quiet")),
        verbosity=int(flags.get("verbose") or 0),
        progress=progress or environ.get("RUNWAY_FLOW_PROGRESS") or configuration.progress or "auto",
        confirm_above=configuration.confirm_above,
    )


def parse_credits(text: str | None, name: str) -> Credits | None:
    """Read an amount of credits. Raises `UsageError`."""
    if text is None or text == "":
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"{name} takes a number of credits, not `{text}`", hint="for example 250")
    return amount


def _speed(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 10_000:  # noqa: PLR2004 - beyond it no poll means anything
        raise UsageError(f"--speed takes a number above 0 and up to 10000, not {value:g}")
    return value


def _jobs(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"RUNWAY_FLOW_JOBS takes a whole number from 1, not `{text}`")
    return int(text)


def _first(*values: Credits | None) -> Credits | None:
    return next((value for value in values if value is not None), None)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _is_utf8(stream: Any) -> bool:  # noqa: ANN401 - whatever stands in for a stream
    return (getattr(stream, "encoding", "") or "").lower().replace("-", "") in ("utf8", "utf8sig")


def _terminal(stream: Any, colour: str | None, environ: Mapping[str, str], *, is_ascii: bool) -> Terminal:  # noqa: ANN401
    is_terminal = stream.isatty()
    width = _FALLBACK_WIDTH
    if environ.get("COLUMNS", "").isdecimal():
        width = max(int(environ["COLUMNS"]), 20)
    elif is_terminal:
        width = os.get_terminal_size(stream.fileno()).columns or width
    return Terminal(width, _has_colour(colour, environ, is_terminal=is_terminal), is_ascii)


def _has_colour(asked: str | None, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    if asked in ("always", "never"):
        return asked == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") != "dumb"


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--env-file: {path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().removeprefix("export ")
        if not stripped or stripped.startswith("#"):
            continue
        name, sign, value = stripped.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"--env-file: line {number} of {path} is not NAME=value")
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


def joined_command(parts: Sequence[str]) -> str:
    """Write a command line that can be pasted into a shell."""
    import shlex

    return shlex.join(parts)
