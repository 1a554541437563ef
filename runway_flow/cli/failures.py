"""What a failure prints, and the exit code that it ends with."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from runway_flow.cli.printing import print_document, print_message
from runway_flow.cli.screens import error_screen
from runway_flow.kernel import codes
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import InternalError, StoreError, TablesUnusable, UsageError
from runway_flow.kernel.redaction import redact
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.report.diagnostics import render_diagnostics, render_error
from runway_flow.report.json_documents import error_document
from runway_flow.report.terminal import clean
from runway_flow.wiring import KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runway_flow.kernel.errors import RunwayFlowError
    from runway_flow.report.terminal import Terminal


def exit_after(error: RunwayFlowError, given: Sequence[str]) -> int:
    """Print a failure that has a code; with `--json` as a document on stdout too."""
    if "--json" in given:
        with suppress(StoreError):  # stdout may be what failed
            print_document(error_document(error), indent=None)
    show_error(error, error_screen(given), is_verbose="-v" in given or "--verbose" in given)
    return int(error.code.exit)


def show_error(error: RunwayFlowError, terminal: Terminal, *, is_verbose: bool = False) -> None:
    """Print a failure on stderr; verbosely with what it came from."""
    if isinstance(error, TablesUnusable):
        print_message(render_diagnostics(error.diagnostics, error.sources, terminal))
    else:
        print_message(render_error(error, terminal))
    if is_verbose:
        for cause in _causes(error):
            text = redact(f"{type(cause).__name__}: {cause}")
            print_message(f"  = from: {terminal.line(text)}\n")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None:
        yield cause
        cause = cause.__cause__


def exit_after_usage(error: click.ClickException, given: Sequence[str]) -> int:
    """Print what is wrong with a command line; a group that was called alone shows its help instead."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print_message(str(error.message).rstrip() + "\n")
        return ExitCode.USAGE
    return exit_after(usage_error(error), given)


def usage_error(error: click.ClickException) -> UsageError:
    """Say what click found in our own form."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    place = context.command_path if context is not None else "runway-flow"
    message, near = _told(error, context)
    hint = "; ".join(part for part in (near, f"see `{place} --help`") if part)
    return UsageError(message, code=codes.USAGE, hint=hint)


def _told(error: click.ClickException, context: click.Context | None) -> tuple[str, str | None]:
    """Give what is wrong, and a suggestion if there is one."""
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        return f"there is no option `{name}`", did_you_mean(name, _option_names(context))
    if isinstance(error, click.exceptions.NoSuchCommand):
        name, names = error.command_name, _command_names(context)
        listed = f"commands: {', '.join(names)}" if names else None
        return f"there is no command `{name}`", did_you_mean(name, names) or listed
    if isinstance(error, click.MissingParameter):
        return f"{_name(error.param)} is missing", None
    message = error.message.rstrip(".").replace("is not a valid integer range", "is not a whole number")
    if isinstance(error, click.BadParameter):
        return f"{_name(error.param)}: {message}", None
    return message[:1].lower() + message[1:], None


def _name(param: click.Parameter | None) -> str:
    """Name an option by its long form, an argument as the usage does."""
    if isinstance(param, click.Option):
        return f"`{max(param.opts, key=len)}`"
    return str(param.make_metavar(click.Context(click.Command("")))) if param is not None else "an argument"


def _option_names(context: click.Context | None) -> list[str]:
    params = context.command.params if context is not None else []
    return [name for param in params if isinstance(param, click.Option) for name in param.opts]


def _command_names(context: click.Context | None) -> list[str]:
    if context is None or not isinstance(context.command, click.Group):
        return []
    return context.command.list_commands(context)


def exit_after_bug(error: BaseException, given: Sequence[str]) -> int:
    """Print what nobody expected, with what a report of it needs."""
    trace = "".join(traceback.format_exception(error))
    print_message(clean(redact(trace, os.environ.get(KEY_VARIABLE, "").strip())) + "\n")
    found = InternalError(
        f"runway-flow has a bug: {type(error).__name__}",
        hint="please report it with the lines above; nothing that was paid for is lost, "
        "and the same command goes on where it stopped",
    )
    return exit_after(found, given)
