"""Flags of the commands that take a flow: input values, selections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from runway_flow.api import InputArguments
from runway_flow.kernel.errors import UsageError
from runway_flow.plan.settings import Reach, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def input_flags(command: Command) -> Command:
    """Give a command `-i` and `--inputs`."""
    command = click.option("--profile", metavar="NAME", help="Merge a profile of the flow over it.")(command)
    command = click.option(
        "--inputs", "inputs_file", metavar="FILE", help="Read input values from a YAML file."
    )(command)
    return click.option(
        "-i", "--input", "assignments", multiple=True, metavar="NAME=VALUE", help="Give an input."
    )(command)


def selection_flags(command: Command) -> Command:
    """Give a command `--only`, `--from`, `--until`."""
    for name, text in (
        ("until", "Take this step and what it needs."),
        ("from", "Take this step and what depends on it."),
        ("only", "Take this step alone."),
    ):
        command = click.option(f"--{name}", f"select_{name}", multiple=True, metavar="STEP", help=text)(
            command
        )
    return command


def take_inputs(values: dict[str, Any]) -> InputArguments:
    """Take the input flags out of a command's values. Raises `UsageError` for a profile."""
    profile = values.pop("profile")
    if profile is not None:
        raise UsageError(f"the flow has no profile `{profile}`: profiles are not supported yet")
    return InputArguments(tuple(values.pop("assignments")), values.pop("inputs_file"))


def take_selection(values: dict[str, Any]) -> Selection | None:
    """Take the selection flags out of a command's values. Raises `UsageError` if two kinds are mixed."""
    given = [(reach, tuple(values.pop(f"select_{reach.value}"))) for reach in Reach]
    named = [Selection(reach, addresses) for reach, addresses in given if addresses]
    if len(named) > 1:
        raise UsageError("--only, --from and --until do not go together", hint="use one of them")
    return named[0] if named else None
