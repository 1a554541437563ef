"""Rules about the items of lists: positions, tags, durations, ranges, numbers of a sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from runway_flow.catalog.judge_media import facts_of
from runway_flow.catalog.rules_values import lookup
from runway_flow.catalog.wording import number_text, one_of, value_text
from runway_flow.kernel import codes
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path

Params = dict[str, object]
Args = Mapping[str, object]


def _items(params: Params, name: str) -> tuple[Mapping[str, object], ...] | None:
    """Give the items of a list of objects; None where they are not all known."""
    value = lookup(params, name)
    if not isinstance(value, tuple) or not all(isinstance(item, Mapping) for item in value):
        return None
    return cast("tuple[Mapping[str, object], ...]", value)


def _place(name: str, index: int, judging: Judging) -> Path:
    path: Path = (*name.split("."), index)
    return judging.places.get(path, path)


def _check_positions(args: Args, params: Params, judging: Judging) -> None:
    """Positions of frames: a last one needs a first one, plain references do not stand among them."""
    of, field = str(args["of"]), str(args["field"])
    items = _items(params, of)
    if items is None:
        return
    positions = [item.get(field) for item in items]
    if any(isinstance(position, Deferred) for position in positions):
        return
    path = tuple(of.split("."))
    title = judging.capability.title
    if args.get("last_needs_first") and "last" in positions and "first" not in positions:
        message = f"`{of}` has a last frame but no first one; {title} needs a first frame"
        judging.refuse(codes.PARAMETER_COMBINATION, path, message)
    if args.get("not_mixed") and None in positions and any(positions):
        message = (
            f"`{of}` mixes frames (with a `{field}`) and plain references; {title} takes one or the other"
        )
        judging.refuse(codes.PARAMETER_COMBINATION, path, message)
    counts = Counter(positions)
    for name in cast("list[str]", args.get("once", ())):
        if counts[name] > 1:
            message = f"`{of}` has {counts[name]} items with `{field}: {name}`; at most one may have it"
            judging.refuse(codes.PARAMETER_COMBINATION, path, message)


def _check_keyframes_follow(args: Args, params: Params, judging: Judging) -> None:
    """With frames the output follows the first one, so only values without an aspect are taken."""
    items, name = _items(params, str(args["of"])), str(args["param"])
    value, values = params.get(name), cast("list[str]", args["values"])
    has_frames = items is not None and any(item.get(str(args["field"])) is not None for item in items)
    if has_frames and isinstance(value, str) and value not in values:
        message = f"`{name}: {value}` does not go with frames: the video follows the first one"
        note = f"accepted there: {' '.join(values)}"
        judging.refuse(codes.PARAMETER_COMBINATION, (name,), message, notes=(note,))


def _check_ranges(args: Args, params: Params, judging: Judging) -> None:
    """All keyframes have a range or none has; a range ends after it starts and holds its keyframe.

    `video`: the parameter in whose length, where it is known, every keyframe lies.
    """
    of = str(args["of"])
    items = _items(params, of) or ()
    ranged = [isinstance(item.get("range"), Mapping) for item in items]
    if any(ranged) and not all(item.get("range") is not None for item in items):
        message = f"some `{of}` have a `range` and some have none; all or none may have one"
        judging.refuse(codes.PARAMETER_COMBINATION, tuple(of.split(".")), message)
    length = _length_of(params.get(str(args.get("video"))))
    for index, item in enumerate(items):
        path, at = _place(of, index, judging), _moment_of(item, length)
        if length is not None and at is not None and at > length:
            message = f"the keyframe at {number_text(at)} s is after the end of the video ({length:g} s)"
            judging.refuse(codes.OUT_OF_RANGE, path, message)
        if ranged[index]:
            _check_range(cast("Mapping[str, object]", item["range"]), at, path, judging)


def _length_of(medium: object) -> float | None:
    facts = facts_of(medium)
    return facts.duration if facts is not None else None


def _moment_of(item: Mapping[str, object], length: float | None) -> float | None:
    """Give when a keyframe stands, in seconds; None where that is not known."""
    seconds, fraction = item.get("seconds"), item.get("at")
    if isinstance(fraction, (int, float)) and length is not None:
        return fraction * length
    return seconds if isinstance(seconds, (int, float)) else None


def _check_range(window: Mapping[str, object], at: float | None, path: Path, judging: Judging) -> None:
    start, end = window.get("start_seconds"), window.get("end_seconds")
    if not isinstance(start, int) or not isinstance(end, int):
        return
    if end <= start:
        message = f"the range ends at {end} s, before or where it starts ({start} s)"
        judging.refuse(codes.PARAMETER_COMBINATION, (*path, "range"), message)
    elif at is not None and not start <= at < end:
        message = f"the keyframe at {number_text(at)} s is outside its range of {start} s to {end} s"
        judging.refuse(codes.PARAMETER_COMBINATION, (*path, "range"), message)


def _check_total(args: Args, params: Params, judging: Judging) -> None:
    """Add up a number of all items: within bounds, or equal to a parameter."""
    of, field = str(args["of"]), str(args["field"])
    items = _items(params, of)
    numbers = [item.get(field) for item in items or ()]
    known = [number for number in numbers if isinstance(number, (int, float))]
    if items is None or len(known) < len(numbers) or ("equals" in args and not items):
        return
    total, path = sum(known), tuple(of.split("."))
    if "equals" in args:
        _check_equal(total, str(args["equals"]), f"the `{field}` of `{of}`", path, params, judging)
        return
    low, high = cast("float", args["min"]), cast("float", args["max"])
    if not low <= total <= high:
        message = f"the `{field}` of `{of}` adds up to {number_text(total)}; it must be {low:g} to {high:g}"
        judging.refuse(codes.PARAMETER_COMBINATION, path, message)


def _check_equal(total: float, name: str, what: str, path: Path, params: Params, judging: Judging) -> None:
    param = judging.capability.find(name)
    wanted = params.get(name, param.default if param is not None else None)
    if isinstance(wanted, (int, float)) and wanted != total:
        message = f"{what} adds up to {number_text(total)}, but `{name}` is {number_text(wanted)}"
        judging.refuse(codes.PARAMETER_COMBINATION, path, message)


def _check_unique(args: Args, params: Params, judging: Judging) -> None:
    """No two items share a value."""
    of, field = str(args["of"]), str(args["field"])
    seen: set[object] = set()
    for index, item in enumerate(_items(params, of) or ()):
        value = item.get(field)
        if isinstance(value, str) and value in seen:
            message = (
                f"two of `{of}` have the `{field}` `{value}`; {judging.capability.title} takes each once"
            )
            judging.refuse(codes.PARAMETER_COMBINATION, _place(of, index, judging), message)
        seen.add(value)


def _check_at_most(args: Args, params: Params, judging: Judging) -> None:
    """Only so many items have each value of a field."""
    of, field = str(args["of"]), str(args["field"])
    counts = Counter(value for item in _items(params, of) or () if isinstance(value := item.get(field), str))
    for value, most in cast("dict[str, int]", args["counts"]).items():
        if counts[value] > most:
            message = f"{counts[value]} of `{of}` have `{field}: {value}`; at most {most} may"
            judging.refuse(codes.ITEM_COUNT, tuple(of.split(".")), message)


def _check_items(args: Args, params: Params, judging: Judging) -> None:
    """Several parameters have at most so many items together; a bare medium counts as one."""
    names, most = cast("list[str]", args["of"]), cast("int", args["max"])
    values = [params[name] for name in names if name in params]
    count = sum(len(value) if isinstance(value, tuple) else 1 for value in values)
    if count > most:
        message = (
            f"{one_of(f'`{name}`' for name in names)} have {count} items together; at most {most} may be"
        )
        judging.refuse(codes.ITEM_COUNT, (names[-1],), message)


def _check_same_kind(args: Args, params: Params, judging: Judging) -> None:
    """All media of a list are of one kind."""
    of, field = str(args["of"]), str(args["field"])
    first: object = None
    for index, item in enumerate(_items(params, of) or ()):
        kind = getattr(item.get(field), "kind", None)
        first = first or kind
        if kind is not None and kind is not first:
            message = f"`{of}` mixes {value_text(first)} and {value_text(kind)}; all must be of one kind"
            judging.refuse(codes.PARAMETER_COMBINATION, _place(of, index, judging), message)
            return


ITEM_RULES: dict[str, Callable[[Args, Params, Judging], None]] = {
    "positions": _check_positions,
    "keyframes_follow": _check_keyframes_follow,
    "ranges": _check_ranges,
    "total": _check_total,
    "unique": _check_unique,
    "at_most": _check_at_most,
    "items": _check_items,
    "same_kind": _check_same_kind,
}
"""What each kind of rule means."""
