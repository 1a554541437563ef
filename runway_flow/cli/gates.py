"""What must hold before the first credit is spent: a key, the budget, a confirmation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.amounts import CREDIT_USD, credits_text, in_credits
from runway_flow.kernel.errors import RequestRefused
from runway_flow.plan.plan import PlanState
from runway_flow.plan.totals import find_shortfalls, find_unpriced
from runway_flow.report.amounts import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.cli.options import Common
    from runway_flow.plan.plan import Plan
    from runway_flow.plan.totals import Shortfall
    from runway_flow.wiring import Session

_REMOTE = (PlanState.RUN, PlanState.UNKNOWN, PlanState.IN_FLIGHT)


def check_before_paying(
    plan: Plan,
    session: Session,
    common: Common,
    *,
    is_agreed: bool,
    check_outputs: Callable[[], None] | None = None,
) -> None:
    """Raise for what would stop the run: no key (exit 4), budget, unknown price, no confirmation (exit 5).

    `check_outputs` raises if outputs cannot be written (exit 4): asked only where something is to be paid.
    """
    remote = [step for step in plan.steps.values() if not step.capability.is_local and step.state in _REMOTE]
    if not remote:
        return
    session.check_reachable()
    _check_budget(plan, common)
    if check_outputs is not None and any(step.state is not PlanState.IN_FLIGHT for step in remote):
        check_outputs()
    if not session.is_emulated and not is_agreed:
        _confirm(plan, common)


def _check_budget(plan: Plan, common: Common) -> None:
    # Where only a length is missing, the price is known when the step is submitted, and judged then.
    unpriced = [step.id for step in find_unpriced(plan) if plan.budget is not None or step.budget is not None]
    if unpriced and not common.settings.allow_unknown_price:
        raise RequestRefused(
            f"nobody states the price of {unpriced[0]}, so no budget can cover it",
            code=codes.PRICE_UNKNOWN,
            hint="`--allow-unknown-price` submits it all the same; the API's own estimate is then reserved",
        )
    short = find_shortfalls(plan)
    if short:
        raise _over_budget(short[0])


def _over_budget(short: Shortfall) -> RequestRefused:
    whose = "the plan" if short.step is None else short.step
    limit = "the budget" if short.step is None else "the step's budget"
    text = f"{whose} costs {in_credits(credits_text(short.cost))}, {limit} is {credits_text(short.budget)}"
    if short.spent:
        text += f" (spent so far: {credits_text(short.spent)} of {credits_text(short.budget)})"
    raised = "`budget:` or `--budget`" if short.step is None else "the step's `budget:`"
    return RequestRefused(
        text,
        code=codes.OVER_BUDGET,
        hint=f"nothing was submitted; raise {raised}, or select fewer steps with `--only`",
    )


def _confirm(plan: Plan, common: Common) -> None:
    high = plan.estimate.high
    if high <= common.confirm_above and not plan.unknown_prices:
        return
    text = f"{in_credits(credits_text(high))} (${high * CREDIT_USD:.2f})"
    if plan.unknown_prices:
        text += f" and {counted(plan.unknown_prices, 'task')} of unknown price"
    if not common.is_interactive:
        raise RequestRefused(
            f"this run may spend {text}, and nobody is there to confirm it",
            code=codes.CONFIRMATION_NEEDED,
            hint="add `-y`, or raise `confirm_above` in the configuration",
        )
    sys.stderr.write(f"Spend up to {text}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise RequestRefused("not confirmed; nothing was submitted", code=codes.CONFIRMATION_NEEDED)
