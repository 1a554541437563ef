"""`models`: what models can do, from the capability tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.ratios import Ambiguous, parse_wanted, pick_value
from runway_flow.catalog.selection import candidates
from runway_flow.catalog.verdict import Finding
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.kernel.errors import UsageError
from runway_flow.report.models_json import models_document
from runway_flow.report.models_text import render_model, render_models

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.catalog.ratios import Wanted


@click.command("models")
@click.argument("name", metavar="[ENDPOINT|MODEL]", required=False)
@click.option("--ratio", metavar="W:H", help="Only rows that take this ratio: 1280:720, 16:9, 16:9@1080p.")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, name: str | None, ratio: str | None, **values: Any) -> int:  # noqa: ANN401
    """Show the models, those of one endpoint, or everything about one model."""
    common = resolve_common(take_globals(context, values))
    catalog = load_catalog()
    rows, is_detailed = _find(catalog, name)
    if ratio is not None:
        rows = _of_ratio(rows, ratio)
    if common.is_json:
        print_document(models_document(rows, catalog.date))
    elif is_detailed:
        print_result(render_model(rows, common.out))
    else:
        print_result(render_models(rows, common.out, catalog.date))
    return 0


def _find(catalog: Catalog, name: str | None) -> tuple[tuple[Capability, ...], bool]:
    if name is None:
        return tuple(catalog.rows), False
    if name in catalog.endpoint_names():
        return catalog.at(name), False
    found = candidates(catalog, name)
    if isinstance(found, Finding):
        hint = "; ".join(part for part in (found.label, found.hint) if part)
        raise UsageError(found.message, hint=hint or None, notes=found.notes)
    return found, True


def _of_ratio(rows: tuple[Capability, ...], ratio: str) -> tuple[Capability, ...]:
    wanted = parse_wanted(ratio.strip())
    if wanted is None:
        raise UsageError(f"--ratio takes no `{ratio}`", hint="for example 1280:720, 16:9 or 16:9@1080p")
    found = tuple(row for row in rows if _takes(row, wanted))
    if not found:
        raise UsageError(
            f"no model takes the ratio {ratio}", hint="`runway-flow models MODEL` lists those it takes"
        )
    return found


def _takes(row: Capability, wanted: Wanted) -> bool:
    """Whether the flow language would find a value for this ratio, or several to choose from."""
    param = row.find("ratio")
    if param is None or param.shape.values is None:
        return False
    values = [str(value) for value in param.shape.values]
    return isinstance(pick_value(wanted, values, param.tiers), (str, Ambiguous))
