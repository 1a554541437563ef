"""`models`: what models can do, from the capability tables."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.selection import candidates
from runway_flow.catalog.verdict import Finding
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.kernel.errors import UsageError
from runway_flow.report.models_json import models_document
from runway_flow.report.models_text import render_model, render_models

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability, Catalog


@click.command("models")
@click.argument("name", metavar="[ENDPOINT|MODEL]", required=False)
@click.option("--ratio", help="Only rows that take this ratio.")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, name: str | None, ratio: str | None, **values: Any) -> int:  # noqa: ANN401
    """Show the models, those of one endpoint, or everything about one model."""
    common = resolve_common(take_globals(context, values))
    catalog = load_catalog()
    rows, is_detailed = _find(catalog, name)
    if ratio is not None:
        rows = tuple(row for row in rows if _takes_ratio(row, ratio))
    if common.is_json:
        document = models_document(rows, catalog.date)
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif is_detailed:
        sys.stdout.write(render_model(rows, common.out))
    else:
        sys.stdout.write(render_models(rows, common.out, catalog.date))
    return 0


def _find(catalog: Catalog, name: str | None) -> tuple[tuple[Capability, ...], bool]:
    if name is None:
        return tuple(catalog.rows), False
    of_endpoint = tuple(row for row in catalog.rows if row.endpoint == name and not row.is_local)
    if of_endpoint:
        return of_endpoint, False
    found = candidates(catalog, name)
    if isinstance(found, Finding):
        raise UsageError(found.message, code=found.code, hint=found.hint, notes=found.notes)
    return found, True


def _takes_ratio(row: Capability, ratio: str) -> bool:
    param = row.find("ratio")
    return param is not None and param.shape.values is not None and ratio in param.shape.values
