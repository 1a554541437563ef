"""What to write instead of a model that the API no longer takes, and what changes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.shorthands import texts_of
from runway_flow.catalog.verdict import Finding
from runway_flow.catalog.wording import accepted, first_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability, Param
    from runway_flow.catalog.catalog import Catalog, Retired

FLAG = "--allow-retired"


def retired_rows(catalog: Catalog, endpoint: str, model: str) -> tuple[Capability, ...]:
    """Give the rows that a retired model, or a name of older texts, means; `endpoint` may be empty."""
    entry = _meant(catalog, model)
    return tuple(row for row in entry.rows if endpoint in ("", row.endpoint))


def find_retired(catalog: Catalog, endpoint: str, model: str, *, is_let_through: bool = False) -> Finding:
    """Say that a model is retired, with the line to write instead: an error, or a warning if it is used."""
    named, entry = catalog.retired[model], _meant(catalog, model)
    since = f" since {entry.gone}" if entry.gone else ""
    message = f"{model} is retired{since}"
    if named is not entry:
        message = f"`{model}` is a name of older texts for {entry.model}, which is retired{since}"
    notes = [note for note in (entry.note, named.note) if note][:1]
    line = _line(catalog, endpoint, entry)
    if line is not None:
        notes += _changes(catalog, endpoint, entry)
    if entry.rows and not is_let_through:
        notes.append(f"if your account still has it: `{FLAG}` sends it as it was last known")
    return Finding(
        codes.RETIRED_MODEL,
        (),
        message,
        hint=f"write `{line}`" if line is not None else None,
        notes=tuple(notes),
        label=f"{entry.replacement} takes its place" if line is not None else None,
        severity=Severity.WARNING if is_let_through else Severity.ERROR,
    )


def _meant(catalog: Catalog, model: str) -> Retired:
    entry = catalog.retired[model]
    return catalog.retired[entry.stands_for] if entry.stands_for is not None else entry


def _line(catalog: Catalog, endpoint: str, entry: Retired) -> str | None:
    """Give the `uses` that takes the place of one: pinned where the author pinned it, if that goes."""
    if entry.replacement is None:
        return None
    if catalog.find(endpoint, entry.replacement) is not None:
        return f"uses: {endpoint}/{entry.replacement}"
    return f"uses: {entry.replacement}"


def _changes(catalog: Catalog, endpoint: str, entry: Retired) -> Iterator[str]:
    """Say what else must be changed in a step, endpoint by endpoint."""
    for old in entry.rows:
        new = catalog.find(old.endpoint, str(entry.replacement))
        if new is None or endpoint not in ("", old.endpoint):
            continue
        needed = [name for name in new.by_name if _is_needed(new.by_name[name]) and name not in old.by_name]
        needed += [
            param.name
            for param in old.params
            if not param.required and param.name in new.by_name and _is_needed(new.by_name[param.name])
        ]
        gone = [name for name in old.by_name if name not in new.by_name]
        parts = [f"needs {first_of(f'`{name}`' for name in needed)}"] if needed else []
        parts += [f"takes no {first_of(f'`{name}`' for name in gone)}"] if gone else []
        parts += [
            _other_values(param, new.by_name[param.name]) for param in old.params if _differs(param, new)
        ]
        if parts:
            yield f"{new.title} {'; it '.join(parts)}"


def _is_needed(param: Param) -> bool:
    return param.required and param.shape.constant is None


def _differs(param: Param, new: Capability) -> bool:
    """Whether the successor lists values, and some that were taken are not among them."""
    other = new.by_name.get(param.name)
    listed = texts_of(other.shape) if other is not None else ()
    return bool(listed) and not set(texts_of(param.shape)) <= set(listed)


def _other_values(old: Param, new: Param) -> str:
    return f"takes as `{old.name}` one of {' '.join(accepted(new.shape))}"
