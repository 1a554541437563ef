"""Plans, steps and summaries as values, for displays."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from runway_flow.catalog.loader import load_catalog
from runway_flow.engine.events import Exported, RunStarted, RunStatus, RunSummary, StepChanged, StepState
from runway_flow.kernel.amounts import FREE, Estimate
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.diagnostics import Span
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.plan.plan import Change, Plan, PlannedStep, PlanState
from runway_flow.report.run_view import RunView

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.engine.events import Event

NOW = 1_700_000_000.0
"""2023-11-14T22:13:20Z."""
SPAN = Span("flow.yaml", 3, 5, 3, 9)
FILM = Artifact(
    digest_bytes(b"film"), MediaFacts(MediaKind.VIDEO, "video/mp4", 277_000, 1280, 720, 8.5, 24.0)
)
SOUND = Artifact(digest_bytes(b"sound"), MediaFacts(MediaKind.AUDIO, "audio/mpeg", 812, duration=3.0))


@cache
def row_of(uses: str) -> Capability:
    """Give a row by the name that pins it."""
    return next(row for row in load_catalog().rows if row.uses == uses)


def credits_of(low: str | int, high: str | int | None = None) -> Estimate:
    """Make an estimate."""
    return Estimate(Decimal(low), Decimal(low if high is None else high))


def planned_step(
    address: str,
    state: PlanState = PlanState.RUN,
    uses: str = "image_to_video/gen4.5",
    **fields: Any,  # noqa: ANN401 - whatever fields a step has
) -> PlannedStep:
    """Make a planned instance; fields that are not given are plain."""
    step, _, rest = address.partition("[")
    plain = PlannedStep(
        id=address,
        step=step,
        key=rest.removesuffix("]") or None,
        uses=uses,
        capability=row_of(uses),
        state=state,
        why="new",
        what="1280:720 · 5 s",
        span=SPAN,
        seconds=60.0,
    )
    return replace(plain, **fields)


def plan_of(*steps: PlannedStep, **fields: Any) -> Plan:  # noqa: ANN401 - whatever fields a plan has
    """Make a plan; its estimate is the sum of what its steps state."""
    estimate = FREE
    for step in steps:
        estimate += step.estimate
    plain = Plan(
        "lamp-teaser",
        "flows/teaser.yaml",
        {step.id: step for step in steps},
        digest_bytes(b"run"),
        "2026-10-23",
        estimate,
    )
    return replace(plain, **fields)


TEASER = plan_of(
    planned_step(
        "still[wide]",
        PlanState.STORED,
        "text_to_image/gen4_image",
        why="stored, 9f3c1a2e",
        what="1920:1080 · seed 7",
    ),
    planned_step(
        "clip[wide]",
        change=Change.CHANGED,
        why="prompt_text changed",
        estimate=credits_of(60),
        needs=("still[wide]",),
    ),
    planned_step("clip[hand]", estimate=credits_of(60)),
    planned_step(
        "clip[macro]",
        PlanState.IN_FLIGHT,
        why="in flight: task 5d1e… (paid, will be collected)",
        what="1280:720 · 4 s",
        task="5d1e0000-0000",
    ),
    planned_step(
        "voice",
        uses="text_to_speech/eleven_multilingual_v2",
        what="142 characters",
        estimate=credits_of(3),
        seconds=8.0,
    ),
    planned_step(
        "cut",
        PlanState.LOCAL,
        "media/concat",
        why="local; needs clip[…]",
        what="3 clips",
        seconds=None,
        needs=("clip[wide]", "clip[hand]", "clip[macro]"),
    ),
    saved=Decimal(8),
    budget=Decimal(600),
    critical_path=("clip[wide]", "cut"),
    critical_seconds=110.0,
    seconds=110.0,
)
"""The plan of INTERFACE.md's example."""


def view_of(plan: Plan, *events: Event) -> RunView:
    """Give a run that began at `NOW`, and what happened in it."""
    view = RunView()
    view.take(RunStarted("01JD8QABCDEF", NOW, plan))
    for event in events:
        view.take(event)
    return view


def changed(step: str, state: StepState, after: float = 0.0, **fields: Any) -> StepChanged:  # noqa: ANN401
    """Make a change of state some seconds after the start."""
    return StepChanged(step, state, NOW + after, **fields)


def summary_of(
    status: RunStatus = RunStatus.OK,
    exit_code: ExitCode = ExitCode.DONE,
    **fields: Any,  # noqa: ANN401
) -> RunSummary:
    """Make the end of a run that took 48 seconds."""
    plain = RunSummary("01JD8QABCDEF", "lamp-teaser", status, exit_code, NOW + 48, 48.0)
    return replace(plain, **fields)


def exported(path: str, artifact: Artifact = FILM) -> Exported:
    """Make an output that was written."""
    return Exported(path, artifact)
