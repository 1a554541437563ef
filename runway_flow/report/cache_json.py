"""The JSON forms of what `cache` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from runway_flow.kernel.amounts import credits_number
from runway_flow.kernel.redaction import redact
from runway_flow.report.json_documents import VERSION, Data, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.engine.inventory import KeptResult, Pruning, Transfer, Use, Verification
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import Artifact

Has = Callable[["Digest"], bool]
"""Whether the bytes are here."""


def list_document(results: Iterable[KeptResult], has: Has) -> Data:
    """Give what `cache ls --json` prints."""
    return {"version": VERSION, "results": [result_data(kept, has) for kept in results]}


def details_document(kept: KeptResult, has: Has, earlier: int) -> Data:
    """Give what `cache show --json` prints; `earlier` counts records of the key that no longer count."""
    details = {**result_data(kept, has), "document": kept.result.document, "earlier_results": earlier}
    return {"version": VERSION, "result": details}


def result_data(kept: KeptResult, has: Has) -> Data:
    """Give one result."""
    result = kept.result
    outputs = [_output_data(one, has) for one in result.outputs]
    return {
        "key": result.key,
        "operation": result.document.get("operation"),
        "model": result.document.get("model"),
        "realm": kept.realm,
        "created_at": timestamp(result.created_at),
        "task": result.task,
        "credits": credits_number(result.credits),
        "tool": result.tool,
        "bytes": sum(one.facts.bytes for one in result.outputs),
        "whole": all(has(one.digest) for one in result.outputs),
        "outputs": outputs,
        "uses": _uses(kept.uses),
    }


def _output_data(artifact: Artifact, has: Has) -> Data:
    return {"sha256": artifact.digest, **asdict(artifact.facts), "here": has(artifact.digest)}


def _uses(uses: Iterable[Use]) -> list[Data]:
    return [{"flow": use.flow, "step": use.step} for use in uses]


def verification_document(found: Verification) -> Data:
    """Give what `cache verify --json` prints."""
    return {
        "version": VERSION,
        "sound": not found.damaged,
        "blobs": found.blobs,
        "bytes": found.bytes,
        "records": found.records,
        "attempts": found.attempts,
        "damaged": [
            {"what": one.what, "name": one.name, "problem": redact(one.problem), "aside": one.aside}
            for one in found.damaged
        ],
        "missing": [
            {"sha256": one.digest, "keys": list(one.keys), "uses": _uses(one.uses)} for one in found.missing
        ],
    }


def pruning_document(done: Pruning) -> Data:
    """Give what `cache gc --json` prints."""
    return {
        "version": VERSION,
        "dry_run": done.is_dry,
        "removed": {
            "blobs": len(done.blobs),
            "bytes": done.bytes,
            "drafts": done.drafts,
            "quarantined": done.quarantined,
        },
        "kept": {"blobs": done.kept_blobs, "bytes": done.kept_bytes, "held_bytes": done.held_bytes},
        "over": done.is_over,
        "blobs": [
            {"sha256": one.digest, "bytes": one.bytes, "named": one.is_named, "paid": one.is_paid}
            for one in done.blobs
        ],
    }


def transfer_document(path: str, done: Transfer) -> Data:
    """Give what `cache export --json` and `cache import --json` print."""
    return {
        "version": VERSION,
        "file": path,
        "records": done.records,
        "known_records": done.known,
        "blobs": done.blobs,
        "bytes": done.bytes,
        "missing_blobs": done.missing,
    }
