"""The command group; each command's module is loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import rich_click as click

from runway_flow import __version__
from runway_flow.cli.options import global_flags
from runway_flow.kernel.suggest import did_you_mean

COMMANDS = {
    "validate": ("cmd_validate", "Check flows: structure, capabilities, references, graph."),
    "plan": ("cmd_plan", "Show what would run, why, and what it costs."),
    "run": ("cmd_run", "Plan, confirm, execute, and write the outputs."),
    "models": ("cmd_models", "What models can do: limits, prices, seeds."),
    "runs": ("cmd_runs", "Runs so far: list them, show one."),
    "emulator": ("cmd_emulator", "Serve a local API that answers like Runway's."),
}


class LazyGroup(click.RichGroup):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None if there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"runway_flow.cli.{COMMANDS[cmd_name][0]}")
        command = module.command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a name; one that does not exist gets a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f"commands: {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command is called `{args[0]}`; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", "-V", message="runway-flow %(version)s")
@global_flags
@click.pass_context
def program(context: click.RichContext, /, **values: Any) -> None:  # noqa: ANN401 - click's own types
    """Run content recipes: YAML flows of Runway generations, each result paid for once."""
    context.obj = values
