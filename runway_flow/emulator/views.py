"""What the API shows of tasks and of the account, as plain JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runway_flow.emulator.ledger import iso_time, whole
from runway_flow.engine.service import TaskState
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Capability
    from runway_flow.emulator.emulation import Emulation
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.records import TaskRecord

Json = dict[str, object]

_NODE = "00000000-0000-4000-8000-000000000001"
"""The one node that an emulated workflow has."""


def credits_view(amount: float) -> Json:
    """Write an amount of credits as the API does."""
    return {"credits": whole(amount)}


def view_acceptance(record: TaskRecord, row: Capability) -> Json:
    """Say that a task was created; routers, workflows and avatar videos have their own forms (SDK 5.24.0)."""
    if record.endpoint in ("workflows", "avatar_videos"):
        return {"id": record.id}
    if record.endpoint.startswith("generate/"):
        return {"id": record.id, "routing": _routing(record, row)}
    return {"id": record.id, "estimatedCost": credits_view(record.estimate)}


def _routing(record: TaskRecord, row: Capability) -> Json:
    chosen = {MediaKind.IMAGE: "gen4_image", MediaKind.VIDEO: "gen4.5", MediaKind.AUDIO: "eleven_v3"}
    return {
        "configId": "emulated",
        "estimatedCost": credits_view(record.estimate),
        "model": chosen.get(row.output.kind, "gen4.5"),
        "provider": "emulator",
        "resolvedInput": {"duration": 5, "ratio": "1280:720", "resolution": "720p"},
        "resolvedSettings": {"optimizeFor": "quality", "priceCeiling": None},
    }


def view_task(emulation: Emulation, record: TaskRecord, base_url: str) -> Json:
    """Show a task: `progress` only while it RUNs, `output` and `failure` only at the matching end."""
    moment = emulation.moment(record)
    view: Json = {
        "id": record.id,
        "status": moment.state.value,
        "createdAt": iso_time(record.created_at),
    }
    if not moment.state.is_end:
        view["estimatedCost"] = credits_view(record.estimate)
    else:
        view["cost"] = credits_view(record.cost)
    if moment.progress is not None:
        view["progress"] = moment.progress
    if moment.state is TaskState.SUCCEEDED:
        view["output"] = [base_url + link for link in emulation.links(record)]
    if moment.state is TaskState.FAILED:
        view["failure"] = "The emulator was asked to fail this task."
        view["failureCode"] = record.failure_code
    return view


def view_invocation(emulation: Emulation, record: TaskRecord, base_url: str) -> Json:
    """Show a run of a workflow: outputs by node, and no estimate."""
    view = view_task(emulation, record, base_url)
    view.pop("estimatedCost", None)
    if "output" in view:
        view["output"] = {_NODE: view["output"]}
    elif view["status"] == TaskState.RUNNING.value:
        view["output"] = {}
    return view


def view_account(
    options: EmulatorOptions, models: Iterable[str], used: dict[str, int], balance: float
) -> Json:
    """Show limits, use and balance."""
    limits = {"maxConcurrentGenerations": options.concurrency, "maxDailyGenerations": options.daily}
    return {
        "creditBalance": int(balance),
        "tier": {"maxMonthlyCreditSpend": options.balance, "models": dict.fromkeys(models, limits)},
        "usage": {"models": {model: {"dailyGenerations": count} for model, count in used.items()}},
    }


def view_usage(tasks: Iterable[TaskRecord]) -> Json:
    """Show what was spent by day and model."""
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for record in tasks:
        day = datetime.fromtimestamp(record.created_at, UTC).date().isoformat()
        days[day][record.pool] += record.cost
    results = [
        {
            "date": day,
            "usedCredits": [{"model": model, "amount": amount} for model, amount in spent.items()],
        }
        for day, spent in sorted(days.items())
    ]
    return {"models": sorted({model for spent in days.values() for model in spent}), "results": results}
