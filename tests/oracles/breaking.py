"""Breaks each rule of a row that reaches across parameters, in a request that obeys all of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from runway_flow.catalog.capability import ParamType
from tests.oracles.obeying import drop, filled, find, get, items_of, list_shape, obey, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runway_flow.catalog.capability import Capability, Param, Rule
    from tests.oracles.obeying import Request
    from tests.oracles.values import ValueMaker

Broken = tuple[str, str, dict[str, Any]]
"""A kind of fault, the parameter that is most at fault, and the request."""


def broken_rules(row: Capability, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    """Give a request for each way in which a rule of the row can be broken."""
    for param in row.params:
        for other, values in param.only_when.items():
            yield _break_only_when(row, param, other, values, copy.deepcopy(request), maker)
    for number, rule in enumerate(row.rules):
        for kind, name, broken in BREAKING[rule.kind](row, rule, copy.deepcopy(request), maker):
            yield f"rule_{number}_{kind}", name, broken


def _break_only_when(
    row: Capability,
    param: Param,
    other: str,
    values: tuple[object, ...],
    request: Request,
    maker: ValueMaker,
) -> Broken:
    request[param.name] = maker.make(param.shape)
    rest = [value for value in find(row, other).shape.values or () if value not in values]
    request[other] = maker.chance.choice(rest)
    return f"only_when_{param.name}", param.name, request


def _break_combine(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    for name, wanted in args["if"].items():
        if wanted == "absent":
            drop(request, name)
        elif wanted == "given":
            put(request, name, filled(find(row, name).shape, maker))
        else:
            put(request, name, maker.chance.choice(wanted))
    obey(row, request, maker)
    first = next(iter(args["if"]))
    for kind in ("any_of", "any_item", "requires", "forbids", "allows", "refuses", "only"):
        if kind in args:
            broken = copy.deepcopy(request)
            name = _CONSEQUENCES[kind](row, args[kind], broken, maker)
            yield f"combine_{kind}", name or first, broken
    if "any_of" in args and (lists := [name for name in args["any_of"] if _is_list(row, name)]):
        broken = copy.deepcopy(request)
        for name in args["any_of"]:
            drop(broken, name)
        put(broken, lists[0], [])
        yield "combine_any_of_empty", lists[0], broken


def _is_list(row: Capability, name: str) -> bool:
    return find(row, name).shape.type is ParamType.ARRAY


def _break_any_of(_: Capability, names: Any, request: Request, __: ValueMaker) -> str:  # noqa: ANN401
    for name in names:
        drop(request, name)
    return ""


def _break_any_item(_: Capability, wanted: Any, request: Request, __: ValueMaker) -> str:  # noqa: ANN401
    for name, fields in wanted.items():
        rest = [
            item
            for item in items_of(request, name)
            if any(item.get(key) not in fields[key] for key in fields)
        ]
        put(request, name, rest)
    return ""


def _break_value(row: Capability, wanted: Any, request: Request, maker: ValueMaker) -> str:  # noqa: ANN401
    """Put a value that is not among those asked for."""
    (name, values), *_ = wanted.items()
    shape = find(row, name).shape
    while get(request, name) in (None, *values):
        put(request, name, maker.make(shape))
    return str(name)


def _break_forbids(row: Capability, names: Any, request: Request, maker: ValueMaker) -> str:  # noqa: ANN401
    put(request, names[0], filled(find(row, names[0]).shape, maker))
    return str(names[0])


def _break_refuses(_: Capability, refused: Any, request: Request, maker: ValueMaker) -> str:  # noqa: ANN401
    (name, values), *_rest = refused.items()
    put(request, name, maker.chance.choice(values))
    return str(name)


def _break_only(row: Capability, names: Any, request: Request, maker: ValueMaker) -> str:  # noqa: ANN401
    other = next(param for param in row.params if param.name not in names)
    request[other.name] = filled(other.shape, maker)
    return other.name


_CONSEQUENCES: dict[str, Callable[[Capability, Any, Request, ValueMaker], str]] = {
    "any_of": _break_any_of,
    "any_item": _break_any_item,
    "requires": _break_value,
    "forbids": _break_forbids,
    "allows": _break_value,
    "refuses": _break_refuses,
    "only": _break_only,
}


def _break_at_least(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    shape = find(row, args["param"]).shape
    request[args["param"]] = maker.chance.choice(
        [value for value in shape.values or () if value not in args["unless"]]
    )
    request[args["of"]] = maker.items(find(row, args["of"]).shape, args["min"] - 1)
    yield "at_least", args["param"], request
    yield "at_least_absent", args["param"], {k: v for k, v in request.items() if k != args["of"]}


def _list_at(row: Capability, name: str, request: Request, maker: ValueMaker, count: int) -> list[Request]:
    """Make the list at a name anew, of so many objects, whatever else may stand there."""
    put(request, name, maker.items(list_shape(row, name), count))
    return items_of(request, name)


def _break_positions(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    name, field = args["of"], args["field"]
    if args.get("last_needs_first"):
        (item,) = _list_at(row, name, request, maker, 1)
        item[field] = "last"
        yield "last_alone", name, copy.deepcopy(request)
    if args.get("not_mixed"):
        framed, plain = _list_at(row, name, request, maker, 2)
        framed[field] = "first"
        plain.pop(field, None)
        yield "mixed", name, copy.deepcopy(request)
    for value in args.get("once", ()):
        one, other = _list_at(row, name, request, maker, 2)
        one[field] = other[field] = value
        if args.get("last_needs_first") and value == "last":
            get(request, name).append({**one, field: "first"})
        yield f"twice_{value}", name, copy.deepcopy(request)


def _break_keyframes_follow(
    row: Capability, rule: Rule, request: Request, maker: ValueMaker
) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    (item,) = _list_at(row, args["of"], request, maker, 1)
    item[args["field"]] = "first"
    values = find(row, args["param"]).shape.values or ()
    request[args["param"]] = next(value for value in values if value not in args["values"])
    yield "keyframes_follow", args["param"], request


def _break_ranges(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    name = cast("str", rule.args["of"])
    one, other = _list_at(row, name, request, maker, 2)
    for item in (one, other):
        item.pop("at", None)
        item.update(seconds=3, range={"start_seconds": 1, "end_seconds": 5})
    obey(row, request, maker)
    for item in (one, other):
        item["range"] = {"start_seconds": 1, "end_seconds": 5}
    for kind, window in (("backwards", (5, 5)), ("before", (4, 9)), ("after", (1, 3))):
        one["range"] = {"start_seconds": window[0], "end_seconds": window[1]}
        yield f"range_{kind}", name, copy.deepcopy(request)
    one.pop("range")
    yield "range_of_some", name, request


def _break_total(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    if "equals" in args:
        items = items_of(request, args["of"])
        step = 1 if items[0][args["field"]] == 1 else -1
        items[0][args["field"]] += step
        yield "total_other", args["of"], request
        return
    for kind, total in (("below", args["min"] - 1), ("above", args["max"] + 1)):
        (item,) = _list_at(row, args["of"], request, maker, 1)
        item[args["field"]] = total
        yield f"total_{kind}", args["of"], copy.deepcopy(request)


def _break_unique(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    for item in _list_at(row, args["of"], request, maker, 2):
        item[args["field"]] = "hero"
    yield "unique", args["of"], request


def _break_at_most(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    for value, most in args["counts"].items():
        for item in _list_at(row, args["of"], request, maker, most + 1):
            item[args["field"]] = value
        yield f"at_most_{value}", args["of"], copy.deepcopy(request)


def _break_items(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    first, last = cast("Any", rule.args["of"])
    request[first] = maker.media[next(iter(maker.media))]
    _list_at(row, last, request, maker, cast("int", rule.args["max"]))
    yield "items", last, request


def _break_same_kind(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> Iterator[Broken]:
    args = cast("Any", rule.args)
    items = _list_at(row, args["of"], request, maker, 2)
    field = find(row, args["of"]).shape.items
    assert field is not None
    kinds = next(each.shape.media for each in field.fields if each.name == args["field"])
    for item, kind in zip(items, kinds, strict=False):
        item[args["field"]] = maker.media[kind]
    yield "same_kind", args["of"], request


def _break_tags(_: Capability, rule: Rule, request: Request, __: ValueMaker) -> Iterator[Broken]:
    name = cast("str", rule.args["prompt"])
    request[name] = "a walk with @nobody"
    yield "tags", name, request


def _break_free_size(_: Capability, rule: Rule, request: Request, __: ValueMaker) -> Iterator[Broken]:
    name = cast("str", rule.args["of"])
    for value in ("1000:1000", "9000:9000", "wide", "4096"):
        yield f"free_size_{value}", name, {**request, name: value}


def _nothing(_: Capability, __: Rule, ___: Request, ____: ValueMaker) -> Iterator[Broken]:
    """Break nothing: an address says nothing of pixels."""
    yield from ()


BREAKING: dict[str, Callable[[Capability, Rule, Request, ValueMaker], Iterator[Broken]]] = {
    "combine": _break_combine,
    "at_least": _break_at_least,
    "positions": _break_positions,
    "keyframes_follow": _break_keyframes_follow,
    "ranges": _break_ranges,
    "total": _break_total,
    "unique": _break_unique,
    "at_most": _break_at_most,
    "items": _break_items,
    "same_kind": _break_same_kind,
    "tags": _break_tags,
    "free_size": _break_free_size,
    "output_pixels": _nothing,
}
"""How each kind of rule is broken."""
