"""The three figures of a price, and the warning when they drift apart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.drift import DriftWatch, Figure, TablePrice, drifts, price_of
from runway_flow.engine.events import Found
from runway_flow.engine.service import TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import UNKNOWN_PRICE, ZERO, Estimate
from runway_flow.kernel.diagnostics import Severity
from tests.fakes.engine_plans import Made, action_of
from tests.fakes.engine_world import EngineWorld
from tests.fakes.judgements import row

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic

TABLE = Estimate(Decimal(40), Decimal(60))
GEN = TablePrice("gen4.5 (image_to_video)", Estimate(Decimal(60), Decimal(60)), "2026-10-23", "of 2026-09")


@pytest.mark.parametrize(
    ("figure", "amount", "expected"),
    [
        (Figure.ESTIMATE, 60, False),
        (Figure.ESTIMATE, 40, False),
        (Figure.ESTIMATE, 61, True),
        (Figure.ESTIMATE, 39, True),
        (Figure.COST, 40, False),
        (Figure.COST, 61, True),
        (Figure.COST, 39, True),
        (Figure.COST_OF_FAILURE, 0, False),
        (Figure.COST_OF_FAILURE, 60, False),
        (Figure.COST_OF_FAILURE, 61, True),
    ],
)
def test_a_figure_outside_of_the_bounds_drifts(figure: Figure, amount: int, expected: bool) -> None:  # noqa: FBT001 - a case
    """Within low and high all is well; a failed task may have cost less."""
    assert drifts(TABLE, figure, Decimal(amount)) is expected


@pytest.mark.parametrize("figure", Figure)
def test_what_nobody_states_cannot_drift(figure: Figure) -> None:
    """Without a price in the table there is nothing to hold a figure against."""
    assert not drifts(UNKNOWN_PRICE, figure, Decimal(90))


def warning(watch: DriftWatch, price: TablePrice, figure: Figure, amount: int | None) -> Diagnostic | None:
    """Compare a figure of one task."""
    told = None if amount is None else Decimal(amount)
    return watch.compare(price, figure, told, step="clip[wide]", task="t1")


def test_the_warning_names_the_row_both_figures_and_the_date() -> None:
    """What which table says, what the service says, for which task, and where the price is from."""
    found = warning(DriftWatch(), GEN, Figure.ESTIMATE, 90)
    assert found is not None
    assert (found.code, found.severity, found.step) == (codes.PRICE_DRIFT, Severity.WARNING, "clip[wide]")
    assert found.message == (
        "gen4.5 (image_to_video) costs 60 credits by the table of 2026-10-23, but 90 by the API's estimate"
    )
    assert found.notes == ("task t1", "of 2026-09")
    assert found.hint is not None
    assert found.hint.startswith("plans count less for this model than it costs")


def test_the_warning_of_a_price_that_fell() -> None:
    """Bounds are told as such; a plan that counts too much is said to do so."""
    price = TablePrice("aleph2 (video_to_video)", TABLE, "2026-10-23")
    found = warning(DriftWatch(), price, Figure.COST, 20)
    assert found is not None
    assert found.message == (
        "aleph2 (video_to_video) costs 40 to 60 credits by the table of 2026-10-23, but Runway charged 20"
    )
    assert found.notes == ("task t1",)
    assert found.hint is not None
    assert found.hint.startswith("plans count more for this model than it costs")


def test_each_row_is_warned_of_once() -> None:
    """Neither another task nor the other figure of the same row warns again; another row does."""
    watch = DriftWatch()
    assert warning(watch, GEN, Figure.COST, 60) is None
    assert warning(watch, GEN, Figure.COST, None) is None
    assert warning(watch, GEN, Figure.ESTIMATE, 90) is not None
    assert warning(watch, GEN, Figure.COST, 95) is None
    assert warning(watch, TablePrice("act_two", TABLE, "2026-10-23"), Figure.COST, 95) is not None


def test_the_price_of_a_row_says_where_it_is_from() -> None:
    """A row of the table has its name, what the request costs by it, and the source of its price."""
    action = action_of(Made("a"))
    gen = type(action)(action.key, {}, row("image_to_video/gen4.5"), {}, {"duration": 5, "ratio": "1280:720"})
    price = price_of(gen, "2026-10-23")
    assert (price.row, price.estimate.high) == ("gen4.5 (image_to_video)", Decimal(60))
    assert price.origin is not None
    assert price.origin.startswith("the price is of 2026-09: ")
    assert price_of(action, "2026-10-23").origin is None


# --- in a run -------------------------------------------------------------------------------------


def warnings(world: EngineWorld) -> list[str]:
    """Give the warnings of drift that a run told."""
    found = [one.diagnostic for one in world.events.all if isinstance(one, Found)]
    drifts_ = [one.message.partition(" costs ")[2] for one in found if one.code is codes.PRICE_DRIFT]
    return [each.replace("credits by the table of 2026-10-23, but ", "") for each in drifts_]


def figures(world: EngineWorld) -> list[tuple[Decimal, Decimal | None, Decimal | None]]:
    """Give the three figures of each attempt."""
    attempts = world.state.attempts_of("r1")
    return [(one.intent.estimate.high, one.estimated, one.cost) for one in attempts]


def test_three_equal_figures_are_kept_and_nothing_is_said() -> None:
    """Table, estimate and cost stand side by side in the journal, with the date of the table."""
    world = EngineWorld()
    world.run(Made("a"))
    assert figures(world) == [(Decimal(10), Decimal(10), Decimal(10))]
    assert world.state.attempts_of("r1")[0].intent.table_date == "2026-10-23"
    assert warnings(world) == []


def test_an_estimate_that_drifts_is_told_once_for_a_row() -> None:
    """Three tasks of one model and one of another: two warnings; the budget reserves what the API says."""
    world = EngineWorld()
    world.provider.estimate = world.provider.cost = Decimal(15)
    outcome = world.run(Made("a"), Made("b"), Made("c"), Made("d", model="gen4_turbo"))
    assert warnings(world) == ["10 15 by the API's estimate"] * 2
    assert figures(world) == [(Decimal(10), Decimal(15), Decimal(15))] * 4
    assert outcome.spent == Decimal(60)


def test_a_cost_that_drifts_is_told() -> None:
    """The estimate may be right and the charge another."""
    world = EngineWorld()
    world.provider.cost = Decimal(8)
    world.run(Made("a"))
    assert warnings(world) == ["10 Runway charged 8"]
    assert figures(world) == [(Decimal(10), Decimal(10), Decimal(8))]


@pytest.mark.parametrize(("cost", "expected"), [(0, []), (12, ["10 Runway charged 12 for a failed task"])])
def test_a_failed_task_may_cost_less_but_not_more(cost: int, expected: list[str]) -> None:
    """A refund is no drift."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.FAILED, "SAFETY.INPUT.TEXT"))
    world.provider.cost_of_failure = Decimal(cost)
    world.run(Made("a"))
    assert warnings(world) == expected
    assert world.state.attempts_of("r1")[0].state is AttemptState.FAILED


