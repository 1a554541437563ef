"""Flags that every command takes, before or after its name, and what they come to."""

from __future__ import annotations

import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from msgspec import Struct

from runway_flow.cli.configuration import MOST_CREDITS, PROGRESS, read_configuration
from runway_flow.cli.environment import read_count, read_env_file, read_path, read_switch
from runway_flow.cli.screens import open_screens
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.wiring import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.kernel.amounts import Credits
    from runway_flow.report.terminal import Terminal

Command = TypeVar("Command", bound="Callable[..., Any]")

_PANEL = "Flags of every command"
_SPEED_MOST = 10_000
"""Beyond it a poll would take longer than the task."""


class Common(Struct, frozen=True):
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
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.settings.environ.get("CI")


def _flag(*names: str, **settings: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - click's own types
    return click.option(*names, panel=_PANEL, **settings)


_FOLDER = click.Path(path_type=Path)
_FLAGS: dict[str, Callable[[Any], Any]] = {
    "store": _flag("--store", type=_FOLDER, metavar="DIR", help="Where results are kept."),
    "emulate": _flag(
        "--emulate", is_flag=True, default=None, help="Rehearse on a local emulator; spends nothing."
    ),
    "speed": _flag("--speed", type=float, metavar="N", help="How much faster the emulator's time passes."),
    "config": _flag("--config", type=_FOLDER, metavar="FILE", help="Read the configuration from this file."),
    "env_file": _flag("--env-file", type=_FOLDER, metavar="FILE", help="Read variables from this file."),
    "color": _flag(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        metavar="auto|always|never",
        help="When to use colour.",
    ),
    "ascii": _flag("--ascii", is_flag=True, default=None, help="Use no glyphs beyond ASCII."),
    "allow_path": _flag(
        "--allow-path", multiple=True, type=_FOLDER, metavar="DIR", help="Also read media in this folder."
    ),
    "allow_host": _flag(
        "--allow-host", multiple=True, metavar="NAME", help="Also send the key to this host."
    ),
    "allow_unknown_price": _flag(
        "--allow-unknown-price",
        is_flag=True,
        default=None,
        help="Also submit what nobody states a price for, under a budget.",
    ),
    "allow_retired": _flag(
        "--allow-retired",
        is_flag=True,
        default=None,
        help="Also use models that are retired, as they were last known.",
    ),
    "allow_unknown_model": _flag(
        "--allow-unknown-model",
        is_flag=True,
        default=None,
        help="Also use models that the table does not know: what is written is sent.",
    ),
    "quiet": _flag("-q", "--quiet", is_flag=True, default=None, help="Print results and errors only."),
    "verbose": _flag("-v", "--verbose", is_flag=True, default=None, help="Print more, and fold nothing."),
    "is_json": _flag("--json", "is_json", is_flag=True, default=None, help="Print JSON for programs."),
}
GLOBAL_NAMES = tuple(_FLAGS)
"""The names of the global flags among a command's values."""


def global_flags(command: Command) -> Command:
    """Give a command the global flags."""
    for flag in reversed(_FLAGS.values()):
        command = flag(command)
    for panel in (_PANEL, "Options", "Commands"):  # from the last that is shown to the first
        command = click.option_panel(panel)(command)
    return command


def take_globals(context: click.Context, values: dict[str, Any]) -> dict[str, Any]:
    """Take the global flags out of a command's values.

    What stands after the command's name wins; of flags that may be repeated both places count.
    """
    merged: dict[str, Any] = {}
    contexts = [context]
    while contexts[0].parent is not None:
        contexts.insert(0, contexts[0].parent)
    for place in contexts:
        for name in GLOBAL_NAMES:
            value = place.params.get(name)
            if isinstance(value, tuple):
                merged[name] = (*merged.get(name, ()), *value)
            elif value is not None:
                merged[name] = value
    for name in GLOBAL_NAMES:
        values.pop(name, None)
    return merged


def resolve_common(flags: Mapping[str, Any], *, progress: str | None = None, **given: Any) -> Common:  # noqa: ANN401
    """Combine flags, environment and configuration, in this order of precedence.

    `given`: flags of the command itself (`jobs`, `budget`). Raises `UsageError`, `RunwayFlowError`.
    """
    environ = dict(os.environ)
    if flags.get("env_file"):
        environ = {**read_env_file(flags["env_file"].expanduser()), **environ}
    configuration = read_configuration(flags.get("config") or read_path(environ, "RUNWAY_FLOW_CONFIG"))
    store = flags.get("store") or read_path(environ, "RUNWAY_FLOW_STORE") or configuration.store
    settings = Settings(
        store=store.expanduser().absolute() if store else None,
        emulate=bool(flags.get("emulate")) or read_switch(environ, "RUNWAY_FLOW_EMULATE"),
        speed=_speed(flags.get("speed")),
        jobs=given.get("jobs") or read_count(environ, "RUNWAY_FLOW_JOBS") or configuration.jobs,
        budget=_first(
            parse_credits(given.get("budget"), "--budget"),
            parse_credits(environ.get("RUNWAY_FLOW_BUDGET") or None, "RUNWAY_FLOW_BUDGET"),
            configuration.budget,
        ),
        allow_paths=(
            *(path.expanduser() for path in flags.get("allow_path", ())),
            *configuration.allow_paths,
        ),
        allow_hosts=tuple(flags.get("allow_host", ())),
        allow_unknown_price=bool(flags.get("allow_unknown_price")),
        allow_retired=bool(flags.get("allow_retired")),
        allow_unknown_model=bool(flags.get("allow_unknown_model")),
        tables=configuration.tables,
        ffmpeg=configuration.ffmpeg,
        environ=environ,
    )
    out, err = open_screens(flags.get("color"), environ, is_ascii=bool(flags.get("ascii")))
    return Common(
        settings=settings,
        out=out,
        err=err,
        is_json=bool(flags.get("is_json")),
        is_quiet=bool(flags.get("quiet")),
        verbosity=int(bool(flags.get("verbose"))),
        progress=progress or _progress(environ) or configuration.progress or "auto",
        confirm_above=configuration.confirm_above,
    )


def parse_credits(text: str | None, name: str) -> Credits | None:
    """Read an amount of credits. Raises `UsageError`."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MOST_CREDITS:
        raise UsageError(f"{name} takes a number of credits, not `{text}`", hint="for example 250")
    return amount


def _speed(value: float | None) -> float | None:
    if value is not None and not 0 < value <= _SPEED_MOST:
        raise UsageError(f"--speed takes a number above 0 and up to {_SPEED_MOST}, not {value:g}")
    return value


def _progress(environ: Mapping[str, str]) -> str | None:
    text = environ.get("RUNWAY_FLOW_PROGRESS")
    if text and text not in PROGRESS:
        hint = did_you_mean(text, PROGRESS) or f"accepted: {', '.join(PROGRESS)}"
        raise UsageError(f"RUNWAY_FLOW_PROGRESS takes no `{text}`", hint=hint)
    return text or None


def _first(*values: Credits | None) -> Credits | None:
    return next((value for value in values if value is not None), None)
