"""The JSON forms of diagnostics, plans and runs, as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import credits_number
from runway_flow.kernel.redaction import redact
from runway_flow.plan.describe import describe_params

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.records import RunRecord
    from runway_flow.kernel.amounts import Estimate
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.kernel.errors import RunwayFlowError
    from runway_flow.plan.plan import Plan, PlannedStep

VERSION = 1
"""Of the documents; counts changes that readers could trip over."""

Data = dict[str, object]


def timestamp(at: float) -> str:
    """Write seconds since 1970 as UTC, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def diagnostic_data(item: Diagnostic) -> Data:
    """Give a finding; places are null where it has none."""
    span = item.span
    hint = " · ".join(part for part in (item.label, item.hint) if part) or None
    return {
        "code": item.code.id,
        "severity": item.severity.value,
        "message": redact(item.message),
        "hint": redact(hint) if hint else None,
        "notes": [redact(note) for note in item.notes],
        "path": span.path if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "step": item.step,
    }


def validation_document(files: Mapping[str, Iterable[Diagnostic]]) -> Data:
    """Give what `validate --json` prints: path → findings."""
    listed = {path: list(found) for path, found in files.items()}
    is_valid = not any(item.is_error for found in listed.values() for item in found)
    return {
        "version": VERSION,
        "valid": is_valid,
        "files": [
            {"path": path, "diagnostics": [diagnostic_data(item) for item in found]}
            for path, found in listed.items()
        ],
    }


def error_document(error: RunwayFlowError) -> Data:
    """Give what a command prints with `--json` instead of its document when it cannot give that."""
    return {
        "version": VERSION,
        "error": {
            "code": error.code.id,
            "message": redact(error.message),
            "hint": redact(error.hint) if error.hint else None,
            "notes": [redact(note) for note in error.notes],
        },
        "exit": int(error.code.exit),
    }


def _credits(estimate: Estimate) -> Data:
    low = credits_number(estimate.low) if estimate.is_known or estimate.low else None
    high = credits_number(estimate.high) if estimate.is_known or estimate.high else None
    return {"low": low, "high": high}


def _step_data(step: PlannedStep) -> Data:
    return {
        "id": step.id,
        "uses": step.uses,
        "endpoint": step.capability.endpoint,
        "model": step.capability.model,
        "state": step.state.value,
        "why": step.why,
        "credits": _credits(step.estimate),
        "key": step.action.key if step.action else None,
        "needs": list(step.needs),
        "params": describe_params(dict(step.params)),
        "task": step.task,
        "same_as": step.same_as,
    }


def plan_document(plan: Plan) -> Data:
    """Give what `plan --json` prints."""
    return {
        "version": VERSION,
        "flow": plan.flow,
        "has_work": plan.has_work,
        "credits": {
            "low": credits_number(plan.estimate.low),
            "high": credits_number(plan.estimate.high),
            "unknown_steps": plan.unknown_prices,
        },
        "saved_credits": credits_number(plan.saved),
        "spent_credits": credits_number(plan.spent),
        "budget": credits_number(plan.budget) if plan.budget is not None else None,
        "table_date": plan.table_date,
        "seconds": plan.seconds,
        "critical_path": {"steps": list(plan.critical_path), "seconds": plan.critical_seconds},
        "steps": [_step_data(step) for step in plan.steps.values()],
        "diagnostics": [diagnostic_data(item) for item in plan.diagnostics],
    }


def run_data(run: RunRecord) -> Data:
    """Give one run of `runs ls`."""
    return {
        "id": run.run_id,
        "flow": run.flow,
        "path": run.path,
        "realm": run.realm,
        "started_at": timestamp(run.started_at),
        "ended_at": timestamp(run.ended_at) if run.ended_at is not None else None,
        "status": run.status,
        "credits_spent": credits_number(run.spent) if run.spent is not None else None,
    }


def _figures(attempt: Attempt) -> Data:
    """Give what the table said, what the service estimated, and what it charged."""
    return {
        "table": _credits(attempt.intent.estimate),
        "table_date": attempt.intent.table_date or None,
        "estimate": credits_number(attempt.estimated) if attempt.estimated is not None else None,
        "cost": credits_number(attempt.cost) if attempt.cost is not None else None,
    }


def attempt_data(attempt: Attempt) -> Data:
    """Give one attempt of `runs show`."""
    return {
        "step": attempt.intent.step,
        "attempt": attempt.intent.number,
        "endpoint": attempt.intent.endpoint,
        "model": attempt.intent.model,
        "state": attempt.state.value,
        "task": attempt.task,
        "intended_at": timestamp(attempt.intent.intended_at),
        "ended_at": timestamp(attempt.ended_at) if attempt.ended_at is not None else None,
        "credits": credits_number(attempt.cost) if attempt.cost is not None else None,
        "figures": _figures(attempt),
        "failure": redact(attempt.failure) if attempt.failure else None,
        "failure_code": attempt.failure_code,
        "key": attempt.intent.key,
    }
