"""What the emulator bills, against what a plan says of the same request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.pricing import estimate
from runway_flow.check.checker import check_flow
from runway_flow.emulator.costs import MADE_UP_CREDITS, Cost, cost_of
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.records import Content, Upload
from runway_flow.emulator.selection import rows_by_path
from runway_flow.kernel.media import FileMedium
from runway_flow.plan.planner import make_plan
from runway_flow.plan.settings import PlanSettings
from tests.fakes.clock import FakeClock
from tests.fakes.flows import FakeLookup, read_flow
from tests.fakes.priced_requests import Priced, open_described, priced_requests, row_named, unpriced_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.amounts import Estimate
    from runway_flow.plan.plan import Plan

CATALOG = load_catalog()
PATHS = rows_by_path(CATALOG)
LAMP = {"prompt_text": "a lamp", "ratio": "1280:720", "duration": 5}


class DescribedFiles:
    """Files that are what their names say."""

    def find(self, path: str) -> FileMedium:
        """Give what a file is."""
        return open_described(path)


PLANNED = [priced for priced in priced_requests() if not priced.row.endpoint.startswith("recipes/")]
"""Steps cannot use recipes yet; what they cost is known all the same."""
RECIPES = [priced for priced in priced_requests() if priced not in PLANNED]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Plan every worked example as a step of one flow: `s0`, `s1`, and so on."""
    steps = {
        f"s{index}": {"uses": priced.row.uses, "with": priced.given, "salt": str(index)}
        for index, priced in enumerate(PLANNED)
    }
    document = {"version": 1, "name": "prices", "steps": steps}
    flow, found = read_flow(json.dumps(document, ensure_ascii=False))
    assert flow is not None, found
    checked, found = check_flow(flow, CATALOG, DescribedFiles())
    assert checked is not None, found
    settings = PlanSettings("local")
    planned = make_plan(checked, {}, lookup=FakeLookup(), files=DescribedFiles(), settings=settings).plan
    assert planned is not None
    return planned


@pytest.fixture(scope="module")
def emulation() -> Iterator[Emulation]:
    """Give one account that can pay for everything."""
    found = Emulation(EmulatorOptions(balance=10_000_000), FakeClock(), CATALOG)
    yield found
    found.close()


def upload(value: object, emulation: Emulation) -> object:
    """Put the media of a request where the emulator finds them, and give the body that names them."""
    if isinstance(value, FileMedium):
        emulation.state.add_content(Content(value.digest, value.facts))
        sent = Upload(value.digest, value.path, emulation.clock.wall() + 1000, value.digest)
        if emulation.state.find_upload(sent.id) is None:
            emulation.state.add_upload(sent)
        return emulation.uploads.uri(sent)
    if isinstance(value, Mapping):
        return {name: upload(item, emulation) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [upload(item, emulation) for item in value]
    return value


def check_bill(row: Capability, request: object, cost: Estimate, emulation: Emulation) -> None:
    """Send a request, and hold the bill against what was said before."""
    record = emulation.create(PATHS[row.path], upload(request, emulation))
    assert (record.endpoint, record.variant) == (row.endpoint, row.variant)
    if cost.is_known:
        assert record.estimate == cost.high
        assert cost.low <= record.cost <= cost.high
    else:
        assert (record.estimate, record.cost) == (MADE_UP_CREDITS, MADE_UP_CREDITS)


@pytest.mark.parametrize("index", range(len(PLANNED)))
def test_the_bill_is_what_the_plan_says(index: int, plan: Plan, emulation: Emulation) -> None:
    """The most of the plan is what the task may charge; what it charges lies within the plan's bounds."""
    step = plan.steps[f"s{index}"]
    assert step.action is not None
    assert step.estimate == PLANNED[index].cost
    check_bill(step.capability, step.action.request, step.estimate, emulation)


@pytest.mark.parametrize("priced", RECIPES, ids=str)
def test_the_bill_of_a_recipe(priced: Priced, emulation: Emulation) -> None:
    """The same holds for recipes."""
    verdict = judge(priced.row, priced.given, open_described)
    check_bill(priced.row, verdict.request, estimate(priced.row, verdict.params), emulation)


def test_the_plan_sums_up_what_is_known(plan: Plan) -> None:
    """Low and high are the sums over the steps of known price; the others are counted."""
    costs = [priced.cost for priced in PLANNED]
    assert plan.estimate.low == sum(cost.low for cost in costs)
    assert plan.estimate.high == sum(cost.high for cost in costs)
    assert plan.unknown_prices == sum(not cost.is_known for cost in costs)


@pytest.mark.parametrize("name", unpriced_rows())
def test_a_price_that_nobody_states_is_made_up(name: str) -> None:
    """The emulator bills something for every row, also where no plan could say how much."""
    assert cost_of(row_named(name), {}) == Cost(MADE_UP_CREDITS, MADE_UP_CREDITS)


@pytest.mark.parametrize(
    ("factors", "cost"),
    [
        ({}, Cost(60.0, 60)),
        ({"gen4.5": 1.5}, Cost(90.0, 90)),
        ({"text_to_video/gen4.5": 0.51}, Cost(31.0, 31)),
        ({"image_to_video/gen4.5": 2.0, "gen4_turbo": 3.0}, Cost(60.0, 60)),
        ({"gen4.5": 0.0}, Cost(0.0, 0)),
    ],
)
def test_prices_that_are_not_those_of_the_table(factors: Mapping[str, float], cost: Cost) -> None:
    """A model, or one of its rows, can be billed at a multiple of the table's price, in whole credits."""
    assert cost_of(row_named("text_to_video/gen4.5"), LAMP, factors) == cost


def test_nothing_costs_less_than_nothing() -> None:
    """A negative factor is refused."""
    with pytest.raises(ValueError, match="negative"):
        EmulatorOptions(price_factors={"gen4.5": -1.0})
