"""The JSON forms of events, one line each, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow import __version__
from runway_flow.engine.events import Found, RunStarted, RunSummary, StepChanged, StepProgress
from runway_flow.kernel.amounts import credits_number
from runway_flow.kernel.redaction import redact
from runway_flow.report.json_documents import VERSION, Data, diagnostic_data, plan_document, timestamp

if TYPE_CHECKING:
    from runway_flow.engine.events import Event, Exported
    from runway_flow.kernel.media import Artifact

EVENTS = "1.0"
"""Of the event lines; the minor number counts additions, which readers ignore."""


def version_line() -> Data:
    """Give the first line of every stream of events."""
    return {"type": "version", "version": VERSION, "events": EVENTS, "runway_flow": __version__}


def event_line(event: Event) -> Data:
    """Give one event as a line; unknown fields are to be ignored by readers."""
    if isinstance(event, RunStarted):
        plan = {**plan_document(event.plan), "run": event.run_id, "continues": event.continues}
        return {"type": "plan", "ts": timestamp(event.at), **plan}
    if isinstance(event, StepChanged):
        return {
            "type": "step",
            "step": event.step,
            "state": event.state.value,
            "task": event.task,
            "credits": credits_number(event.credits),
            "attempt": event.attempt,
            "note": redact(event.note) if event.note else None,
            "ts": timestamp(event.at),
        }
    if isinstance(event, StepProgress):
        return {
            "type": "progress",
            "step": event.step,
            "ratio": event.ratio,
            "bytes_done": event.bytes_done,
            "bytes_total": event.bytes_total,
            "ts": timestamp(event.at),
        }
    if isinstance(event, Found):
        return {"type": "diagnostic", **diagnostic_data(event.diagnostic), "ts": timestamp(event.at)}
    return summary_line(event)


def summary_line(summary: RunSummary) -> Data:
    """Give the last line of every stream of events."""
    return {
        "type": "summary",
        "run": summary.run_id,
        "flow": summary.flow,
        "status": summary.status.value,
        "exit": int(summary.exit),
        "credits_spent": credits_number(summary.spent),
        "credits_saved": credits_number(summary.saved),
        "stored": summary.stored,
        "ran": summary.ran,
        "failed": summary.failed,
        "not_run": summary.not_run,
        "skipped": summary.skipped,
        "in_doubt": summary.in_doubt,
        "seconds": round(summary.seconds, 3),
        "outputs": {name: [_file(item) for item in items] for name, items in summary.outputs.items()},
        "results": {name: [_file(item) for item in items] for name, items in summary.results.items()},
        "remote": dict(summary.remote),
        "earlier": [
            {
                "step": task.step,
                "task": task.task,
                "fate": task.fate.value,
                "credits": credits_number(task.credits),
                "outputs": [_artifact(item) for item in task.outputs],
            }
            for task in summary.earlier
        ],
        "ts": timestamp(summary.at),
    }


def _file(item: Exported) -> Data:
    return {"path": item.path, **_artifact(item.artifact)}


def _artifact(artifact: Artifact) -> Data:
    facts = artifact.facts
    return {"sha256": artifact.digest, "media_type": facts.media_type, "bytes": facts.bytes}
