"""Rules across parameters: which conditions ask for, forbid or narrow other parameters.

The rules of each row are data (`overlay.json`); here is what each kind of them means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from runway_flow.catalog.rules_items import ITEM_RULES
from runway_flow.catalog.rules_values import VALUE_RULES, lookup
from runway_flow.catalog.wording import one_of, value_text
from runway_flow.kernel import codes
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runway_flow.catalog.judging import Judging

Params = dict[str, object]


def check_rules(params: Params, judging: Judging) -> None:
    """Judge canonical parameters against the rules of their row; what is not known yet breaks no rule."""
    row = judging.capability
    for param in row.params:
        if param.only_when and param.name in params:
            _check_only_when(param.name, param.only_when, params, judging)
    for rule in row.rules:
        _RULES[rule.kind](rule.args, params, judging)


def _check_only_when(
    name: str, conditions: Mapping[str, tuple[object, ...]], params: Params, judging: Judging
) -> None:
    for other, values in conditions.items():
        param = judging.capability.find(other)
        value = params.get(other, param.default if param is not None else None)
        if isinstance(value, Deferred) or value in values:
            continue
        message = f"`{name}` does not go with `{other}: {value_text(value)}`"
        note = f"it goes with `{other}`: {', '.join(value_text(each) for each in values)}"
        judging.refuse(codes.PARAMETER_COMBINATION, (name,), message, notes=(note,), on_key=True)


def _check_combine(args: Mapping[str, object], params: Params, judging: Judging) -> None:
    conditions = cast("Mapping[str, object]", args["if"])
    if not all(holds(params, name, wanted) for name, wanted in conditions.items()):
        return
    told = " and ".join(_told(params, name, wanted) for name, wanted in conditions.items())
    path = tuple(next(iter(conditions)).split("."))
    for kind, apply in _CONSEQUENCES.items():
        if kind in args:
            apply(args[kind], params, told, path, judging)


def holds(params: Params, name: str, wanted: object) -> bool:
    """Whether a condition is known to hold: `given`, `absent`, or one of some values."""
    value = lookup(params, name)
    if wanted == "given":
        return not _is_nothing(value)
    if wanted == "absent":
        return _is_nothing(value)
    return not isinstance(value, Deferred) and value in cast("Sequence[object]", wanted)


def _is_nothing(value: object) -> bool:
    """Whether nothing is given: an empty list of references is no reference."""
    return value is None or value == ()


def _told(params: Params, name: str, wanted: object) -> str:
    if wanted == "absent":
        return f"no `{name}`"
    return f"`{name}`" if wanted == "given" else f"`{name}: {value_text(lookup(params, name))}`"


def _beside(told: str) -> str:
    """Say «with» what is given, and «without» what is not."""
    return f"without {told.removeprefix('no ')}" if told.startswith("no `") else f"with {told}"


def _need_any(names: object, params: Params, told: str, path: tuple[str, ...], judging: Judging) -> None:
    listed = cast("list[str]", names)
    if all(_is_nothing(lookup(params, name)) for name in listed):
        message = f"{told} needs {one_of(f'`{name}`' for name in listed)}"
        judging.refuse(codes.PARAMETER_COMBINATION, path, message, on_key=True)


def _need_item(wanted: object, params: Params, told: str, path: tuple[str, ...], judging: Judging) -> None:
    """Ask for an item whose field has one of some values; what is not known yet may be it."""
    for name, fields in cast("dict[str, dict[str, list[object]]]", wanted).items():
        items = lookup(params, name)
        if isinstance(items, Deferred):
            continue
        for field, values in fields.items():
            if not any(_may_be(item, field, values) for item in cast("Sequence[object]", items or ())):
                message = (
                    f"{told} needs one of `{name}` with `{field}:` {one_of(f'`{each}`' for each in values)}"
                )
                judging.refuse(codes.PARAMETER_COMBINATION, path, message, on_key=True)


def _may_be(item: object, field: str, values: Sequence[object]) -> bool:
    value = item.get(field) if isinstance(item, Mapping) else item
    return isinstance(value, Deferred) or value in values


def _need_value(wanted: object, params: Params, told: str, path: tuple[str, ...], judging: Judging) -> None:
    for name, values in cast("dict[str, list[object]]", wanted).items():
        value = lookup(params, name)
        if isinstance(value, Deferred) or value in values:
            continue
        message = f"{told} needs `{name}:` {one_of(f'`{value_text(each)}`' for each in values)}"
        at = path if value is None else (name,)
        judging.refuse(codes.PARAMETER_COMBINATION, at, message, on_key=value is None)


def _forbid(names: object, params: Params, told: str, _: tuple[str, ...], judging: Judging) -> None:
    for name in cast("list[str]", names):
        if lookup(params, name) is not None:
            message = f"`{name}` does not go {_beside(told)}"
            judging.refuse(codes.PARAMETER_COMBINATION, (name,), message, on_key=True)


def _allow(allowed: object, params: Params, told: str, _: tuple[str, ...], judging: Judging) -> None:
    for name, values in cast("dict[str, list[object]]", allowed).items():
        value = lookup(params, name)
        if value is not None and not isinstance(value, Deferred) and value not in values:
            message = f"`{name}: {value_text(value)}` does not go {_beside(told)}"
            note = f"accepted there: {', '.join(value_text(each) for each in values)}"
            judging.refuse(codes.PARAMETER_COMBINATION, (name,), message, notes=(note,))


def _refuse_values(refused: object, params: Params, told: str, _: tuple[str, ...], judging: Judging) -> None:
    for name, values in cast("dict[str, list[object]]", refused).items():
        value = lookup(params, name)
        if value in values:
            message = f"`{name}: {value_text(value)}` does not go {_beside(told)}"
            judging.refuse(codes.PARAMETER_COMBINATION, (name,), message)


def _allow_only(names: object, params: Params, told: str, _: tuple[str, ...], judging: Judging) -> None:
    for name in params:
        if name not in cast("list[str]", names):
            message = f"`{name}` does not go {_beside(told)}, which stands alone"
            judging.refuse(codes.PARAMETER_COMBINATION, (name,), message, on_key=True)


def _check_at_least(args: Mapping[str, object], params: Params, judging: Judging) -> None:
    """Refuse a value (but some) unless a list has enough items."""
    name, of = str(args["param"]), str(args["of"])
    value, items = params.get(name), params.get(of, ())
    least = cast("int", args["min"])
    is_free = value is None or isinstance(value, Deferred) or value in cast("list[object]", args["unless"])
    if not is_free and isinstance(items, tuple) and len(items) < least:
        message = f"`{name}: {value_text(value)}` needs at least {least} `{of}`"
        judging.refuse(codes.PARAMETER_COMBINATION, (name,), message)


_CONSEQUENCES: dict[str, Callable[[object, Params, str, tuple[str, ...], Judging], None]] = {
    "any_of": _need_any,
    "any_item": _need_item,
    "requires": _need_value,
    "forbids": _forbid,
    "allows": _allow,
    "refuses": _refuse_values,
    "only": _allow_only,
}
_RULES: dict[str, Callable[[Mapping[str, object], Params, Judging], None]] = {
    "combine": _check_combine,
    "at_least": _check_at_least,
    **ITEM_RULES,
    **VALUE_RULES,
}