def test_an_estimate_that_comes_later_is_kept_and_reserved() -> None:
    """Where the acceptance states none, the first look at the task does: it is written down once."""
    world = EngineWorld()
    world.provider.takes_s = 30.0
    world.provider.estimate, world.provider.late_estimate = None, Decimal(12)
    world.provider.cost = Decimal(12)
    world.run(Made("a"))
    assert figures(world) == [(Decimal(10), Decimal(12), Decimal(12))]
    assert warnings(world) == ["10 12 by the API's estimate"]


def test_a_service_that_states_no_figures() -> None:
    """What was not said is not made up: the table's figure stands alone, and counts."""
    world = EngineWorld()
    world.provider.estimate, world.provider.states_cost = None, False
    outcome = world.run(Made("a"))
    assert figures(world) == [(Decimal(10), None, None)]
    assert (warnings(world), outcome.spent) == ([], Decimal(10))


def test_a_task_of_an_earlier_flow_is_compared_with_what_was_said_then() -> None:
    """What is collected beside the run is held against the estimate in the journal."""
    world = EngineWorld()
    world.provider.takes_s = 1000.0
    world.run(Made("a"), beside=lambda: _stop_after(world, 20.0))
    world.provider.cost = Decimal(14)
    world.provider.estimate = Decimal(14)
    world.run(Made("other", model="gen4_turbo", price=Decimal(14)))
    assert warnings(world) == ["10 Runway charged 14"]


async def _stop_after(world: EngineWorld, seconds: float) -> None:
    await world.clock.sleep(seconds)
    world.stop.request("interrupt")


def test_bytes_that_are_fetched_again_are_not_compared() -> None:
    """What was charged long ago says nothing about today's prices."""
    world = EngineWorld()
    world.run(Made("a"))
    world.blobs._blobs.clear()
    world.provider.cost = Decimal(99)
    world.run(Made("a"))
    assert warnings(world) == []
    assert figures(world) == [(Decimal(10), Decimal(10), Decimal(10))]


def test_an_unknown_price_is_reserved_once_the_service_says_it() -> None:
    """Under a budget, with leave to: nothing is reserved first, then what the API estimates."""
    world = EngineWorld()
    world.run(Made("a", price=None))
    assert figures(world) == [(ZERO, Decimal(10), Decimal(10))]
    assert warnings(world) == []
