"""Makes a request obey the rules of its row that reach across parameters: our second reading of them.

It is written from what the rules mean, without the judge, so that the two can disagree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from runway_flow.catalog.capability import ParamType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.catalog.capability import Capability, Param, Rule, Shape
    from tests.oracles.values import ValueMaker

Request = dict[str, Any]
_ROUNDS = 3
"""How often all rules are gone through: making one hold may undo another, in no row more than once."""


def obey(row: Capability, request: Request, maker: ValueMaker) -> None:
    """Change a request until it obeys every rule of its row."""
    for _ in range(_ROUNDS):
        for param in row.params:
            if param.name in request:
                _obey_only_when(row, param, request, maker)
        for rule in row.rules:
            OBEYING[rule.kind](row, rule, request, maker)


def get(request: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Give what stands at a dotted name; None where nothing does."""
    value: Any = request
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def put(request: Request, name: str, value: object) -> None:
    """Write a value at a dotted name, making the objects on the way."""
    *above, last = name.split(".")
    for part in above:
        request = request.setdefault(part, {})
    request[last] = value


def drop(request: Request, name: str) -> None:
    """Take away what stands at a dotted name."""
    *above, last = name.split(".")
    for part in above:
        request = request.get(part, {})
    request.pop(last, None)


def find(row: Capability, name: str) -> Param:
    """Give the parameter or field at a dotted name."""
    params = row.params
    for part in name.split("."):
        found = next(param for param in params if param.name == part)
        params = found.shape.fields
    return found


def items_of(request: Request, name: str) -> list[Request]:
    """Give the objects of a list at a dotted name; none where it is no list of objects."""
    value = get(request, name)
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def is_met(request: Request, conditions: Mapping[str, Any]) -> bool:
    """Tell whether all conditions hold: `given`, `absent`, or one of some values."""
    for name, wanted in conditions.items():
        value = get(request, name)
        is_given = value not in (None, [])
        if not (is_given if wanted == "given" else not is_given if wanted == "absent" else value in wanted):
            return False
    return True


def filled(shape: Shape, maker: ValueMaker) -> object:
    """Make a value that is no empty list."""
    if shape.type is ParamType.ARRAY:
        return maker.items(shape, max(shape.min_items or 0, 1))
    return maker.make(shape)


def list_shape(row: Capability, name: str) -> Shape:
    """Give the shape of the list that may stand at a dotted name, beside whatever else may."""
    shape = find(row, name).shape
    return next(each for each in (shape, *shape.variants) if each.type is ParamType.ARRAY)


def _obey_only_when(row: Capability, param: Param, request: Request, maker: ValueMaker) -> None:
    for other, values in param.only_when.items():
        if request.get(other, find(row, other).default) not in values:
            request[other] = maker.chance.choice(values)


