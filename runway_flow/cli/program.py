"""The command group; each command's module is loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow import __version__
from runway_flow.cli.options import global_flags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.report.terminal import Terminal

COMMANDS = {
    "validate": ("cmd_validate", "Check flows: structure, capabilities, references, graph."),
    "plan": ("cmd_plan", "Show what would run, why, and what it costs."),
    "run": ("cmd_run", "Plan, confirm, execute, and write the outputs."),
    "models": ("cmd_models", "What models can do: limits, prices, seeds."),
    "runs": ("cmd_runs", "Runs so far: list them, show one, decide what they left open."),
    "cache": ("cmd_cache", "Look after the store: list, check, clean up, carry results elsewhere."),
    "emulator": ("cmd_emulator", "Serve a local API that answers like Runway's."),
    "schema": ("cmd_schema", "Print the JSON Schema of flows, for editors."),
}


class LazyGroup(click.RichGroup):
    """A group that imports a command's module when the command is called, not to list it."""

    is_listing = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None if there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name, text = COMMANDS[cmd_name]
        if self.is_listing:
            return click.RichCommand(name=cmd_name, help=text)
        command = import_module(f"runway_flow.cli.{name}").command
        return command if isinstance(command, click.Command) else None

    def format_help(self, ctx: click.RichContext, formatter: click.RichHelpFormatter) -> None:  # type: ignore[override] # as rich-click's own
        """Write the help; the table above describes the commands."""
        self.is_listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.is_listing = False


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="runway-flow %(version)s")
@global_flags
def program(**_: Any) -> None:  # noqa: ANN401 - click's own types
    """Run content recipes: YAML flows of Runway generations, each result paid for once."""


_HELP_WIDTH = 100


def invoke(given: Sequence[str], terminal: Terminal) -> int:
    """Carry out a command line; help is written for `terminal`. Raises what the command raises."""
    look = {
        "width": min(terminal.width, _HELP_WIDTH),
        "color_system": "standard" if terminal.has_colour else None,
        "force_terminal": terminal.has_colour,
        "theme": "default-slim",
        "options_table_column_types": ["opt_all_metavar", "help"],
        "options_table_help_sections": ["help", "required", "default"],
        "text_markup": None,
        "commands_before_options": True,
    }
    settings: dict[str, Any] = {"rich_help_config": look}
    with program.make_context("runway-flow", list(given), **settings) as context:
        answer = program.invoke(context)
    return int(answer) if isinstance(answer, int) else 0
