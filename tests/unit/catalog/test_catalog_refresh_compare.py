"""What appeared, changed and vanished between two tables."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from scripts.compare_catalog import Differences, differences
from scripts.readings import in_order_of

Data = dict[str, Any]


def table(*params: Data, **more: Any) -> Data:  # noqa: ANN401 - fields of a row
    """Make a table of one row."""
    row = {"endpoint": "paint", "variant": "oil", "model": "oil", "params": list(params), **more}
    return {"date": "2026-01-01", "sdk": "1", "rows": [row]}


def lines(old: Data, new: Data) -> tuple[list[str], list[str], list[str]]:
    """Give the three lists of differences."""
    found = differences(old, new)
    return found.appeared, found.changed, found.vanished


RATIO: Data = {"name": "ratio", "type": "string", "values": ["1:1", "16:9"], "tiers": {"1k": ["1:1", "16:9"]}}
FRAMES: Data = {
    "name": "frames",
    "type": "union",
    "variants": [
        {"type": "media", "media": ["image"]},
        {
            "type": "array",
            "items": {
                "type": "object",
                "fields": [
                    {"name": "uri", "required": True, "type": "media", "media": ["image"]},
                    {"name": "place", "type": "string", "values": ["first", "last"]},
                ],
            },
        },
    ],
}


def test_nothing() -> None:
    """Tables that say the same in another order are not different."""
    turned = deepcopy(FRAMES)
    turned["variants"].reverse()
    turned["variants"][0]["items"]["fields"].reverse()
    ratio = {**RATIO, "values": ["16:9", "1:1"], "tiers": {"1k": ["16:9", "1:1"]}}
    found = differences(table(RATIO, FRAMES), table(turned, ratio))
    assert found == Differences()
    assert not found


def test_rows() -> None:
    """A row that appeared is told with its parameters; one that vanished is kept as it was."""
    old, new = table(RATIO), table({"name": "speed", "type": "integer", "required": True})
    new["rows"][0]["variant"] = "chalk"
    found = differences(old, new)
    assert found.appeared == ["paint/chalk: `speed` (required)"]
    assert found.vanished == ["paint/oil"]
    assert found.gone == old["rows"]
    assert differences({"rows": []}, table()).appeared[0] == "paint/oil: no parameters"


def test_parameters() -> None:
    """A parameter, or a field, is told once, not with all that is in it."""
    appeared, changed, vanished = lines(table(RATIO), table(RATIO, FRAMES))
    assert (appeared, changed, vanished) == (["paint/oil: `frames` union"], [], [])
    fewer = deepcopy(FRAMES)
    del fewer["variants"][1]["items"]["fields"][1]
    appeared, changed, vanished = lines(table(FRAMES), table(fewer))
    assert vanished == ['paint/oil: `frames|array[].place` one of ["first", "last"]']


def test_values() -> None:
    """Values are told one by one; a parameter that has them no more has changed."""
    more = {**RATIO, "values": ["16:9", "21:9"]}
    appeared, changed, vanished = lines(table({**RATIO, "tiers": {}}), table({**more, "tiers": {}}))
    assert appeared == ['paint/oil: `ratio`: value "21:9"']
    assert vanished == ['paint/oil: `ratio`: value "1:1"']
    assert changed == []
    free = {"name": "ratio", "type": "string", "tiers": RATIO["tiers"]}
    assert lines(table(RATIO), table(free))[1] == ['paint/oil: `ratio`: one of ["1:1", "16:9"] → string']


def test_limits_and_flags() -> None:
    """Limits, types, wire names and what is required are told with what they were."""
    old = {"name": "speed", "type": "integer", "max": 5}
    new = {"name": "speed", "type": "number", "required": True, "max": 9}
    assert lines(table(old), table(new))[1] == [
        "paint/oil: `speed`: max 5 → 9",
        "paint/oil: `speed`: required not stated → true",
        'paint/oil: `speed`: type "integer" → "number"',
    ]


def test_facts_of_rows_and_of_the_table() -> None:
    """Prices, rules and the like are told of the row; what is of no row is told by its name."""
    old, new = table(price={"unit": None}), table(price={"unit": "x"})
    new["date"] = "2026-01-02"
    assert lines(old, new)[1] == ['paint/oil: price {"unit": null} → {"unit": "x"}', "`date` of the overlay"]


def test_the_order_of_a_table_is_kept() -> None:
    """What a table has stays where it is in it, down to the keys; what is new comes last."""
    old = table(RATIO, FRAMES)
    turned = deepcopy(FRAMES)
    turned["variants"].reverse()
    turned["variants"][0]["items"]["fields"].reverse()
    new = {"type": "integer", "name": "new"}
    ratio = {"type": "string", "name": "ratio", "values": ["2:1", "16:9", "1:1"]}
    other = {"endpoint": "paint", "variant": "chalk", "params": []}
    row = {"params": [new, turned, ratio], "model": "oil", "endpoint": "paint", "variant": "oil"}
    first, second = in_order_of([other, row], old["rows"])
    assert second == other
    assert list(first) == ["endpoint", "variant", "model", "params"]
    assert [param["name"] for param in first["params"]] == ["ratio", "frames", "new"]
    assert list(first["params"][0]) == ["name", "type", "values"]
    assert first["params"][0]["values"] == ["1:1", "16:9", "2:1"]
    assert first["params"][1] == FRAMES
    assert [each["type"] for each in first["params"][1]["variants"]] == ["media", "array"]
