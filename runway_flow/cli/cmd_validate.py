"""`validate`: structure, capabilities, references, graph; no network, no key."""

from __future__ import annotations

import json
import sys
from typing import Any

import rich_click as click

from runway_flow import api
from runway_flow.cli.flow_options import input_flags, take_inputs
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.kernel.codes import ExitCode
from runway_flow.report.annotations import github_lines, sarif_document
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.json_documents import validation_document


@click.command("validate")
@click.argument("flows", nargs=-1, required=True, metavar="FLOW…")
@click.option("--format", "form", type=click.Choice(["text", "github", "sarif"]), default="text")
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
    if common.is_json:
        sys.stdout.write(json.dumps(validation_document(found), ensure_ascii=False, indent=2) + "\n")
    elif form == "sarif":
        sys.stdout.write(json.dumps(sarif_document(found), ensure_ascii=False, indent=2) + "\n")
    elif form == "github":
        sys.stdout.write(github_lines(found))
    else:
        for result in checked.values():
            sys.stderr.write(render_diagnostics(result.diagnostics, result.sources, common.err))
        if not common.is_quiet:
            sys.stdout.write(common.out.glyphs(_verdict(found)) + "\n")
    return ExitCode.DONE if is_valid else ExitCode.FAILED


def _verdict(found: dict[str, Any]) -> str:
    errors = sum(item.is_error for items in found.values() for item in items)
    warnings = sum(len(items) for items in found.values()) - errors
    files = f"{len(found)} flow" + ("" if len(found) == 1 else "s")
    bad = f"✗ {files}: {errors} error" + ("" if errors == 1 else "s")
    text = bad if errors else f"✓ {files}: valid"
    return text + (f", {warnings} warning" + ("" if warnings == 1 else "s") if warnings else "")
