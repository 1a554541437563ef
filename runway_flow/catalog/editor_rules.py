"""The rules across parameters of a row, as far as JSON Schema can say them: `if` and `then` on `with`.

What it cannot say (sums, counts of several lists, values that must differ, `@tags`, pixels, media) is left to
`validate`; `UNSAID` lists those kinds of rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from runway_flow.catalog.editor_parts import EXPRESSION, NOTHING, NULL, Schema, any_of, is_given
from runway_flow.catalog.editor_ratios import spellings_of, takes_spellings
from runway_flow.catalog.shorthands import texts_of
from runway_flow.catalog.wording import one_of, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from runway_flow.catalog.capability import Capability, Param

_EMPTY: Schema = {"type": "array", "maxItems": 0}
_NOT_NULL: Schema = {"not": NULL}


def rule_conditions(row: Capability) -> list[Schema]:
    """Give the conditions that hold for the parameters of a row, for `allOf`."""
    found = [condition for param in row.params for condition in _only_when(row, param)]
    for rule in row.rules:
        if rule.kind in _RULES:
            found += _RULES[rule.kind](row, rule.args)
    return found


def _given(name: str) -> Schema:
    """Say that a parameter is given: neither null nor an empty list."""
    return is_given(name.split("."), {"not": {"anyOf": [NULL, _EMPTY]}})


def _values(row: Capability, name: str, values: Sequence[object]) -> Schema:
    """Say that a value is one of some, in whatever spelling an editor completes; of none, nothing is."""
    param = row.find(name)
    if param is not None and takes_spellings(param):
        spelt = spellings_of(param, row.by_name)
        values = [text for text, value in spelt.items() if value in values]
    return {"enum": list(values)} if values else {"not": {}}


def _accepted(row: Capability, name: str, values: Sequence[object]) -> list[Schema]:
    """Give the forms of a value that must be one of some; unusual spellings are left to `validate`."""
    forms = [_values(row, name, values), EXPRESSION]
    param = row.find(name)
    if param is not None and takes_spellings(param):
        forms.append({"not": {"enum": [*spellings_of(param, row.by_name), None]}})
    return forms


def _holds(row: Capability, name: str, wanted: object) -> Schema:
    if wanted == "given":
        return _given(name)
    if wanted == "absent":
        return {"not": _given(name)}
    return is_given(name.split("."), _values(row, name, cast("Sequence[object]", wanted)))


def _only_when(row: Capability, param: Param) -> Iterator[Schema]:
    for other, values in param.only_when.items():
        known = row.find(other)
        accepted = _accepted(row, other, values)
        is_default = known is not None and known.default in values
        then: Schema = {"properties": {other: any_of([*accepted, NOTHING])}}
        if not is_default:
            then = is_given([other], any_of(accepted))
        yield {"if": is_given([param.name], _NOT_NULL), "then": then}


def _combine(row: Capability, args: Mapping[str, Any]) -> Iterator[Schema]:
    conditions = [_holds(row, name, wanted) for name, wanted in args["if"].items()]
    told = " and ".join(_told(name, wanted) for name, wanted in args["if"].items())
    for kind, write in _CONSEQUENCES.items():
        if kind in args:
            yield {"if": _all_of(conditions), "then": write(row, args[kind], told)}


def _told(name: str, wanted: object) -> str:
    if wanted == "absent":
        return f"no `{name}`"
    if wanted == "given":
        return f"`{name}`"
    return f"`{name}: {one_of(map(value_text, cast('Sequence[object]', wanted)))}`"


def _all_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"allOf": schemas}


def _need_any(_: Capability, names: Sequence[str], __: str) -> Schema:
    return any_of([_given(name) for name in names])


def _need_item(_: Capability, wanted: Mapping[str, Mapping[str, Sequence[object]]], __: str) -> Schema:
    """Ask for an item with certain values in a list, whether it is written as one, alone, or by its name."""
    needed = []
    for name, fields in wanted.items():
        item = _all_of(
            [is_given([field], any_of([{"enum": list(each)}, EXPRESSION])) for field, each in fields.items()]
        )
        listed = {"type": "array", "contains": any_of([item, EXPRESSION])}
        named = [is_given([str(value)], _NOT_NULL) for each in fields.values() for value in each]
        needed.append(is_given(name.split("."), any_of([listed, item, *named, EXPRESSION])))
    return _all_of(needed)


def _need_value(row: Capability, wanted: Mapping[str, Sequence[object]], _: str) -> Schema:
    return _all_of(
        [is_given(name.split("."), any_of(_accepted(row, name, values))) for name, values in wanted.items()]
    )


def _forbid(_: Capability, names: Sequence[str], told: str) -> Schema:
    # Null is what is accepted, and not what an editor should offer.
    refusals = {
        name: {"enum": [None], "errorMessage": f"`{name}` does not go with {told}."} for name in names
    }
    return {
        "properties": {
            name: {**any_of([refusal, EXPRESSION]), "doNotSuggest": True}
            for name, refusal in refusals.items()
        }
    }


def _allow(row: Capability, allowed: Mapping[str, Sequence[object]], _: str) -> Schema:
    forms = {name: [*_accepted(row, name, values), NOTHING] for name, values in allowed.items()}
    return {"properties": {name: any_of(each) for name, each in forms.items()}}


def _refuse(row: Capability, refused: Mapping[str, Sequence[object]], told: str) -> Schema:
    allowed = {
        name: [value for value in texts_of(row.by_name[name].shape) if value not in values]
        for name, values in refused.items()
    }
    return _allow(row, allowed, told)


def _only(row: Capability, names: Sequence[str], told: str) -> Schema:
    return _forbid(row, [param.name for param in row.params if param.name not in names], told)


_CONSEQUENCES: dict[str, Callable[[Capability, Any, str], Schema]] = {
    "any_of": _need_any,
    "any_item": _need_item,
    "requires": _need_value,
    "forbids": _forbid,
    "allows": _allow,
    "refuses": _refuse,
    "only": _only,
}


def _at_least(row: Capability, args: Mapping[str, Any]) -> Iterator[Schema]:
    """Ask for enough items of a list where a parameter has a value that needs them."""
    free = [_values(row, args["param"], args["unless"]), EXPRESSION]
    least = args["min"]
    several = [{"type": "array", "minItems": least}, {"type": "object", "minProperties": least}, EXPRESSION]
    yield {
        "if": is_given([args["param"]], {"type": "string", "not": {"anyOf": free}}),
        "then": is_given([args["of"]], any_of(several)),
    }


def _positions(row: Capability, args: Mapping[str, Any]) -> Iterator[Schema]:
    """Speak of frames and references in one list; where an item is not known yet, nothing is said."""
    del row
    path, field = args["of"].split("."), args["field"]
    placed = is_given([field], _NOT_NULL)
    known = {"items": {"not": {"anyOf": [EXPRESSION, is_given([field], EXPRESSION)]}}, "type": "array"}
    if args.get("last_needs_first"):
        named, first = is_given(["last"], _NOT_NULL), is_given(["first"], _NOT_NULL)
        yield {"if": is_given(path, named), "then": is_given(path, first)}
        listed = [{"contains": is_given([field], {"enum": [name]})} for name in ("last", "first")]
        yield {"if": is_given(path, {**known, **listed[0]}), "then": is_given(path, listed[1])}
    if args.get("not_mixed"):
        yield {
            "if": is_given(path, {**known, "contains": placed}),
            "then": is_given(path, {"items": any_of([placed, NOTHING])}),
        }


def _keyframes_follow(row: Capability, args: Mapping[str, Any]) -> Iterator[Schema]:
    """Narrow a parameter where a list has frames."""
    placed: Schema = {"type": "array", "contains": is_given([args["field"]], _NOT_NULL)}
    alone = [{"required": ["uri"]}, {"required": ["sha256"]}]
    named: Schema = {"type": "object", "not": {"anyOf": alone}, "minProperties": 1}
    accepted = [*_accepted(row, args["param"], args["values"]), NOTHING]
    yield {
        "if": is_given(args["of"].split("."), {"anyOf": [placed, named]}),
        "then": {"properties": {args["param"]: any_of(accepted)}},
    }


_RULES: dict[str, Callable[[Capability, Mapping[str, Any]], Iterator[Schema]]] = {
    "combine": _combine,
    "at_least": _at_least,
    "positions": _positions,
    "keyframes_follow": _keyframes_follow,
}

UNSAID = frozenset(
    ("ranges", "total", "unique", "at_most", "items", "same_kind", "tags", "free_size", "output_pixels")
)
"""Kinds of rules that no JSON Schema of draft 7 can say."""
