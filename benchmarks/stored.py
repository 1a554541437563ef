"""Fills a store so that a flow has nothing left to do, without running any of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from runway_flow import api
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.plan.action import ActionResult
from runway_flow.plan.binding import Bound
from runway_flow.wiring import Session, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.plan.action import Action

_TYPES = {MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4", MediaKind.AUDIO: "audio/mpeg"}


def fill(flow: Path, store: Path) -> int:
    """Record a made-up result for every instance of a flow; gives their number."""
    with Session(Settings(store=store, emulate=True), can_write=True) as session:
        planned = api.plan(str(flow), api.InputArguments(), session)
        if planned.plan is None or planned.planned is None:
            raise SystemExit("\n".join(item.message for item in planned.diagnostics))
        results: dict[str, ActionResult | None] = {}
        for address in planned.plan.steps:
            binding = planned.planned.binder.bind(address, results)
            if not isinstance(binding, Bound):
                raise SystemExit(f"{address} cannot be bound")
            result = _invent(binding.action, session)
            session.store.state.record(result, flow=planned.plan.flow, step=address)
            results[address] = result
        return len(results)


def _invent(action: Action, session: Session) -> ActionResult:
    kind = action.capability.output.kind
    draft = session.store.blobs.draft()
    draft.write(action.key.encode())
    digest = draft.keep()
    has_size = kind is not MediaKind.AUDIO
    facts = MediaFacts(
        kind,
        _TYPES[kind],
        len(action.key),
        width=1280 if has_size else None,
        height=720 if has_size else None,
        duration=None if kind is MediaKind.IMAGE else 5.0,
        fps=24.0 if kind is MediaKind.VIDEO else None,
    )
    return ActionResult(
        action.key, action.document, (Artifact(digest, facts),), 0.0, task="made-up", credits=Decimal(5)
    )
