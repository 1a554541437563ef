"""How long a run takes, about: its longest chain, or the work that waits for room, whichever is more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow import graph
from runway_flow.plan.films import CONCAT, MUX, Films
from runway_flow.plan.plan import Crowd, PlanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.plan.plan import PlannedStep

ASSUMED_WIDTH = 3
"""How many tasks of one model an account runs at once, for as long as nobody asked it.

Runway's tiers allow 1 or 2, 3, 5, 10 and 20 (API usage tiers, 2026-10).
"""

LOCAL = "this machine"
_LOCAL_WIDTH = 1
"""An encode uses every core: two at once take as long as one after the other."""

_LOCAL_S = {CONCAT: (1.0, 0.5), MUX: (1.0, 0.05)}
"""Seconds of an operation of ours, and for each second of what it makes; others take a second.

Ours: 9 s of 1280×720 were joined in 2.5 s on two cores, and pictures with more in them take longer.
"""
_USUAL_FILM_S = 10.0
_TAKES_TIME = (PlanState.RUN, PlanState.UNKNOWN, PlanState.IN_FLIGHT, PlanState.LOCAL)


class Work(Struct, frozen=True):
    """What an instance takes: seconds, and a place in a pool; None where it takes none."""

    seconds: float
    pool: str | None


class TimeEstimate(Struct, frozen=True):
    """About how long something takes. `crowd` is set where room is scarcer than the chain is long."""

    seconds: float
    path: tuple[str, ...]
    path_seconds: float
    crowd: Crowd | None = None


def works_of(steps: Mapping[str, PlannedStep]) -> dict[str, Work]:
    """Give what each instance that a run works on usually takes; equal actions are done once."""
    films = Films(steps)
    return {
        name: Work(_usual_seconds(step, films), None if step.same_as is not None else _pool(step))
        for name, step in steps.items()
        if step.state in _TAKES_TIME
    }


def estimate_time(
    works: Mapping[str, Work], needs: Mapping[str, Iterable[str]], *, jobs: int | None = None
) -> TimeEstimate:
    """Estimate how long works take that wait for each other and for room.

    `works` come in an order of `graph.order`; `jobs` is how many remote tasks the user allows at once.
    """
    seconds = {name: work.seconds for name, work in works.items()}
    path, longest = graph.longest_path(
        seconds, {name: [need for need in needs.get(name, ()) if need in works] for name in works}, seconds
    )
    load, crowd = max(
        (
            (sum(found) / at_once, Crowd(pool, len(found), at_once))
            for pool, found, at_once in _pools(works, jobs)
        ),
        key=lambda each: each[0],
        default=(0.0, None),
    )
    is_crowded = load > longest
    return TimeEstimate(load if is_crowded else longest, path, longest, crowd if is_crowded else None)


def _pools(works: Mapping[str, Work], jobs: int | None) -> list[tuple[str | None, list[float], int]]:
    """Give each pool that has not room for all: its name (None: all remote ones), seconds, and width."""
    pools: dict[str, list[float]] = {}
    for work in works.values():
        if work.pool is not None:
            pools.setdefault(work.pool, []).append(work.seconds)
    width = ASSUMED_WIDTH if jobs is None else min(ASSUMED_WIDTH, jobs)
    found: list[tuple[str | None, list[float], int]] = [
        (pool, seconds, _LOCAL_WIDTH if pool == LOCAL else width) for pool, seconds in pools.items()
    ]
    if jobs is not None:
        remote = [one for pool, seconds in pools.items() if pool != LOCAL for one in seconds]
        found.append((None, remote, jobs))
    return [(pool, seconds, at_once) for pool, seconds, at_once in found if len(seconds) > at_once]


def _pool(step: PlannedStep) -> str:
    row = step.capability
    return LOCAL if row.is_local else row.model or row.endpoint


def _usual_seconds(step: PlannedStep, films: Films) -> float:
    if not step.capability.is_local:
        return step.seconds or 0.0
    base, for_each = _LOCAL_S.get(step.capability.endpoint, (1.0, 0.0))
    made = films.made_by(step)
    return base + for_each * (made[1] if made is not None else _USUAL_FILM_S)
