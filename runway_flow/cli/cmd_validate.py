"""`validate`: structure, capabilities, references, graph; no network, no key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow import api
from runway_flow.cli.flow_options import input_flags, take_inputs
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_message, print_result
from runway_flow.kernel.codes import ExitCode
from runway_flow.report.amounts import counted
from runway_flow.report.diagnostics import render_diagnostics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.cli.options import Common
    from runway_flow.kernel.diagnostics import Diagnostic

FORMATS = ("text", "github", "sarif")


@click.command("validate")
@click.argument("flows", nargs=-1, required=True, metavar="FLOW...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    metavar="|".join(FORMATS),
    help="Who reads the findings: people, GitHub's workflows, tools.",
)
@input_flags
@global_flags
@click.pass_context
def command(context: click.RichContext, /, flows: tuple[str, ...], form: str, **values: Any) -> int:  # noqa: ANN401
    """Check flows: structure, capabilities, references, graph. No network, no key, nothing written."""
    common = resolve_common(take_globals(context, values))
    arguments = take_inputs(values)
    checked = {path: api.validate(path, arguments, common.settings) for path in flows}
    found = {path: result.diagnostics for path, result in checked.items()}
    is_valid = not any(item.is_error for items in found.values() for item in items)
    if common.is_json or form != "text":
        _print_for_programs(found, "json" if common.is_json else form)
    else:
        sources = {path: text for result in checked.values() for path, text in result.sources.items()}
        _show(found, sources, common)
    return ExitCode.DONE if is_valid else ExitCode.FAILED


def _print_for_programs(found: Mapping[str, tuple[Diagnostic, ...]], form: str) -> None:
    from runway_flow.report.annotations import github_lines, sarif_document
    from runway_flow.report.json_documents import validation_document

    if form == "github":
        print_result(github_lines(found))
    else:
        print_document(sarif_document(found) if form == "sarif" else validation_document(found))


def _show(found: Mapping[str, tuple[Diagnostic, ...]], sources: Mapping[str, str], common: Common) -> None:
    items = [item for each in found.values() for item in each if item.is_error or not common.is_quiet]
    if items:
        print_message(render_diagnostics(items, sources, common.err))
    if not common.is_quiet:
        print_result(common.out.line(verdict(found)) + "\n")


def verdict(found: Mapping[str, tuple[Diagnostic, ...]]) -> str:
    """Say in a line how many flows were looked at, and what was found in them."""
    items = [item for each in found.values() for item in each]
    errors = sum(item.is_error for item in items)
    warnings = len(items) - errors
    told = counted(errors, "error") if errors else "valid"
    text = f"{'✗' if errors else '✓'} {counted(len(found), 'flow')}: {told}"
    return f"{text}, {counted(warnings, 'warning')}" if warnings else text
