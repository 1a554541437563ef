"""`models`: what models can do, from the capability tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from msgspec.structs import replace

from runway_flow.catalog.ratio_names import ratio_params
from runway_flow.catalog.ratios import Ambiguous, parse_wanted
from runway_flow.catalog.retired_models import retired_rows
from runway_flow.catalog.selection import candidates
from runway_flow.catalog.shorthands import Chosen, choose_ratio, texts_of
from runway_flow.catalog.verdict import Finding
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.report.models_json import models_document
from runway_flow.report.models_text import render_model, render_models
from runway_flow.wiring import open_catalog

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog

    Rows = tuple[Capability, ...]

_OWN = "media"


@click.command("models")
@click.argument("name", metavar="[ENDPOINT|MODEL]", required=False)
@click.option("--ratio", metavar="W:H", help="Only rows that take this ratio: 1280:720, 16:9, 16:9@1080p.")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, name: str | None, ratio: str | None, **values: Any) -> int:  # noqa: ANN401
    """Show the models, those of one endpoint, or everything about one model."""
    common = resolve_common(take_globals(context, values))
    # Of a model that nobody knows there is nothing to show, whether it is let through or not.
    catalog = open_catalog(replace(common.settings, allow_unknown_model=False))
    rows, is_detailed = _find(catalog, name)
    if ratio is not None:
        rows = _of_ratio(rows, ratio)
    if common.is_json:
        print_document(models_document(catalog, rows))
    elif is_detailed:
        print_result(render_model(catalog, rows, common.out))
    else:
        print_result(render_models(catalog, rows, common.out))
    return 0


def _find(catalog: Catalog, name: str | None) -> tuple[Rows, bool]:
    """Give the rows of a name, and whether all about them is to be shown: not where they are many models."""
    if name is None:
        return tuple(catalog.rows), False
    listed = _listed(catalog, name.rstrip("/"))
    if listed:
        return listed, len({row.model for row in listed}) == 1 and len({row.endpoint for row in listed}) == 1
    endpoint, _, model = name.rpartition("/")
    retired = retired_rows(catalog, endpoint, model) if model in catalog.retired else ()
    if retired:
        return retired, True
    found = candidates(catalog, name)
    if not isinstance(found, Finding):
        return found, True
    # An endpoint may be meant too, which a step could not name.
    label = found.label or did_you_mean(name, (each for each in _names(catalog) if each != name))
    raise UsageError(found.message, hint=label or found.hint, notes=found.notes)


def _listed(catalog: Catalog, name: str) -> Rows:
    """Give the rows of an endpoint, of a family of them (`recipes`), or our own operations (`media`)."""
    if name == _OWN:
        return tuple(row for row in catalog.rows if row.is_local)
    families = tuple(each for each in catalog.endpoint_names() if each.partition("/")[0] == name)
    return tuple(row for each in (families or (name,)) for row in catalog.at(each) if not row.is_local)


def _names(catalog: Catalog) -> tuple[str, ...]:
    """Give every name that this command takes."""
    endpoints = catalog.endpoint_names()
    families = dict.fromkeys(each.partition("/")[0] for each in endpoints)
    pinned = (row.uses for row in catalog.rows)
    return (
        *catalog.model_names(),
        *endpoints,
        *families,
        *catalog.operation_names(),
        *catalog.retired,
        *pinned,
    )


def _of_ratio(rows: Rows, ratio: str) -> Rows:
    if parse_wanted(ratio.strip()) is None:
        raise UsageError(f"--ratio takes no `{ratio}`", hint="for example 1280:720, 16:9 or 16:9@1080p")
    found = tuple(row for row in rows if _takes(row, ratio.strip()))
    if not found:
        raise UsageError(
            f"no model takes the ratio {ratio}", hint="`runway-flow models MODEL` lists those it takes"
        )
    return found


def _takes(row: Capability, ratio: str) -> bool:
    """Whether the flow language would find a value for this ratio, or several to choose from."""
    for param in ratio_params(row):
        values = texts_of(param.shape)
        chosen = choose_ratio(param, ratio, row.by_name)
        meant = chosen.value if isinstance(chosen, Chosen) else ratio
        if isinstance(chosen, Ambiguous) or meant in values:
            return True
    return False
