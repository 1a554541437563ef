"""Which row a step means: by what `uses` names, then by the names of the parameters that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.retired_models import find_retired, retired_rows
from runway_flow.catalog.shapes import name_meant
from runway_flow.catalog.unknown_models import find_unknown_row, model_endpoints, unknown_row
from runway_flow.catalog.verdict import Finding
from runway_flow.catalog.wording import first_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Severity
from runway_flow.kernel.suggest import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog

UNKNOWN_FLAG = "--allow-unknown-model"


def candidates(catalog: Catalog, uses: str, names: Sequence[str] = ()) -> tuple[Capability, ...] | Finding:
    """Give the rows that a `uses` may mean, or a finding that says why there are none.

    A bare model means each of its endpoints, `endpoint/model` one, an operation or a router its own.
    `names` are the parameters that are given: a model that the table does not know has no others.
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
    row = catalog.find(endpoint, model)
    if row is not None and row.model is not None:
        return (row,)
    if model in catalog.retired:
        return _retired(catalog, endpoint, model)
    if catalog.takes_unknown and model:
        found = _let_through(catalog, endpoint, model, names)
        if found is not None:
            return found
    return (
        _not_there(catalog, endpoint, model)
        if endpoint in catalog.endpoint_names()
        else _unknown(catalog, uses)
    )


def _endpoint_alone(catalog: Catalog, endpoint: str) -> tuple[Capability, ...] | Finding:
    rows = catalog.at(endpoint)
    if rows[0].model is None:
        return rows
    message = f"`{endpoint}` is an endpoint; a step also needs a model"
    hint = f"write `uses: {rows[0].uses}`"
    return Finding(codes.UNKNOWN_MODEL, (), message, hint, (_models_note(rows),))


def _models_note(rows: tuple[Capability, ...]) -> str:
    return f"models there: {' '.join(row.model for row in rows if row.model is not None)}"


def _retired(catalog: Catalog, endpoint: str, model: str) -> tuple[Capability, ...] | Finding:
    rows = retired_rows(catalog, endpoint, model) if catalog.takes_retired else ()
    return rows or find_retired(catalog, endpoint, model)


def _let_through(
    catalog: Catalog, endpoint: str, model: str, names: Sequence[str]
) -> tuple[Capability, ...] | Finding | None:
    """Make a row for a model that the table does not know; None where its endpoint is not known either."""
    if not endpoint:
        found = find_unknown_row(catalog, model, names)
        return found if isinstance(found, Finding) else (found,)
    return (unknown_row(catalog, endpoint, model, names),) if endpoint in model_endpoints(catalog) else None


def find_let_through(catalog: Catalog, uses: str, rows: Sequence[Capability]) -> Finding | None:
    """Warn of what only a flag lets through: a retired model, or one that the table does not know."""
    endpoint, _, model = uses.rpartition("/")
    if model in catalog.retired:
        return find_retired(catalog, endpoint, model, is_let_through=True)
    if rows[0].is_known:
        return None
    message = f"{model} is not in the table of {catalog.date}: it is sent to {rows[0].endpoint} as written"
    note = "checked is only what all models there share; its price is not known"
    label = did_you_mean(model, catalog.model_names())
    return Finding(codes.UNKNOWN_MODEL, (), message, None, (note,), label, Severity.WARNING)


def _not_there(catalog: Catalog, endpoint: str, model: str) -> Finding:
    """Say why an endpoint has no row of a model: it is elsewhere, or unknown."""
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
    hint = _newer(f"{endpoint}/{model}") if rows[0].model is not None else None
    return Finding(codes.UNKNOWN_MODEL, (), message, hint, (_models_note(rows),), label)


def _unknown(catalog: Catalog, uses: str) -> Finding:
    endpoint, _, model = uses.rpartition("/")
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
    known = (*catalog.model_names(), *catalog.operation_names(), *catalog.endpoint_names(), *catalog.planned)
    message = f"there is no model or operation `{uses}` in the table of {catalog.date}"
    note = "`runway-flow models` lists them"
    hint = _newer(f"ENDPOINT/{uses}")
    return Finding(codes.UNKNOWN_MODEL, (), message, hint, (note,), did_you_mean(uses, known))


def _newer(pinned: str) -> str:
    """Say how a model that is newer than the table is used all the same."""
    return f"a model newer than the table: `uses: {pinned}` with `{UNKNOWN_FLAG}`"


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
    meant = {near for name in unknown if (near := name_meant(name, rows, given)) is not None}
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
