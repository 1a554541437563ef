"""The rules across parameters in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runway_flow.catalog.wording import number_text, one_of
from runway_flow.report.shape_text import value_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runway_flow.catalog.capability import Capability, Param, Rule


def rule_texts(row: Capability) -> tuple[str, ...]:
    """Say each rule of a row in a sentence, the conditions of its parameters first."""
    conditions = [_only_when(row, param) for param in row.params if param.only_when]
    return (*conditions, *(sentence for rule in row.rules for sentence in rule_sentences(rule)))


def rule_sentences(rule: Rule) -> Iterator[str]:
    """Say what a rule asks for. Raises `KeyError` for a kind of rule that has no words yet."""
    return (f"{text[0].upper()}{text[1:]}." for text in _TEXTS[rule.kind](rule.args))


def condition_text(name: str, wanted: object) -> str:
    """Say a condition: ``with `mode: edit` ``, ``with `draft` ``, ``without `references` ``."""
    if wanted == "absent":
        return f"without `{name}`"
    if wanted == "given":
        return f"with `{name}`"
    first, *rest = wanted if isinstance(wanted, (list, tuple)) else (wanted,)
    texts = [f"`{name}: {_plain(first)}`", *(f"`{_plain(value)}`" for value in rest)]
    return f"with {one_of(texts)}"


def _only_when(row: Capability, param: Param) -> str:
    told = []
    for name, values in param.only_when.items():
        other = row.find(name)
        excluded = [value for value in (other.shape.values or () if other else ()) if value not in values]
        if excluded and len(excluded) < len(values):
            told.append(f"does not go {condition_text(name, excluded)}")
        else:
            told.append(f"goes only {condition_text(name, values)}")
    return f"`{param.name}` {' and '.join(told)}."


def _combine(args: Mapping[str, Any]) -> Iterator[str]:
    told = " and ".join(condition_text(name, wanted) for name, wanted in args["if"].items())
    if "any_of" in args:
        yield f"{told}, {_names(args['any_of'])} is needed"
    for name, values in args.get("requires", {}).items():
        yield f"{told}, `{name}` must be {value_list(values)}"
    if "forbids" in args:
        yield f"{told}, {_names(args['forbids'])} cannot be given"
    for name, values in args.get("allows", {}).items():
        yield f"{told}, `{name}` may only be {value_list(values)}"
    for name, values in args.get("refuses", {}).items():
        yield f"{told}, `{name}` cannot be {value_list(values)}"
    for name, fields in args.get("any_item", {}).items():
        having = " and ".join(condition_text(field, values) for field, values in fields.items())
        yield f"{told}, one of `{name}` is needed {having}"
    if "only" in args:
        yield f"{told}, nothing else than {_names(args['only'])} can be given"


def _positions(args: Mapping[str, Any]) -> Iterator[str]:
    of, field = args["of"], args["field"]
    if args.get("last_needs_first"):
        yield f"a last frame in `{of}` needs a first one"
    if args.get("not_mixed"):
        yield f"`{of}` takes either frames, each with a `{field}`, or references without one"
    if "once" in args:
        yield f"in `{of}`, {one_of(f'`{name}`' for name in args['once'])} stands at most once as `{field}`"


def _total(args: Mapping[str, Any]) -> Iterator[str]:
    what = f"the `{args['field']}` of all `{args['of']}`"
    if "equals" in args:
        yield f"{what} adds up to `{args['equals']}`"
    else:
        yield f"{what} is between {number_text(args['min'])} and {number_text(args['max'])}"


def _at_most(args: Mapping[str, Any]) -> Iterator[str]:
    for value, most in args["counts"].items():
        yield f"at most {most} of `{args['of']}` have `{args['field']}: {value}`"


def _sentence(form: str) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    """Make the words of a rule that is one sentence about its arguments."""

    def say(args: Mapping[str, Any]) -> Iterator[str]:
        shown = {
            name: number_text(value) if isinstance(value, (int, float)) else _shown(value)
            for name, value in args.items()
        }
        yield form.format(**shown)

    return say


def _shown(value: object) -> str:
    return value_list(value) if isinstance(value, (list, tuple)) else f"`{value}`"


def _names(names: list[str]) -> str:
    return one_of(f"`{name}`" for name in names)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_TEXTS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "combine": _combine,
    "positions": _positions,
    "total": _total,
    "at_most": _at_most,
    "at_least": _sentence("another {param} than {unless} needs at least {min} {of}"),
    "tags": _sentence("every `@name` in {prompt} is a tag of {of}"),
    "unique": _sentence("no two of {of} have the same {field}"),
    "free_size": _sentence("{of} may be any width and height in pixels, {min} to {max} pixels in all"),
    "keyframes_follow": _sentence(
        "with frames in {of}, {param} must be {values}: the video follows the first"
    ),
    "items": _sentence("{of} have at most {max} items together"),
    "ranges": _sentence(
        "either all of {of} have a `range` or none; a range holds the moment of its keyframe"
    ),
    "output_pixels": _sentence("{of} times {scale} may have at most {max} pixels"),
    "same_kind": _sentence("all of {of} are of one kind"),
}
