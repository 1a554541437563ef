from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from runway_flow.cli.gates import check_before_paying
from runway_flow.cli.options import Common
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import UNKNOWN_PRICE
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import ProviderError, RequestRefused
from runway_flow.plan.plan import PlanState
from runway_flow.report.terminal import Terminal
from runway_flow.wiring import Session, Settings
from tests.fakes.plans import credits_of, plan_of, planned_step, row_of

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan

KEY = {"RUNWAYML_API_SECRET": "key"}
UNPRICED = next(
    name
    for name in ("text_to_image/gpt_image_2_5_flare", "text_to_image/seedream5_flash")
    if row_of(name).price.unit is None
)


class Attended(Common, frozen=True):
    """A command at whose keyboard someone sits, or nobody."""

    is_attended: bool = False

    @property
    def is_interactive(self) -> bool:
        """Say what was asked for."""
        return self.is_attended


def pass_gates(
    plan: Plan,
    settings: Settings,
    *,
    is_agreed: bool = False,
    confirm_above: int = 100,
    is_attended: bool = False,
) -> None:
    """Go through the gates with a plan."""
    common = Attended(
        settings,
        Terminal(),
        Terminal(),
        is_json=False,
        is_quiet=False,
        verbosity=0,
        progress="auto",
        confirm_above=Decimal(confirm_above),
        is_attended=is_attended,
    )
    check_before_paying(plan, Session(settings, can_write=False), common, is_agreed=is_agreed)


REAL = Settings(environ=KEY)
EMULATED = Settings(environ={}, emulate=True)
CHEAP = plan_of(planned_step("clip", estimate=credits_of(60)))
DEAR = plan_of(planned_step("clip", estimate=credits_of(60, 101)))


def test_nothing_remote_needs_nothing() -> None:
    """A plan that only works on this machine needs neither key nor consent."""
    plan = plan_of(
        planned_step("cut", PlanState.LOCAL, "media/concat"),
        planned_step("clip", PlanState.STORED),
        budget=Decimal(0),
    )
    pass_gates(plan, Settings(environ={}))


def test_no_key() -> None:
    """Without a key and without the emulator the run ends, and both are named."""
    with pytest.raises(ProviderError, match="RUNWAYML_API_SECRET is not set") as found:
        pass_gates(CHEAP, Settings(environ={}))
    assert found.value.code.exit is ExitCode.MACHINE
    assert "--emulate" in str(found.value.hint)


def test_key_under_another_name() -> None:
    """Who set RUNWAY_API_KEY is told the name that counts."""
    with pytest.raises(ProviderError) as found:
        pass_gates(CHEAP, Settings(environ={"RUNWAY_API_KEY": "x"}))
    assert "RUNWAY_API_KEY is set, but" in str(found.value.hint)


def test_key_for_what_goes_on() -> None:
    """Collecting a task needs a key too."""
    with pytest.raises(ProviderError):
        pass_gates(plan_of(planned_step("clip", PlanState.IN_FLIGHT)), Settings(environ={}))


def test_over_the_budget() -> None:
    """A plan that is sure to cost more than the budget is refused."""
    with pytest.raises(RequestRefused, match=r"the plan costs 60 credits, the budget is 59\.5") as found:
        pass_gates(replace(CHEAP, budget=Decimal("59.5")), REAL)
    assert found.value.code is codes.OVER_BUDGET
    pass_gates(replace(CHEAP, budget=Decimal(60)), REAL)


def test_over_the_budget_with_what_is_spent() -> None:
    """What the run that goes on has spent counts, and the refusal says so."""
    plan = replace(CHEAP, budget=Decimal(100), spent=Decimal(40))
    pass_gates(plan, REAL)
    text = r"the plan costs 60 credits, the budget is 99 \(spent so far: 40 of 99\)"
    with pytest.raises(RequestRefused, match=text):
        pass_gates(replace(plan, budget=Decimal(99)), REAL)


