"""Every priced row against prices that were worked out by hand (`prices.json`)."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, Price
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.pricing import estimate
from runway_flow.kernel.amounts import UNKNOWN_PRICE
from tests.fakes.priced_requests import Priced, open_described, priced_requests, row_named, unpriced_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = tuple(row for row in load_catalog().rows if not row.is_local)


@pytest.mark.parametrize("priced", priced_requests(), ids=str)
def test_price_as_worked_out_by_hand(priced: Priced) -> None:
    """A request that its row accepts costs what the published prices make of it."""
    verdict = judge(priced.row, priced.given, open_described)
    assert verdict.findings == ()
    assert estimate(priced.row, verdict.params) == priced.cost


def test_every_row_is_priced_or_known_to_be_unpriced() -> None:
    """68 rows have a price and a worked example each, 43 have none; no other row exists."""
    priced = {f"{each.row.endpoint}/{each.row.variant}" for each in priced_requests()}
    assert (len(priced), len(unpriced_rows())) == (68, 43)
    assert priced.isdisjoint(unpriced_rows())
    assert priced | set(unpriced_rows()) == {f"{row.endpoint}/{row.variant}" for row in ROWS}


@pytest.mark.parametrize("name", unpriced_rows())
def test_a_price_that_nobody_states_stays_unknown(name: str) -> None:
    """Without a stated price there is no figure, and no rates that could make one."""
    row = row_named(name)
    assert (row.price.unit, row.price.rates) == (None, ())
    assert estimate(row, {}) == UNKNOWN_PRICE


@pytest.mark.parametrize("row", [row for row in ROWS if row.price.unit], ids=lambda row: row.uses)
def test_every_price_says_where_it_comes_from_and_when(row: Capability) -> None:
    """A price has a source and a date: a month, or a day."""
    assert row.price.rule["source"]
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", row.price.date or "")


def test_every_figure_of_the_table_is_worked_out_at_least_once() -> None:
    """No figure stands in the table without an example that another one in its place would break."""
    left: dict[str, set[tuple[str | int, ...]]] = {}
    for priced in priced_requests():
        if priced.row.model == "seed_audio":
            continue  # how long its sound will be nobody bounds, so it never comes to a figure
        price = priced.row.price
        places = left.setdefault(json.dumps([price.unit, price.rates, price.rule]), set(_places(price)))
        params = judge(priced.row, priced.given, open_described).params
        for place in tuple(places):
            if estimate(replace(priced.row, price=_tripled(price, place)), params) != priced.cost:
                places.remove(place)
    gen4_5 = {("rule", "surcharges", 1, "credits_over_4mp")}  # all its sizes are smaller
    assert [places for places in left.values() if places] == [gen4_5]


def _places(price: Price) -> Iterator[tuple[str | int, ...]]:
    """Give the places of the numbers of a price rule, those in conditions excepted."""
    yield from _numbers({"rates": price.rates, "rule": price.rule})


def _numbers(value: object) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Mapping):
        below = [(key, each) for key, each in value.items() if key not in ("when", "omitted", "unknown_with")]
    else:
        below = list(enumerate(value)) if isinstance(value, (list, tuple)) else []
    for key, each in below:
        yield from ((key, *path) for path in _numbers(each))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield ()


def _tripled(price: Price, place: tuple[str | int, ...]) -> Price:
    document: Any = copy.deepcopy({"rates": list(price.rates), "rule": price.rule})
    *above, last = place
    at = document
    for key in above:
        at = at[key]
    at[last] *= 3
    return Price(price.unit, tuple(document["rates"]), document["rule"])