def _obey_combine(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    args = cast("Any", rule.args)
    if not is_met(request, args["if"]):
        return
    if "any_of" in args and all(get(request, name) in (None, []) for name in args["any_of"]):
        name = maker.chance.choice(args["any_of"])
        put(request, name, filled(find(row, name).shape, maker))
    for name, fields in args.get("any_item", {}).items():
        if not any(item.get(field) in fields[field] for item in items_of(request, name) for field in fields):
            put(request, name, maker.items(list_shape(row, name), 1))
            items_of(request, name)[0].update({field: fields[field][0] for field in fields})
    for name in args.get("forbids", ()):
        drop(request, name)
    for name in set(request) - set(args.get("only", request)):
        del request[name]
    _obey_values(row, args, request, maker)


def _obey_values(row: Capability, args: Any, request: Request, maker: ValueMaker) -> None:  # noqa: ANN401
    """Choose other values where those that stand there do not go with the condition."""
    for name, values in args.get("requires", {}).items():
        if get(request, name) not in values:
            put(request, name, maker.chance.choice(values))
    for name, values in args.get("allows", {}).items():
        if get(request, name) not in (None, *values):
            put(request, name, maker.chance.choice(values))
    for name, values in args.get("refuses", {}).items():
        if get(request, name) in values:
            rest = [value for value in find(row, name).shape.values or () if value not in values]
            put(request, name, maker.chance.choice(rest))


def _obey_at_least(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    args = cast("Any", rule.args)
    value, items = request.get(args["param"]), request.get(args["of"], [])
    if value not in (None, *args["unless"]) and len(items) < args["min"]:
        request[args["of"]] = maker.items(find(row, args["of"]).shape, args["min"])


def _obey_positions(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    del row, maker
    args = cast("Any", rule.args)
    field, items = args["field"], items_of(request, args["of"])
    for name in args.get("once", ()):
        _keep_one(request, args["of"], field, name)
    items = items_of(request, args["of"])
    if args.get("not_mixed") and len({field in item for item in items}) > 1:
        for item in items:
            item.pop(field, None)
    positions = [item.get(field) for item in items]
    if args.get("last_needs_first") and "last" in positions and "first" not in positions:
        items[positions.index("last")][field] = "first"


def _keep_one(request: Request, name: str, field: str, value: str) -> None:
    """Take out all items of a list that have a value, but for the first of them."""
    items = get(request, name)
    if isinstance(items, list):
        having = [item for item in items if item.get(field) == value]
        put(request, name, [item for item in items if all(item is not extra for extra in having[1:])])


def _obey_keyframes_follow(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    args = cast("Any", rule.args)
    del row
    has_frames = any(args["field"] in item for item in items_of(request, args["of"]))
    if has_frames and request.get(args["param"]) not in (None, *args["values"]):
        request[args["param"]] = maker.chance.choice(args["values"])


def _obey_ranges(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    items = items_of(request, cast("str", rule.args["of"]))
    del row
    if any("range" not in item for item in items):
        for item in items:
            item.pop("range", None)
    for item in items:
        if "range" in item:
            start = int(item.get("seconds", maker.chance.randint(0, 20)))
            end = start + maker.chance.randint(1, 5)
            item["range"] = {"start_seconds": start, "end_seconds": end}


def _obey_total(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    """Share the total out among the items, each getting one second at least."""
    args = cast("Any", rule.args)
    items = items_of(request, args["of"])
    if not items:
        return
    if "equals" in args:
        total: int = get(request, args["equals"]) or cast("int", find(row, args["equals"]).default)
    else:
        total = maker.chance.randint(max(args["min"], len(items)), args["max"])
    for place, item in enumerate(items):
        left = len(items) - place - 1
        share = total if not left else min(maker.chance.randint(1, total - left), total - left)
        item[args["field"]] = share
        total -= share


def _obey_unique(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    del row, maker
    seen = set()
    for item in items_of(request, cast("str", rule.args["of"])):
        value = item.get(cast("str", rule.args["field"]))
        if value in seen:
            item.pop(cast("str", rule.args["field"]), None)
        seen.add(value)


def _obey_at_most(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    del row, maker
    args = cast("Any", rule.args)
    for value, most in args["counts"].items():
        having = [item for item in items_of(request, args["of"]) if item.get(args["field"]) == value]
        for item in having[most:]:
            item.pop(args["field"])


def _obey_items(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    del row, maker
    args = cast("Any", rule.args)
    left = args["max"]
    for name in args["of"]:
        value = request.get(name)
        if isinstance(value, list):
            request[name] = value[:left]
        left -= len(request[name]) if isinstance(value, list) else value is not None


def _obey_same_kind(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    del row, maker
    items = items_of(request, cast("str", rule.args["of"]))
    for item in items:
        item[cast("str", rule.args["field"])] = items[0][cast("str", rule.args["field"])]


def _obey_tags(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    """Name a tag that is given, at times; texts made here have no `@` of their own."""
    del row
    args = cast("Any", rule.args)
    tags = [item["tag"] for item in items_of(request, args["of"]) if item.get("tag", "").isidentifier()]
    prompt = str(request.get(args["prompt"], ""))
    is_short = len(prompt) < 100 and "@" not in prompt
    if tags and is_short and maker.chance.random() < 0.5:
        request[args["prompt"]] = f"{prompt} with @{maker.chance.choice(tags)}"
    elif "@" in prompt and not any(f"@{tag}" in prompt for tag in tags):
        request[args["prompt"]] = prompt.replace("@", "")


def _obey_free_size(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    name = cast("str", rule.args["of"])
    shapes = find(row, name).shape.variants
    listed = [value for shape in shapes for value in shape.values or ()]
    if name in request and request[name] not in listed and ":" not in request[name]:
        low, high = cast("int", rule.args["min"]), cast("int", rule.args["max"])
        width = maker.chance.randint(1000, 4000)
        request[name] = f"{width}:{maker.chance.randint(-(-low // width), high // width)}"


def _leave(row: Capability, rule: Rule, request: Request, maker: ValueMaker) -> None:
    """Leave a request alone: the rule is about media that are known, and addresses are not."""


OBEYING: dict[str, Callable[[Capability, Rule, Request, ValueMaker], None]] = {
    "combine": _obey_combine,
    "at_least": _obey_at_least,
    "positions": _obey_positions,
    "keyframes_follow": _obey_keyframes_follow,
    "ranges": _obey_ranges,
    "total": _obey_total,
    "unique": _obey_unique,
    "at_most": _obey_at_most,
    "items": _obey_items,
    "same_kind": _obey_same_kind,
    "tags": _obey_tags,
    "free_size": _obey_free_size,
    "output_pixels": _leave,
}
"""How each kind of rule is made to hold."""
