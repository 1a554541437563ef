"""Which row a step means: by what `uses` names, then by the names of the parameters that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.verdict import Finding
from runway_flow.catalog.wording import first_of
from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean, nearest

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog


def candidates(catalog: Catalog, uses: str) -> tuple[Capability, ...] | Finding:
    """Give the rows that a `uses` may mean, or a finding that says why there are none.

    A bare model means each of its endpoints, `endpoint/model` one, an operation or a router its own.
    """
    operation = catalog.operation(uses)
    if operation is not None:
        return (operation,)
    if uses in catalog.planned or uses.startswith(("recipe/", "recipes/")) or uses == "workflows":
        message = f"`{uses}` is not supported yet"
        known = ", ".join(catalog.operation_names())
        return Finding(codes.NOT_SUPPORTED_YET, (), message, notes=(f"operations there are: {known}",))
    rows = catalog.of_model(uses)
    if rows:
        return rows
    if uses in catalog.endpoint_names():
        return _endpoint_alone(catalog, uses)
    endpoint, _, model = uses.rpartition("/")
    if endpoint in catalog.endpoint_names():
        row = catalog.find(endpoint, model)
        return (row,) if row is not None and row.model is not None else _not_there(catalog, endpoint, model)
    return _unknown(catalog, uses, endpoint, model)


def _endpoint_alone(catalog: Catalog, endpoint: str) -> tuple[Capability, ...] | Finding:
    rows = catalog.at(endpoint)
    if rows[0].model is None:
        return rows
    message = f"`{endpoint}` is an endpoint; a step also needs a model"
    hint = f"write `uses: {rows[0].uses}`"
    return Finding(codes.UNKNOWN_MODEL, (), message, hint, (_models_note(rows),))


def _models_note(rows: tuple[Capability, ...]) -> str:
    return f"models there: {' '.join(row.model for row in rows if row.model is not None)}"


def _not_there(catalog: Catalog, endpoint: str, model: str) -> Finding:
    """Say why an endpoint has no row of a model: retired, elsewhere, or unknown."""
    if model in catalog.retired:
        return _retired(catalog, model)
    others = catalog.of_model(model)
    if others:
        message = f"{model} is not available at {endpoint}"
        note = f"its endpoints: {' '.join(row.endpoint for row in others)}"
        return Finding(codes.UNKNOWN_ENDPOINT, (), message, f"write `uses: {others[0].uses}`", (note,))
    rows = catalog.at(endpoint)
    message = f"{endpoint} has no model `{model}`"
    label = did_you_mean(model, [row.model for row in rows if row.model is not None])
    near = nearest(model, catalog.model_names())
    if label is None and near is not None:
        label = f"did you mean `{catalog.of_model(near)[0].uses}`?"
    return Finding(codes.UNKNOWN_MODEL, (), message, None, (_models_note(rows),), label)


def _unknown(catalog: Catalog, uses: str, endpoint: str, model: str) -> Finding:
    if uses in catalog.retired or (endpoint and model in catalog.retired):
        return _retired(catalog, model)
    if endpoint == "media":
        names = (*catalog.operation_names(), *sorted(catalog.planned))
        note = f"operations there are: {', '.join(catalog.operation_names())}"
        return Finding(
            codes.UNKNOWN_MODEL,
            (),
            f"there is no operation `{uses}`",
            notes=(note,),
            label=did_you_mean(uses, names),
        )
    if endpoint:
        near = nearest(endpoint, catalog.endpoint_names())
        label = f"did you mean `{near}/{model}`?" if near is not None else None
        note = f"endpoints: {' '.join(catalog.endpoint_names())}"
        return Finding(codes.UNKNOWN_ENDPOINT, (), f"there is no endpoint `{endpoint}`", None, (note,), label)
    known = (*catalog.model_names(), *catalog.operation_names(), *catalog.planned)
    message = f"there is no model or operation `{uses}` in the table of {catalog.date}"
    hint = "`runway-flow models` lists them"
    return Finding(codes.UNKNOWN_MODEL, (), message, hint, label=did_you_mean(uses, known))


def _retired(catalog: Catalog, model: str) -> Finding:
    retired = catalog.retired[model]
    since = f" since {retired.gone}" if retired.gone else ""
    message = f"{model} is retired{since}"
    hint = f"write `uses: {retired.replacement}`" if retired.replacement else None
    label = f"{retired.replacement} takes its place" if retired.replacement else None
    return Finding(codes.RETIRED_MODEL, (), message, hint, (retired.note,) if retired.note else (), label)


def choose(rows: tuple[Capability, ...], given: frozenset[str]) -> Capability | Finding:
    """Choose the row that takes every name given and misses none that it requires; values play no part.

    Where none fits, the one row that is plainly meant is given all the same, so that the judge can say
    precisely what is wrong with it.
    """
    if len(rows) == 1:
        return rows[0]
    known = _understood(rows, given)
    taking = [row for row in rows if known <= row.by_name.keys()]
    fitting = [row for row in taking if not missing(row, known)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        return _several(fitting)
    return _plainly_meant(taking, known) or _none_fits(rows, known)


def missing(row: Capability, given: frozenset[str]) -> tuple[str, ...]:
    """Give the names that a row requires and that are not given; what is filled in does not count."""
    return tuple(
        param.name
        for param in row.params
        if param.required and param.shape.constant is None and param.name not in given
    )


def _understood(rows: tuple[Capability, ...], given: frozenset[str]) -> frozenset[str]:
    """Replace names that no row takes by those that were probably meant; the judge will refuse them."""
    taken = {name for row in rows for name in row.by_name}
    unknown = given - taken
    meant = {near for name in unknown if (near := nearest(name, taken - given)) is not None}
    return (given - unknown) | meant


def _plainly_meant(taking: list[Capability], given: frozenset[str]) -> Capability | None:
    """Give the only row that takes everything, or the one that misses least of the same things."""
    for row in taking:
        lacks = set(missing(row, given))
        if all(other is row or lacks < set(missing(other, given)) for other in taking):
            return row
    return None


def _several(fitting: list[Capability]) -> Finding:
    model = fitting[0].model
    names = [row.endpoint for row in fitting]
    message = f"several endpoints of {model} take these parameters: {', '.join(names)}"
    hint = f"pin one: `uses: {fitting[0].uses}` or `uses: {fitting[1].uses}`"
    return Finding(codes.SEVERAL_ENDPOINTS_FIT, (), message, hint, tuple(row.uses for row in fitting))


def _none_fits(rows: tuple[Capability, ...], given: frozenset[str]) -> Finding:
    message = f"no endpoint of {rows[0].model} takes these parameters"
    notes = tuple(f"{row.uses}: {_mismatch(row, given)}" for row in rows)
    return Finding(codes.NO_ENDPOINT_FITS, (), message, "pin the endpoint that you mean", notes)


def _mismatch(row: Capability, given: frozenset[str]) -> str:
    lacks = missing(row, given)
    refuses = sorted(given - row.by_name.keys())
    parts = [f"needs {first_of(f'`{name}`' for name in lacks)}"] if lacks else []
    parts += [f"does not take {first_of(f'`{name}`' for name in refuses)}"] if refuses else []
    return ", ".join(parts)