def test_over_the_budget_of_a_step() -> None:
    """A step that is sure to cost more than its own budget is refused before anything is submitted."""
    steps = [planned_step(f"clip[{at}]", estimate=credits_of(60), budget=Decimal(130)) for at in range(2)]
    pass_gates(plan_of(*steps), REAL, is_agreed=True)
    text = r"clip costs 120 credits, the step's budget is 130 \(spent so far: 20 of 130\)"
    with pytest.raises(RequestRefused, match=text) as found:
        pass_gates(plan_of(*steps, spent_by={"clip": Decimal(20)}), REAL, is_agreed=True)
    assert "the step's `budget:`" in str(found.value.hint)


def test_unknown_price_under_the_budget_of_a_step() -> None:
    """A step's own budget cannot cover a price that nobody states, either."""
    step = planned_step("still", uses=UNPRICED, estimate=UNKNOWN_PRICE, budget=Decimal(5))
    with pytest.raises(RequestRefused, match="price of still"):
        pass_gates(plan_of(step, unknown_prices=1), EMULATED)


def test_unknown_price_under_a_budget() -> None:
    """A price that nobody states cannot be covered by a budget, unless that is allowed."""
    step = planned_step("still", uses=UNPRICED, estimate=UNKNOWN_PRICE)
    plan = plan_of(step, budget=Decimal(100), unknown_prices=1)
    with pytest.raises(RequestRefused, match="price of still") as found:
        pass_gates(plan, EMULATED)
    assert found.value.code is codes.PRICE_UNKNOWN
    pass_gates(plan, replace(EMULATED, allow_unknown_price=True))
    pass_gates(replace(plan, budget=None), EMULATED)
    pass_gates(plan_of(replace(step, state=PlanState.IN_FLIGHT), budget=Decimal(1)), EMULATED)


def test_length_that_is_not_known_yet() -> None:
    """Where only a length is missing, the price is judged when the step is submitted."""
    dub = planned_step("dub", PlanState.UNKNOWN, "voice_dubbing/eleven_voice_dubbing", estimate=UNKNOWN_PRICE)
    pass_gates(plan_of(dub, budget=Decimal(9), unknown_prices=1), EMULATED)
    with pytest.raises(RequestRefused, match="price of dub"):
        pass_gates(plan_of(replace(dub, state=PlanState.RUN), budget=Decimal(9)), EMULATED)


def test_much_needs_consent() -> None:
    """More than `confirm_above` needs a confirmation; without a terminal the flag is named."""
    pass_gates(CHEAP, REAL)
    with pytest.raises(RequestRefused, match=r"101 credits \(\$1.01\), and nobody is there") as found:
        pass_gates(DEAR, REAL)
    assert found.value.code is codes.CONFIRMATION_NEEDED
    assert "`-y`" in str(found.value.hint)
    pass_gates(DEAR, REAL, is_agreed=True)
    pass_gates(DEAR, REAL, confirm_above=101)
    pass_gates(DEAR, EMULATED)


def test_unknown_amounts_need_consent() -> None:
    """A price that nobody knows may be much."""
    with pytest.raises(RequestRefused, match="and 1 task of unknown price"):
        pass_gates(replace(CHEAP, unknown_prices=1), REAL)


@pytest.mark.parametrize(
    ("answer", "is_yes"), [("y\n", True), (" YES \n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, *, is_yes: bool
) -> None:
    """Someone at the terminal is asked; anything but a yes is a no."""
    monkeypatch.setattr("sys.stdin", cast("io.TextIOWrapper", io.StringIO(answer)))
    if is_yes:
        pass_gates(DEAR, REAL, is_attended=True)
    else:
        with pytest.raises(RequestRefused, match="not confirmed; nothing was submitted"):
            pass_gates(DEAR, REAL, is_attended=True)
    assert capsys.readouterr().err == "Spend up to 101 credits ($1.01)? [y/N] "
