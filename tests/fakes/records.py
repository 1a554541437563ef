"""Records as a store is given them: results, intents, owners, runs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.engine.attempts import Intent
from runway_flow.engine.inventory import KeptResult, Use
from runway_flow.engine.records import Owner, RunRecord
from runway_flow.kernel.amounts import Estimate
from runway_flow.kernel.digests import canonical_json, digest_bytes, digest_json
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.plan.action import ActionKey, ActionResult

if TYPE_CHECKING:
    from runway_flow.engine.ports import StateStore

NOW = 1_700_000_000.0
VIDEO = MediaFacts(MediaKind.VIDEO, "video/mp4", 1234, 1280, 720, 5.0, 24.0, has_audio=False)
SOUND = MediaFacts(MediaKind.AUDIO, "audio/mpeg", 99)
RUN = RunRecord("r1", "identity", "teaser", "flows/teaser.yaml", "runway", NOW)


def key_of(text: str) -> ActionKey:
    """Make an action key."""
    return ActionKey(digest_bytes(text.encode()))


def make_result(name: str = "clip", *contents: bytes, task: str | None = "task-1") -> ActionResult:
    """Make a result with an output for each content."""
    outputs = tuple(Artifact(digest_bytes(content), VIDEO) for content in contents or (b"film",))
    document: dict[str, object] = {"realm": "runway", "request": {"promptText": name, "ratio": "16:9"}}
    return ActionResult(key_of(name), document, outputs, NOW, task, Decimal("60.5"))


def make_intent(
    attempt_id: str = "a1", name: str = "clip", step: str = "clip[wide]", high: str = "60"
) -> Intent:
    """Make an intent of the run `r1`."""
    estimate = Estimate(Decimal(1), Decimal(high))
    key, document = key_of(name), canonical_json({"request": name})
    return Intent(
        attempt_id, key, "r1", "teaser", step, "image_to_video", "gen4.5", 1, estimate, NOW, document
    )


def owner(token: str, pid: int = 1) -> Owner:
    """Make an owner of leases."""
    return Owner(pid, "started at boot + 5", token)


def intend(state: StateStore, intent: Intent, *limits: tuple[str, int]) -> bool:
    """Intend under limits in whole credits."""
    exact = tuple((scope, Decimal(amount)) for scope, amount in limits)
    return state.intend(intent, exact, may_be_unknown=False)


def make_kept(name: str = "clip", *contents: bytes, step: str = "clip", **changes: object) -> KeptResult:
    """Make a listed result whose key is that of its document, as a flow's step has it."""
    given = contents or (f"film of {name}".encode(),)
    outputs = tuple(Artifact(digest_bytes(one), replace(VIDEO, bytes=len(one))) for one in given)
    document = {
        "schema": 1,
        "realm": "runway",
        "operation": "image_to_video",
        "request": {"promptText": name},
    }
    result = replace(
        make_result(name), key=ActionKey(digest_json(document)), document=document, outputs=outputs
    )
    return KeptResult(0, replace(result, **changes), (Use("teaser", step),))
