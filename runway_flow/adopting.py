"""Binding what was made elsewhere to an instance of a flow: a task of the account, or files."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.catalog.outputs import output_count, output_kind
from runway_flow.engine.attempts import TaskHandle
from runway_flow.engine.failures import resolve_command
from runway_flow.engine.service import TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.errors import ProviderError, StoreError, UsageError
from runway_flow.kernel.media import Artifact, MediaKind
from runway_flow.plan.action import Action, ActionResult
from runway_flow.plan.selecting import find_instances
from runway_flow.plan.stating import short_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.plan import Plan
    from runway_flow.plan.planner import Planned
    from runway_flow.wiring import Session

TOOL = "adopted"
"""What the record of a result names as its maker where the user brought it."""

_NAMES = {
    MediaKind.IMAGE: "an image",
    MediaKind.VIDEO: "a video",
    MediaKind.AUDIO: "a sound",
    MediaKind.TEXT: "a text",
}
_SHOWN = 8


class Place(Struct, frozen=True):
    """An instance of a flow that something is to be bound to, with its action."""

    flow: str
    step: str
    action: Action


def find_place(planned: Planned, plan: Plan, text: str, session: Session) -> Place:
    """Give the instance that a text names, if something may be bound to it.

    Raises `UsageError` for a name that does not exist or means several, and where the key is not known yet,
    a result is stored, or an attempt is open.
    """
    addresses = find_instances(text, planned.world.fan_outs)
    if len(addresses) != 1:
        hint = f"its instances: {', '.join(addresses[:_SHOWN])}" if addresses else None
        raise UsageError(f"`{text}` has {len(addresses)} instances: one is needed", hint=hint)
    step = plan.steps[addresses[0]]
    if step.action is None:
        missing = [name for name in step.needs if plan.steps[name].result is None]
        what = f"the result of {short_list(missing)} is part of it" if missing else step.why
        raise UsageError(
            f"the key of {step.id} is not known yet: {what}",
            hint="run the flow up to there first (`--until`), or adopt that, too",
        )
    place = Place(plan.flow, step.id, step.action)
    _refuse_taken(place, session)
    return place


def _refuse_taken(place: Place, session: Session) -> None:
    step, state = place.step, session.store.state
    stored = state.find_result(place.action.key)
    if stored is not None and stored.is_whole:
        raise UsageError(
            f"{step} has a stored result already",
            hint="a step with another `salt` is another action, with a result of its own",
        )
    opened = state.find_open_attempt(place.action.key)
    if opened is None:
        return
    if opened.task is not None:
        raise UsageError(
            f"{step} is in flight: task {opened.task} is paid, and a run collects it",
            hint="`runway-flow runs cancel` ends it first, if that is meant",
        )
    raise UsageError(
        f"{step} is in doubt: it may be paid",
        code=codes.IN_DOUBT,
        hint=f"`{resolve_command(step)}` shows what is known, and adopts its task, or drops it first",
    )


async def bind_task(place: Place, task: str, session: Session) -> ActionResult:
    """Fetch what a task made, check it against what the row promises, and keep it under the action's key.

    Raises `UsageError`, `ProviderError`, `StoreError`; then nothing is kept.
    """
    row = place.action.capability
    if row.is_local:
        message = f"{place.step} is done on this machine: it has no task"
        raise UsageError(message, hint="bind a file with `--file`")
    handle = TaskHandle(task, row.endpoint, row.model, session.clock.now())
    provider = session.task_provider()
    try:
        report = await provider.poll(handle)
        if report.state is not TaskState.SUCCEEDED:
            raise _not_done(task, report.state, report.failure_code)
        outputs = await provider.fetch(handle, report, place.action, lambda _done, _total: None)
    finally:
        await provider.aclose()
    _check_count(place, len(outputs))
    return _keep(place, outputs, session, task=task, cost=report.cost)


def _not_done(task: str, state: TaskState, failure_code: str | None) -> ProviderError:
    if state is TaskState.GONE:
        hint = "copy its id from the request history; it must belong to the account of this key"
        return ProviderError(f"there is no task {task}", code=codes.TASK_GONE, hint=hint)
    if state.is_end:
        why = f" ({failure_code})" if failure_code else ""
        return ProviderError(f"task {task} made nothing: it is {state.value}{why}")
    hint = "adopt it when it has SUCCEEDED"
    return ProviderError(f"task {task} is not done: it is {state.value}", code=codes.DEADLINE, hint=hint)


def bind_files(place: Place, paths: Sequence[Path], session: Session) -> ActionResult:
    """Take copies of files, each of the kind that the step gives, as the outputs of an action, in order.

    Raises `UsageError` for the wrong kind or number, `MediaError`, `StoreError`; then nothing is kept.
    """
    _check_count(place, len(paths))
    return _keep(place, tuple(_take(place, path, session) for path in paths), session)


def _take(place: Place, path: Path, session: Session) -> Artifact:
    from runway_flow.store.blobs import fill_draft
    from runway_flow.tools.probe import probe

    row = place.action.capability
    expected = output_kind(row, place.action.params) or row.output.kind
    draft = session.store.blobs.draft()
    try:
        fill_draft(draft, path, None)
        with contextlib.closing(draft.open()) as file:
            facts = probe(file, "text/plain" if expected is MediaKind.TEXT else None)
        if facts.kind is not expected:
            message = f"{place.step} gives {_NAMES[expected]}, and {path} is {_NAMES[facts.kind]}"
            raise UsageError(message, code=codes.MEDIA_KIND)
        return Artifact(draft.keep(), facts)
    finally:
        draft.discard()


def _check_count(place: Place, given: int) -> None:
    count = output_count(place.action.capability, place.action.params)
    if count is not None and count != given:
        outputs = "output" if count == 1 else "outputs"
        message = f"{place.step} gives {count} {outputs}, and there are {given}"
        raise UsageError(message, code=codes.ITEM_COUNT)


def _keep(
    place: Place,
    outputs: tuple[Artifact, ...],
    session: Session,
    *,
    task: str | None = None,
    cost: Credits | None = None,
) -> ActionResult:
    """Write the result down under the lease of its action: no run submits it meanwhile."""
    state, now, action = session.store.state, session.clock.now(), place.action
    result = ActionResult(
        key=action.key,
        document=action.document,
        outputs=outputs,
        created_at=now,
        task=task,
        credits=ZERO if cost is None else cost,
        tool=TOOL,
    )
    if not state.acquire_lease(action.key, session.owner, now, session.is_present):
        message = f"a process works on {place.step} now"
        raise StoreError(message, code=codes.STORE_BUSY, hint="wait until it has ended")
    try:
        _refuse_taken(place, session)
        state.record(result, flow=place.flow, step=place.step)
    finally:
        state.release_lease(action.key, session.owner)
    return result
