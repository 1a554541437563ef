"""The capability tables as plain data for programs: every row whole, and what the sheets say of it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from runway_flow.catalog.descriptions import endpoint_text, parameter_text
from runway_flow.catalog.examples import example_price, example_step
from runway_flow.catalog.ratio_names import ratio_names, ratio_params
from runway_flow.kernel.amounts import credits_number
from runway_flow.report.model_sheet import make_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.catalog.catalog import Catalog, Retired

Data = dict[str, Any]


def models_document(catalog: Catalog, rows: Iterable[Capability]) -> Data:
    """Give what `models --json` prints: rows, retired models, what is planned; empty fields are left out."""
    return {
        "version": 1,
        "table_date": catalog.date,
        "models": [_row(catalog, row) for row in rows],
        "retired": [_retired(entry) for entry in catalog.retired.values()],
        "planned": sorted(catalog.planned),
    }


def _row(catalog: Catalog, row: Capability) -> Data:
    """Give a row with what can be worked out of it: names of ratios, words, an example."""
    sheet = make_sheet(catalog, row)
    params = [_param(row, param, param.name) for param in row.params]
    for param in ratio_params(row):
        names = {value: name for value, name in ratio_names(row, param).items() if name is not None}
        if names:
            next(each for each in params if each["name"] == param.name)["ratio_names"] = names
    added = {
        "uses": row.uses,
        "description": endpoint_text(row),
        "params": params,
        "takes_seed": row.takes_seed,
        "rules_text": sheet.rules,
        "price_text": sheet.price,
        "unstated": sheet.unstated,
        "notice": sheet.notice,
        "example": _example(catalog, row, sheet.step),
    }
    return {**plain(row), **_without_empty(added)}


def _example(catalog: Catalog, row: Capability, text: str) -> Data:
    step = example_step(catalog.admitting(retired=True), row)
    price = example_price(row, step)
    cost = {"low": credits_number(price.low), "high": credits_number(price.high)} if price.is_known else None
    return {"uses": step.uses, "with": plain(step.params), "text": text, "credits": cost}


def _param(row: Capability, param: Param, path: str) -> Data:
    found: Data = plain(param)
    found["shape"] = _shape(row, param.shape, path)
    description = parameter_text(row, path)
    return {**found, "description": description} if description else found


def _shape(row: Capability, shape: Shape, path: str) -> Data:
    """Give a shape with the words for all that is in it."""
    found: Data = plain(shape)
    if shape.fields:
        found["fields"] = [_param(row, field, f"{path}.{field.name}") for field in shape.fields]
    if shape.variants:
        found["variants"] = [_shape(row, variant, path) for variant in shape.variants]
    if shape.items is not None:
        found["items"] = _shape(row, shape.items, f"{path}[]")
    if shape.values_shape is not None:
        found["values_shape"] = _shape(row, shape.values_shape, f"{path}{{}}")
    return found


def _retired(entry: Retired) -> Data:
    rows = [row.uses for row in entry.rows]
    told = {"model": entry.model, "gone": entry.gone, "replacement": entry.replacement, "note": entry.note}
    return _without_empty({**told, "stands_for": entry.stands_for, "rows": rows})


def plain(value: object) -> Any:  # noqa: ANN401 - plain data of any type
    """Give a value of the tables as plain data; fields that are empty or None are left out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Struct):
        return _without_empty({name: plain(item) for name, item in asdict(value).items()})
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _without_empty(fields: Data) -> Data:
    return {name: item for name, item in fields.items() if item not in (None, (), [], {}, "")}
