"""The user's own table: rows and prices that extend what this version ships with, or take its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, OutputSpec, Price
from runway_flow.catalog.retired_models import retired_rows
from runway_flow.catalog.unknown_models import model_endpoints
from runway_flow.check.table_params import read_params
from runway_flow.check.table_prices import read_price
from runway_flow.check.table_values import (
    Findings,
    described,
    first_line,
    read_choice,
    read_count,
    read_text,
)
from runway_flow.kernel.diagnostics import has_errors, sorted_diagnostics
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.suggest import did_you_mean, nearest
from runway_flow.spec.document import Mapping, Scalar, Sequence
from runway_flow.spec.reader import read_document

if TYPE_CHECKING:
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.spec.document import Entry, Node

VERSION = 1
"""Of the form of such tables."""
_KEYS = ("version", "rows", "prices")
_ROW_KEYS = ("like", "params", "output", "rules", "description")
_EXAMPLE = "version: 1"


def read_tables(text: str, path: str, catalog: Catalog) -> tuple[Catalog | None, tuple[Diagnostic, ...]]:
    """Give a catalogue with what a user's table says, and every finding; None if any of them is an error."""
    document, found = read_document(text, path)
    if document is None or has_errors(found):
        return None, found
    findings = Findings(list(found))
    entries = findings.entries(document.root, "a table of your own", _KEYS, _EXAMPLE)
    if isinstance(document.root, Mapping) and not _is_misspelt(document.root):
        _check_version(entries.get("version"), document.root, findings)
    if "rows" in entries:
        catalog = catalog.with_rows(_read_rows(entries["rows"].value, path, catalog, findings))
    if "prices" in entries:
        catalog = catalog.with_rows(_read_prices(entries["prices"].value, path, catalog, findings))
    diagnostics = sorted_diagnostics(findings.found)
    return (None if has_errors(diagnostics) else catalog), diagnostics


def _is_misspelt(root: Mapping) -> bool:
    return any(entry.key not in _KEYS and nearest(entry.key, ("version",)) for entry in root.entries)


def _check_version(entry: Entry | None, root: Node, findings: Findings) -> None:
    if entry is None:
        findings.refuse(_start(root), "the table has no `version`", hint=f"begin it with `{_EXAMPLE}`")
    elif not isinstance(entry.value, Scalar) or entry.value.value != VERSION or entry.value.value is True:
        message = f"{described(entry.value)} is not a version of such tables that can be read here"
        findings.refuse(first_line(entry.value), message, hint=f"write `{_EXAMPLE}`")


def _start(node: Node) -> Span:
    span = node.span
    return replace(span, end_line=span.line, end_column=span.column)


def _read_rows(node: Node, path: str, catalog: Catalog, findings: Findings) -> list[Capability]:
    rows = []
    for entry in findings.entries(node, "`rows`", example="rows: {text_to_video/MODEL: {…}}").values():
        row = _read_row(entry, catalog, findings)
        if row is not None:
            rows.append(replace(row, source=path))
    return rows


def _read_row(entry: Entry, catalog: Catalog, findings: Findings) -> Capability | None:
    """Read a row over the one of its name, the one that it is `like`, or from nothing."""
    endpoint, _, model = entry.key.rpartition("/")
    endpoints = model_endpoints(catalog)
    if endpoint not in endpoints or not model:
        note = f"endpoints: {' '.join(endpoints)}"
        near = nearest(endpoint or entry.key, endpoints)
        label = f"did you mean `{near}/{model or 'MODEL'}`?" if near else None
        message = f"`{entry.key}` names no row: rows are named `ENDPOINT/MODEL`"
        findings.refuse(entry.key_span, message, notes=(note,), label=label)
        return None
    entries = findings.entries(
        entry.value, f"the row `{entry.key}`", _ROW_KEYS, f"{entry.key}: {{params: {{…}}}}"
    )
    base = _base(entries.get("like"), endpoint, model, catalog, findings)
    if base is None:
        return None
    params = base.params
    if "params" in entries:
        params = read_params(entries["params"], base.by_name, findings)
    output = _read_output(entries["output"], base.output, findings) if "output" in entries else base.output
    if isinstance(output.count, str) and all(param.name != output.count for param in params):
        findings.refuse(entry.key_span, f"the outputs are counted by `{output.count}`, which is no parameter")
    if "rules" in entries and not _is_empty_list(entries["rules"].value):
        findings.refuse(
            first_line(entries["rules"].value), "`rules` takes `[]` alone: it drops those of the row"
        )
    description = findings.take(entries["description"], read_text) if "description" in entries else None
    return replace(
        base,
        endpoint=endpoint,
        variant=model,
        model=model,
        path=catalog.at(endpoint)[0].path,
        params=params,
        output=output,
        rules=() if "rules" in entries else base.rules,
        description=str(description) if description is not None else base.description,
    )


