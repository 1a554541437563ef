"""The JSON forms of what the user decides about attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import credits_number
from runway_flow.kernel.redaction import redact
from runway_flow.report.json_documents import VERSION, Data, attempt_data, timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.resolution import Cancelled, Evidence
    from runway_flow.plan.action import ActionResult


def open_attempt_data(found: Evidence) -> Data:
    """Give an attempt that asks for a decision, with where it comes from."""
    intent = found.attempt.intent
    return {
        "id": intent.attempt_id,
        "flow": intent.flow,
        "run": intent.run_id,
        "path": found.run.path if found.run is not None else None,
        "realm": found.realm,
        "in_doubt": found.is_in_doubt,
        **attempt_data(found.attempt),
    }


def open_attempts_document(found: Sequence[Evidence]) -> Data:
    """Give what `runs resolve --json` prints without a step."""
    return {"version": VERSION, "open": [open_attempt_data(one) for one in found]}


def evidence_document(found: Sequence[Evidence]) -> Data:
    """Give what `runs resolve STEP --json` prints: each attempt with what the account says now."""
    return {"version": VERSION, "evidence": [_evidence(one) for one in found]}


def _evidence(found: Evidence) -> Data:
    account: Data | None = None
    if found.account is not None:
        model = found.attempt.intent.model
        pool = found.account.pools.get(model) if model is not None else None
        balance = found.account.balance
        account = {
            "asked_at": timestamp(found.at),
            "balance": None if balance is None else credits_number(balance),
            "daily_generations": None if pool is None else pool.used_today,
            "daily_limit": None if pool is None else pool.daily,
        }
    unasked = redact(found.unasked) if found.unasked else None
    return {**open_attempt_data(found), "account": account, "account_not_asked": unasked}


def resolved_document(
    attempt: Attempt, how: str, *, task: str | None = None, state: str | None = None
) -> Data:
    """Give what a decision prints; `state` is the service's of an adopted task."""
    intent = attempt.intent
    return {
        "version": VERSION,
        "resolved": {
            "id": intent.attempt_id,
            "step": intent.step,
            "flow": intent.flow,
            "run": intent.run_id,
            "how": how,
            "task": task,
            "task_state": state,
        },
    }


def cancelled_document(found: Sequence[Cancelled]) -> Data:
    """Give what `runs cancel --json` prints."""
    return {
        "version": VERSION,
        "cancelled": [
            {
                "step": one.attempt.intent.step,
                "flow": one.attempt.intent.flow,
                "run": one.attempt.intent.run_id,
                "task": one.attempt.task,
                "how": one.fate.value,
                "was": one.was.value,
                "credits": None if one.cost is None else credits_number(one.cost),
            }
            for one in found
        ],
    }


def bound_document(flow: str, step: str, result: ActionResult) -> Data:
    """Give what `runs adopt --json` prints."""
    return {
        "version": VERSION,
        "adopted": {
            "flow": flow,
            "step": step,
            "key": result.key,
            "task": result.task,
            "credits": credits_number(result.credits),
            "outputs": [
                {
                    "sha256": one.digest,
                    "media_type": one.facts.media_type,
                    "bytes": one.facts.bytes,
                }
                for one in result.outputs
            ],
        },
    }
