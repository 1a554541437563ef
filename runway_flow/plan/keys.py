"""Action keys: what makes two actions the same, as one canonical document and its digest.

The document holds everything that decides what comes back, and nothing else: no ids, names, paths,
accounts, retries, timeouts, budgets, no version of ours or of ffmpeg. A changed key is a broken promise
to whoever paid: golden vectors in `tests/cases/keys` pin it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.kernel.digests import digest_json
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    InlineMedium,
    PinnedMedium,
    RemoteMedium,
)
from runway_flow.plan.action import Action, ActionKey

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.verdict import Verdict

KEY_SCHEMA = 1
"""Counts the meaning of the key document; a change of it re-buys every film."""


def key_document(
    capability: Capability, verdict: Verdict, *, realm: str, api_version: str, take: int, salt: str | None
) -> dict[str, object]:
    """Make the canonical key document of a judged request with every input known."""
    if capability.is_local:
        document: dict[str, object] = {
            "schema": KEY_SCHEMA,
            "operation": capability.endpoint,
            "version": capability.version,
            "options": without_bytes(_with_order(capability, verdict.params)),
        }
    else:
        document = {
            "schema": KEY_SCHEMA,
            "realm": realm,
            "operation": capability.endpoint,
            "model": capability.model,
            "api_version": api_version,
            "request": without_bytes(verdict.request),
            "seed": verdict.params.get("seed"),
            "take": take,
        }
    if salt is not None:
        document["salt"] = salt
    return document


def _with_order(capability: Capability, params: Mapping[str, object]) -> dict[str, object]:
    """Write mappings of any names as pairs: their order decides what comes first in the result."""
    ordered = dict(params)
    for name, value in params.items():
        shape = capability.by_name[name].shape
        if isinstance(value, Mapping) and any(
            each.type is ParamType.MAP for each in (shape, *shape.variants)
        ):
            ordered[name] = [list(pair) for pair in value.items()]
    return ordered


def make_action(capability: Capability, verdict: Verdict, document: Mapping[str, object]) -> Action:
    """Make the action of a key document. Raises `ValueError` for numbers that JSON cannot hold."""
    key = ActionKey(digest_json(document))
    return Action(key, document, capability, verdict.request, verdict.params)


def without_bytes(value: object) -> object:
    """Replace every medium by its content's digest, or by its address where only Runway reads it."""
    if isinstance(value, (Artifact, FileMedium, InlineMedium, PinnedMedium)):
        return {"sha256": value.digest}
    if isinstance(value, RemoteMedium):
        return value.uri
    if isinstance(value, (tuple, list)):
        return [without_bytes(item) for item in value]
    if hasattr(value, "items"):
        return {key: without_bytes(item) for key, item in value.items()}
    return value
