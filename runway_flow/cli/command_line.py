"""Command lines that a reader can paste: what was typed, as another command or once more."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import rich_click as click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = "runway-flow"
_ONLY_OUTPUT = frozenset({"is_json", "quiet", "verbose", "color", "ascii", "expanded", "expect_stored"})
"""Flags that say how something is printed, not what is done."""


def again(context: click.Context, command: str) -> str:
    """Write the command line of a context for another command of the same flow, output flags left out."""
    return _joined(context, command, lambda name: name not in _ONLY_OUTPUT)


def about(context: click.Context, command: str, *arguments: str) -> str:
    """Write a command that looks at the same store as the one of a context."""
    kept = ("store", "emulate", "config", "env_file")
    return _joined(context, " ".join((command, *arguments)), lambda name: name in kept)


def _joined(context: click.Context, command: str, is_kept: Callable[[str], bool]) -> str:
    words = [PROGRAM, *command.split()]
    places = [context]
    while places[0].parent is not None:  # the flags of a group stand before its command
        places.insert(0, places[0].parent)
    arguments = [word for place in places for word in _words(place, is_kept, is_argument=True)]
    flags = [word for place in places for word in _words(place, is_kept, is_argument=False)]
    return shlex.join([*words, *arguments, *flags])


def _words(context: click.Context, is_kept: Callable[[str], bool], *, is_argument: bool) -> Iterator[str]:
    for param in context.command.params:
        name = param.name or ""
        is_typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(param, click.Argument) is not is_argument or not is_typed or not is_kept(name):
            continue
        value = context.params.get(name)
        for item in value if isinstance(value, tuple) else (value,):
            if is_argument:
                yield str(item)
            elif isinstance(item, bool):
                yield max(param.opts, key=len)
            else:
                yield from (max(param.opts, key=len), str(item))
