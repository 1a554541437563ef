"""Which limits an attempt must keep, and how wide the account allows a run to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.messages import PoolDepths

if TYPE_CHECKING:
    from runway_flow.engine.service import Account
    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.plan import PlannedStep

UNSTATED_DEPTH = 8
"""How many tasks of a model are submitted at once if the account does not say."""

Limits = tuple[tuple[str, "Credits"], ...]


def limits_for(run_id: str, planned: PlannedStep, *budgets: Credits | None) -> Limits:
    """Give the limits of one attempt, by scope (`StateStore.intend`): the run's lowest, and the step's."""
    stated = [budget for budget in budgets if budget is not None]
    limits = [(f"run:{run_id}", min(stated))] if stated else []
    if planned.budget is not None:
        limits.append((f"step:{run_id}:{planned.step}", planned.budget))
    return tuple(limits)


def depths_before_asking(local_jobs: int, jobs: int | None) -> PoolDepths:
    """Give the depths that hold until the account was asked, and if it cannot be."""
    return PoolDepths(max(local_jobs, 1), {}, UNSTATED_DEPTH if jobs is None else jobs, jobs)


def depths_of(account: Account, local_jobs: int, jobs: int | None) -> PoolDepths:
    """Give the depths that the account allows; `jobs` lowers everything remote.

    A model that may not run at all now (0) gets one place: the service says better why it waits.
    """
    models = {
        model: None if pool.concurrent is None else max(pool.concurrent, 1)
        for model, pool in account.pools.items()
    }
    before = depths_before_asking(local_jobs, jobs)
    return PoolDepths(before.local, models, before.default, jobs)