def _base(
    like: Entry | None, endpoint: str, model: str, catalog: Catalog, findings: Findings
) -> Capability | None:
    if like is None:
        there = catalog.find(endpoint, model)
        if there is None and model in catalog.retired:
            there = next(iter(retired_rows(catalog, endpoint, model)), None)
        kind = catalog.at(endpoint)[0].output.kind
        return there or Capability(endpoint, model, model, "", (), OutputSpec(kind), Price(None))
    uses = findings.take(like, read_text)
    if uses is None:
        return None
    names = [row.uses for row in catalog.rows if row.model is not None]
    found = next((row for row in catalog.rows if row.model is not None and row.uses == uses), None)
    if found is None:
        message = f"there is no row `{uses}` to be like"
        pinned = next((row.uses for row in catalog.of_model(str(uses))), None)
        label = f"did you mean `{pinned}`?" if pinned else did_you_mean(str(uses), names)
        findings.refuse(like.value.span, message, label=label)
    return found


def _is_empty_list(node: Node) -> bool:
    return isinstance(node, Sequence) and not node.items


def _read_output(entry: Entry, known: OutputSpec, findings: Findings) -> OutputSpec:
    """Read what comes back: its kind, how many, and its media type."""
    entries = findings.entries(
        entry.value, "`output`", ("kind", "count", "media_type"), "output: {kind: video}"
    )
    found = known
    if "kind" in entries:
        kind = findings.take(entries["kind"], read_choice(*MediaKind))
        found = OutputSpec(MediaKind(str(kind))) if kind is not None else found
    if "count" in entries:
        count = findings.take(entries["count"], _read_count_or_name)
        found = replace(found, count=count) if isinstance(count, (int, str)) else found
    if "media_type" in entries:
        media_type = findings.take(entries["media_type"], read_text)
        found = (
            replace(found, media_type=media_type, format_param=None) if isinstance(media_type, str) else found
        )
    return found


def _read_count_or_name(node: Node) -> int | str:
    is_text = isinstance(node, Scalar) and isinstance(node.value, str)
    return read_text(node) if is_text else read_count(node)


def _read_prices(node: Node, path: str, catalog: Catalog, findings: Findings) -> list[Capability]:
    priced: dict[str, Capability] = {}
    entries = findings.entries(node, "`prices`", example="prices: {MODEL: {unit: output_second, rates: […]}}")
    # What is pinned is more precise, so it comes last and stands.
    for entry in sorted(entries.values(), key=lambda each: "/" in each.key):
        rows = [row for row in catalog.rows if not row.is_local and entry.key in (row.model, row.uses)]
        if not rows:
            names = [*catalog.model_names(), *(row.uses for row in catalog.rows if not row.is_local)]
            message = f"there is no model or row `{entry.key}` to be priced"
            findings.refuse(entry.key_span, message, label=did_you_mean(entry.key, names))
            continue
        params = dict.fromkeys(name for row in rows for name in row.by_name)
        price = read_price(entry, params, findings)
        priced.update({row.uses + row.variant: replace(row, price=price, source=path) for row in rows})
    return list(priced.values())
