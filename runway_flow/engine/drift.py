"""Drift of the price table: what the service estimates or charges, beside what the table says."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.amounts import Credits, Estimate, credits_text, in_credits
from runway_flow.kernel.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from runway_flow.plan.action import Action


class Figure(Enum):
    """What the service says of a price: the most that it may charge, or what it did charge."""

    ESTIMATE = "{} by the API's estimate"
    COST = "Runway charged {}"
    COST_OF_FAILURE = "Runway charged {} for a failed task"


class TablePrice(Struct, frozen=True):
    """What the table of a date says of one action; `origin` tells when and where that was stated."""

    row: str
    estimate: Estimate
    table_date: str
    origin: str | None = None


def price_of(action: Action, table_date: str) -> TablePrice:
    """Give what the table says of an action."""
    row = action.capability
    origin = f"the price is of {row.price.date}: {row.price.rule['source']}" if row.price.date else None
    return TablePrice(row.title, action.estimate, table_date, origin)


def drifts(table: Estimate, figure: Figure, amount: Credits) -> bool:
    """Whether a figure lies outside of what the table says; a failure may have cost less, or nothing."""
    if not table.is_known:
        return False
    return amount > table.high or (amount < table.low and figure is not Figure.COST_OF_FAILURE)


class DriftWatch:
    """Compares figures, and warns once of each row; a run has one of them."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def compare(
        self, price: TablePrice, figure: Figure, amount: Credits | None, *, step: str, task: str
    ) -> Diagnostic | None:
        """Give the warning that a figure calls for; None if it was given, or there is nothing to warn of."""
        if amount is None or price.row in self._told or not drifts(price.estimate, figure, amount):
            return None
        self._told.add(price.row)
        low, high = credits_text(price.estimate.low), credits_text(price.estimate.high)
        costs = in_credits(high if low == high else f"{low} to {high}")
        stated = figure.value.format(credits_text(amount))
        message = f"{price.row} costs {costs} by the table of {price.table_date}, but {stated}"
        less_or_more = "less" if amount > price.estimate.high else "more"
        notes = (f"task {task}", *((price.origin,) if price.origin is not None else ()))
        hint = (
            f"plans count {less_or_more} for this model than it costs, budgets what the API says once a task "
            "is accepted; a newer version has newer prices, and `tables` in the configuration takes your own"
        )
        return Diagnostic(
            codes.PRICE_DRIFT, message, severity=Severity.WARNING, hint=hint, notes=notes, step=step
        )
