"""Rules about single values: tags in prompts, free sizes, pixels of an upscaled image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from runway_flow.catalog.judge_media import facts_of
from runway_flow.catalog.ratios import parse_wanted
from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.catalog.judging import Judging

Params = dict[str, object]

_TAG = re.compile(r"(?<![\w@.])@([A-Za-z]\w*)")


def lookup(params: Mapping[str, object], name: str) -> object:
    """Give the value at a dotted name, or None where there is none."""
    value: object = params
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _check_tags(args: Mapping[str, object], params: Params, judging: Judging) -> None:
    """Every `@name` in the prompt is the tag of a reference."""
    of, prompt_name = str(args["of"]), str(args["prompt"])
    prompt, items = params.get(prompt_name), params.get(of, ())
    if not isinstance(prompt, str) or not isinstance(items, tuple) or "@" not in prompt:
        return
    tags = [item.get("tag") for item in items if isinstance(item, Mapping)]
    if len(tags) < len(items) or any(isinstance(tag, Deferred) for tag in tags):
        return
    given = [str(tag) for tag in tags if tag is not None]
    for name in dict.fromkeys(_TAG.findall(prompt)):
        if name not in given:
            message = f"the prompt names `@{name}`, but no reference has that tag"
            note = f"tags given: {' '.join(f'@{tag}' for tag in given)}" if given else "no tag is given"
            label = did_you_mean(name, given)
            hint = None if label else f"give it: `{of}: {{{name}: …}}`"
            judging.refuse(codes.UNKNOWN_TAG, (prompt_name,), message, notes=(note,), label=label, hint=hint)


def _check_free_size(args: Mapping[str, object], params: Params, judging: Judging) -> None:
    """Refuse a size outside the pixels that are stated."""
    name = str(args["of"])
    value = params.get(name)
    if not isinstance(value, str):
        return
    low, high = cast("int", args["min"]), cast("int", args["max"])
    found = parse_wanted(value)
    if found is None or found.size is not None or not found.is_pixels:
        message = f"`{value}` is not a {name} of {judging.capability.title}"
        judging.refuse(codes.VALUE_NOT_ACCEPTED, (name,), message, notes=("accepted: `<width>:<height>`",))
        return
    pixels = found.width * found.height
    if not low <= pixels <= high:
        message = f"`{value}` has {pixels:,} pixels; {judging.capability.title} takes {low:,} to {high:,}"
        judging.refuse(codes.OUT_OF_RANGE, (name,), message)


def _check_output_pixels(args: Mapping[str, object], params: Params, judging: Judging) -> None:
    """Refuse an image that its scale would make too large."""
    name, scale_name = str(args["of"]), str(args["scale"])
    facts = facts_of(params.get(name))
    param = judging.capability.find(scale_name)
    scale = params.get(scale_name, param.default if param is not None else None)
    if facts is None or not facts.width or not facts.height or not isinstance(scale, int):
        return
    pixels = facts.width * facts.height * scale * scale
    most = cast("int", args["max"])
    if pixels > most:
        message = f"`{scale_name}: {scale}` would give {pixels:,} pixels; {judging.capability.title} gives "
        judging.refuse(codes.MEDIA_LIMIT, (name,), f"{message}up to {most:,}")


VALUE_RULES: dict[str, Callable[[Mapping[str, object], Params, Judging], None]] = {
    "tags": _check_tags,
    "free_size": _check_free_size,
    "output_pixels": _check_output_pixels,
}
"""What each kind of rule means."""
