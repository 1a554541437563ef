"""Reads the prices of a table of the user's own; each is whole, and takes the place of what was stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import Price
from runway_flow.check.table_values import (
    described,
    first_line,
    is_null,
    read_amount,
    read_choice,
    read_positive,
    read_scalars,
    read_text,
    read_texts,
)
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from runway_flow.check.table_values import Findings
    from runway_flow.spec.document import Entry, Node

_UNITS = ("output_second", "output_image", "input_second", "characters", "output_frame")
_EXAMPLE = "{unit: output_second, rates: [{credits: 12}]}"
_PLAIN: dict[str, Callable[[Node], object]] = {
    "minimum": read_amount,
    "per_call": read_amount,
    "round": read_choice("unit", "total"),
    "seconds_of": read_texts,
    "seconds_cap": read_positive,
    "date": read_text,
    "source": read_text,
    "note": read_text,
}
_PARTS: dict[str, dict[str, Callable[[Node], object]]] = {
    "rates": {
        "credits": read_amount,
        "per": read_positive,
        "first_seconds": read_positive,
        "credits_first": read_amount,
    },
    "surcharges": {"credits": read_amount, "credits_over_4mp": read_amount},
    "extras": {"credits": read_amount, "each": read_texts},
}
"""The lists of a price, and what each of their items has beside `when`."""
_NEEDED = {"rates": ("credits",), "surcharges": ("credits",), "extras": ("credits", "each")}
_KEYS = ("unit", *_PARTS, *_PLAIN)
_TIER = "tier"


def read_price(entry: Entry, names: Collection[str], findings: Findings) -> Price:
    """Read a price; `names` are the parameters that it may speak of. `null`: nobody knows it."""
    if is_null(entry.value):
        return Price(None)
    owner = f"the price of {entry.key}"
    entries = findings.entries(entry.value, owner, _KEYS, f"{entry.key}: {_EXAMPLE}")
    for key in ("unit", "rates"):
        if key not in entries and isinstance(entry.value, Mapping):
            findings.refuse(entry.key_span, f"{owner} has no `{key}`", hint=f"write `{_EXAMPLE}`")
    unit = findings.take(entries["unit"], read_choice(*_UNITS)) if "unit" in entries else None
    if unit == "input_second" and "seconds_of" not in entries:
        hint = "`seconds_of: [video_uri]` names the media whose seconds are counted"
        findings.refuse(
            entries["unit"].key_span, f"{owner} counts seconds of media that it does not name", hint=hint
        )
    rule = {key: findings.take(entries[key], read) for key, read in _PLAIN.items() if key in entries}
    lists = {key: _read_items(entries[key], names, findings) for key in _PARTS if key in entries}
    _check_names(entries.get("seconds_of"), rule.get("seconds_of"), names, findings)
    rates = lists.pop("rates", ())
    return Price(str(unit) if unit is not None else None, rates, {**rule, **lists})


def _read_items(entry: Entry, names: Collection[str], findings: Findings) -> tuple[dict[str, object], ...]:
    """Read a list of rates, surcharges or extras."""
    if not isinstance(entry.value, Sequence) or not entry.value.items:
        message = f"`{entry.key}` takes a list, not {described(entry.value)}"
        findings.refuse(first_line(entry.value), message, hint=f"write `{entry.key}: [{{credits: 12}}]`")
        return ()
    return tuple(_read_item(entry.key, item, names, findings) for item in entry.value.items)


def _read_item(key: str, node: Node, names: Collection[str], findings: Findings) -> dict[str, object]:
    readers = _PARTS[key]
    entries = findings.entries(node, f"an item of `{key}`", (*readers, "when"), "{credits: 12}")
    for needed in _NEEDED[key]:
        if needed not in entries and isinstance(node, Mapping):
            findings.refuse(first_line(node), f"an item of `{key}` has no `{needed}`")
    if len({"first_seconds", "credits_first"} & set(entries)) == 1:
        findings.refuse(first_line(node), "`first_seconds` and `credits_first` go together")
    found = {name: findings.take(entries[name], read) for name, read in readers.items() if name in entries}
    _check_names(entries.get("each"), found.get("each"), names, findings)
    if "when" in entries:
        conditions = findings.entries(entries["when"].value, "`when`", (*names, _TIER), "when: {audio: true}")
        taken = {name: findings.take(each, read_scalars) for name, each in conditions.items()}
        found["when"] = {
            name: values[0] if len(values) == 1 else list(values)
            for name, values in taken.items()
            if isinstance(values, tuple)
        }
    return found


def _check_names(entry: Entry | None, listed: object, names: Collection[str], findings: Findings) -> None:
    """Refuse names that no priced row has as a parameter."""
    if entry is None or not isinstance(listed, tuple):
        return
    for name in listed:
        if name not in names:
            message = f"`{entry.key}` names `{name}`, which is no parameter of what is priced"
            findings.refuse(first_line(entry.value), message, label=did_you_mean(name, names))
