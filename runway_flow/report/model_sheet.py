"""Everything one needs to write a step of a row, in words; terminals and pages show the same sheet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.descriptions import endpoint_text, file_text, parameter_text, parts_of
from runway_flow.catalog.examples import EXAMPLE_FILES, example_price, example_step
from runway_flow.catalog.ratio_names import ratio_names, ratio_params
from runway_flow.catalog.ratios import parse_wanted
from runway_flow.catalog.shorthands import RESOLUTION, texts_of
from runway_flow.catalog.wording import KIND_NAMES, one_of, value_text
from runway_flow.kernel.amounts import CREDIT_USD, in_credits
from runway_flow.kernel.media import MediaKind
from runway_flow.report.amounts import cost_text
from runway_flow.report.price_lines import price_lines
from runway_flow.report.rule_text import rule_texts
from runway_flow.report.shape_text import either, shape_text, unwrapped
from runway_flow.report.yaml_text import yaml_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.catalog.examples import ExampleStep
    from runway_flow.kernel.amounts import Estimate

_STEP_NAMES = {
    MediaKind.IMAGE: "still",
    MediaKind.VIDEO: "clip",
    MediaKind.AUDIO: "sound",
    MediaKind.TEXT: "text",
}
_NUMBERS = (ParamType.INTEGER, ParamType.NUMBER)


class Entry(Struct, frozen=True):
    """A parameter, or a field in one: `path` as authors think of it, `depth` below the parameter.

    A required field is needed only where its parameter is given.
    """

    path: str
    depth: int
    is_required: bool
    accepts: str
    meaning: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


class RatioValues(Struct, frozen=True):
    """The values of a ratio parameter with the short names that mean them, and what else may be written."""

    name: str
    values: Mapping[str, str | None]
    note: str


class Sheet(Struct, frozen=True):
    """What is known of a row.

    `unstated`: what nobody states. `price_example`: a sentence about `step`, which is text to paste below
    `steps:`. `notice`: whose row it is, or why a flow cannot have the step as it is; mostly empty.
    """

    title: str
    about: str
    gives: str
    entries: tuple[Entry, ...]
    ratios: tuple[RatioValues, ...]
    rules: tuple[str, ...]
    unstated: tuple[str, ...]
    files: tuple[str, ...]
    price: tuple[str, ...]
    price_example: str
    step: str
    notice: str


def make_sheet(catalog: Catalog, row: Capability, quote: str = "") -> Sheet:
    """Put together what is known of a row; values stand in `quote`."""
    example = example_step(catalog.admitting(retired=True), row)
    ratios = tuple(
        RatioValues(param.name, names, _ratio_note(row, names))
        for param in ratio_params(row)
        if (names := ratio_names(row, param))
    )
    return Sheet(
        title=row.uses if row.model is not None else row_name(row),
        about=endpoint_text(row),
        gives=gives_text(row),
        entries=tuple(_entries(row, {each.name for each in ratios}, quote)),
        ratios=ratios,
        rules=rule_texts(row),
        unstated=() if row.is_local else tuple(dict.fromkeys(_unstated(row))),
        files=() if row.is_local else tuple(map(file_text, _kinds_of(row))),
        price=price_lines(row),
        price_example="" if row.is_local else _price_example(row, example),
        step=step_text(row, example),
        notice=_notice(catalog, row, example),
    )


def _notice(catalog: Catalog, row: Capability, example: ExampleStep) -> str:
    retired = catalog.retired.get(row.model or "")
    if row.source:
        return f"From your own table, {row.source}."
    if retired is None:
        return "" if example.is_supported else "Flows cannot use it yet."
    since = f" since {retired.gone}" if retired.gone else ""
    instead = f"; write `uses: {retired.replacement}`" if retired.replacement else ""
    return f"Retired{since}{instead}. Only with `--allow-retired` a flow may still use it."


def row_name(row: Capability) -> str:
    """Name a row beside others of its endpoint: by its model, else by the endpoint and its variant."""
    return row.model or (row.endpoint if row.variant == "*" else f"{row.endpoint} ({row.variant})")


def gives_text(row: Capability) -> str:
    """Say what comes back, how many of it, in which form, and whether a seed is taken."""
    output = row.output
    kind = "what it is given" if output.kind_of else KIND_NAMES[output.kind]
    count = f"; how many: `{output.count}`" if isinstance(output.count, str) else ""
    if isinstance(output.count, int) and output.count > 1:
        kind = f"{output.count} {output.kind.value}s"
    sounds = {True: " with sound", False: " without sound"}
    sound = sounds.get(output.has_audio, "") if isinstance(output.has_audio, bool) else ""
    format_ = f"; its format: `{output.format_param}`" if output.format_param else ""
    seed = "" if row.is_local else " Takes a seed." if row.takes_seed else " Takes no seed."
    since = f" Since {row.since}." if row.since else ""
    return f"Gives {kind}{sound}{count}{format_}.{seed}{since}"


def step_text(row: Capability, example: ExampleStep) -> str:
    """Write the step as it is pasted below `steps:`."""
    step = {"uses": example.uses, **({"with": example.params} if example.params else {})}
    return "\n".join(yaml_lines({_STEP_NAMES[row.output.kind]: step}, 2)) + "\n"


def _ratio_note(row: Capability, names: Mapping[str, str | None]) -> str:
    """Say what else may be written: the nearest of a kind, a size that `resolution` takes otherwise."""
    parsed = [wanted for value in names if (wanted := parse_wanted(value)) is not None]
    if not parsed:
        return ""
    nearest = "`{closest: 3:1}` takes the nearest."
    resolution = row.find(RESOLUTION)
    if resolution is None or any(wanted.is_pixels for wanted in parsed):
        return nearest
    size = f"{parsed[0].text}@{texts_of(resolution.shape)[0]}"
    return f"{nearest} A size may stand with it, as `{size}`, in the place of `{RESOLUTION}`."


def _entries(row: Capability, with_ratios: set[str], quote: str) -> Iterator[Entry]:
    for param in row.params:
        if param.shape.constant is not None:
            continue
        accepts = "a ratio, as below" if param.name in with_ratios else shape_text(param.shape, quote)
        yield _entry(row, param.name, param, accepts, quote)
        yield from _entries_below(row, param, quote)


def _entries_below(row: Capability, param: Param, quote: str) -> Iterator[Entry]:
    """Go through the fields in a parameter; those of several variants share an entry."""
    found: dict[str, list[Param]] = {}
    for path, field in _fields_in(param.shape, param.name):
        found.setdefault(path, []).append(field)
    for path, fields in found.items():
        accepts = either(shape_text(field.shape, quote) for field in fields)
        yield _entry(row, path, fields[0], accepts, quote)


def _fields_in(shape: Shape, path: str) -> Iterator[tuple[str, Param]]:
    """Go through the fields that an author may write; what a bare value stands for is no field.

    What only some variants of a union have is required in none of them: another may be chosen.
    """
    shape = unwrapped(shape)
    variants = [unwrapped(variant) for variant in shape.variants]
    names = [{field.name for field in variant.fields} for variant in variants if variant.fields]
    for variant in variants:
        for inner, field in _fields_in(variant, path):
            is_shared = all(field.name in each for each in names) or inner.count(".") > path.count(".") + 1
            yield inner, field if is_shared else replace(field, required=False)
    for field in shape.fields:
        if field.shape.constant is None:
            yield f"{path}.{field.name}", field
            yield from _fields_in(field.shape, f"{path}.{field.name}")
    for mark, below in (("[]", shape.items), ("{}", shape.values_shape)):
        if below is not None:
            yield from _fields_in(below, f"{path}{mark}")


def _entry(row: Capability, path: str, param: Param, accepts: str, quote: str) -> Entry:
    default = param.default
    if default not in (None, ""):
        accepts = f"{accepts}; default {quote}{value_text(default)}{quote}"
    return Entry(path, path.count("."), param.required, accepts, parameter_text(row, path))


def _unstated(row: Capability) -> Iterator[str]:
    """Name what nobody states: how long a text may be, which numbers, how many items."""
    for param in row.params:
        for path, _, shape in parts_of(param):
            if shape.values is not None or shape.pattern is not None:
                continue
            if shape.type is ParamType.STRING and shape.max_length is None:
                yield f"the length of `{path}`"
            elif shape.type in _NUMBERS and shape.maximum is None:
                yield f"the {'range of' if shape.minimum is None else 'largest'} `{path}`"
            elif shape.type is ParamType.ARRAY and shape.max_items is None:
                yield f"the number of `{path}`"


def _kinds_of(row: Capability) -> tuple[MediaKind, ...]:
    kinds = {kind for param in row.params for _, _, shape in parts_of(param) for kind in shape.media}
    return tuple(kind for kind in MediaKind if kind in kinds)


def _price_example(row: Capability, example: ExampleStep) -> str:
    if row.price.unit is None:
        return ""
    estimate = example_price(row, example)
    if not estimate.is_known:
        return "Nobody states what the step below costs."
    cost = in_credits(cost_text(estimate))
    media = [name for name in _names_in(example.params) if EXAMPLE_FILES[name].duration is not None]
    told = f", {one_of(media)} being 5 s long" if media else ""
    return f"The step below{told}: {_sum(row, example, estimate)}{cost} ({dollars_text(estimate)})."


def _sum(row: Capability, example: ExampleStep, estimate: Estimate) -> str:
    """Write the multiplication where that is all: `5 s × 12 = `."""
    seconds = example.params.get("duration", 5 if "seconds_of" in row.price.rule else None)
    if not (row.price.unit or "").endswith("_second") or not isinstance(seconds, (int, float)):
        return ""
    rates = [rate["credits"] for rate in row.price.rates if "per" not in rate and "first_seconds" not in rate]
    found = next(
        (rate for rate in rates if Decimal(str(rate)) * Decimal(str(seconds)) == estimate.high), None
    )
    return f"{seconds:g} s × {found:g} = " if isinstance(found, (int, float)) else ""


def _names_in(value: object) -> Iterator[str]:
    """Go through the files that an example names."""
    if isinstance(value, str) and value in EXAMPLE_FILES:
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names_in(item)


def dollars_text(estimate: Estimate) -> str:
    """Write an estimate in US dollars: `$0.60`, `$0.56–2.80`."""
    low, high = estimate.low * CREDIT_USD, estimate.high * CREDIT_USD
    return f"${high:.2f}" if low == high else f"${low:.2f}–{high:.2f}"
