"""Flows from text, and the ports that check and plan read, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.outputs import output_count, output_kind
from runway_flow.check.checker import check_flow
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import has_errors
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import Artifact, FileMedium, MediaFacts, MediaKind
from runway_flow.plan.action import ActionResult
from runway_flow.plan.lookup import Hold, OpenAttempt, StoredResult
from runway_flow.plan.planner import make_plan
from runway_flow.plan.settings import PlanSettings
from runway_flow.spec.builder import build_flow
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.reader import read_document
from runway_flow.spec.structure import check_structure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.catalog import Catalog
    from runway_flow.check.checked_flow import CheckedFlow
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.action import Action, ActionKey
    from runway_flow.plan.plan import Plan
    from runway_flow.plan.planner import Planned
    from runway_flow.spec.flow import Flow

PATH = "flow.yaml"
IMAGE = MediaFacts(MediaKind.IMAGE, "image/png", 1000, width=1280, height=720)
VIDEO = MediaFacts(
    MediaKind.VIDEO, "video/mp4", 5000, width=1280, height=720, duration=5.0, fps=24.0, has_audio=False
)
AUDIO = MediaFacts(MediaKind.AUDIO, "audio/mpeg", 3000, duration=4.0)
FACTS = {MediaKind.IMAGE: IMAGE, MediaKind.VIDEO: VIDEO, MediaKind.AUDIO: AUDIO}
_BY_ENDING = {"png": IMAGE, "jpg": IMAGE, "mp4": VIDEO, "mp3": AUDIO}


@dataclass
class FakeFiles:
    """Files that are what their ending says; those whose name has `missing` in it are not there."""

    def find(self, path: str) -> FileMedium | FileProblem:
        """Give what a file is."""
        facts = _BY_ENDING.get(path.rpartition(".")[2])
        if "missing" in path or facts is None:
            return FileProblem(codes.FILE_UNREADABLE, f"{path} does not exist")
        return FileMedium(path, digest_bytes(path.encode()), facts)


@dataclass
class FakeLookup:
    """A store as the planner reads it."""

    results: dict[ActionKey, StoredResult] = field(default_factory=dict)
    attempts: dict[ActionKey, OpenAttempt] = field(default_factory=dict)
    documents: dict[str, Mapping[str, object]] = field(default_factory=dict)
    holds: dict[ActionKey, Hold] = field(default_factory=dict)

    def find_result(self, key: ActionKey) -> StoredResult | None:
        """Give a kept result."""
        return self.results.get(key)

    def find_open_attempt(self, key: ActionKey) -> OpenAttempt | None:
        """Give an attempt in flight or in doubt."""
        return self.attempts.get(key)

    def find_hold(self, key: ActionKey) -> Hold | None:
        """Give what forbids another attempt."""
        return self.holds.get(key)

    def find_last_document(self, flow: str, step: str) -> Mapping[str, object] | None:
        """Give what an instance last was."""
        del flow
        return self.documents.get(step)

    def keep(
        self, action: Action, credits_: Credits, step: str = "", *, is_whole: bool = True
    ) -> ActionResult:
        """Keep a made-up result of an action."""
        result = invent_result(action, credits_)
        self.results[action.key] = StoredResult(result, is_whole)
        self.documents[step] = action.document
        return result


def invent_result(action: Action, credits_: Credits) -> ActionResult:
    """Make a result with as many artifacts as are asked for, of the kind that comes of the parameters."""
    kind = output_kind(action.capability, action.params) or action.capability.output.kind
    count = output_count(action.capability, action.params) or 1
    names = [action.key, *(f"{action.key}#{at}" for at in range(1, count))]
    artifacts = tuple(Artifact(digest_bytes(name.encode()), FACTS[kind]) for name in names)
    task = None if action.is_local else f"task-{action.key[:6]}"
    return ActionResult(action.key, action.document, artifacts, 0.0, task=task, credits=credits_)


def read_flow(text: str, path: str = PATH) -> tuple[Flow | None, tuple[Diagnostic, ...]]:
    """Read and build a flow from text, as the facade does."""
    document, found = read_document(text, path)
    if document is None:
        return None, found
    structural = (*found, *check_structure(document))
    if has_errors(structural):
        return None, structural
    flow, built = build_flow(document)
    return flow, (*structural, *built)


def check_text(
    text: str, catalog: Catalog | None = None
) -> tuple[CheckedFlow | None, tuple[Diagnostic, ...]]:
    """Check a flow given as text, by the shipped table unless told otherwise; it must be well formed."""
    flow, found = read_flow(text)
    assert flow is not None, found
    return check_flow(flow, catalog or load_catalog(), FakeFiles())


def plan_text(
    text: str,
    inputs: Mapping[str, object] | None = None,
    lookup: FakeLookup | None = None,
    settings: PlanSettings | None = None,
    catalog: Catalog | None = None,
) -> Planned:
    """Plan a flow given as text; it must pass the check. `inputs` go before the defaults of the flow."""
    checked, found = check_text(text, catalog)
    assert checked is not None, [item.message for item in found]
    values, _ = resolve_inputs(checked.flow, {}, _no_file, is_complete=False)
    return make_plan(
        checked,
        {**values, **(inputs or {})},
        lookup=lookup or FakeLookup(),
        files=FakeFiles(),
        settings=settings or PlanSettings("runway"),
    )


def _no_file(path: str) -> FileProblem:
    return FileProblem(codes.FILE_UNREADABLE, f"{path} does not exist")


STILL = "uses: gen4_image, with: {ratio: 1280:720, prompt_text: A lamp}"
"""The keys of a step that needs nothing: `still: {STILL}`."""


def flow_of(steps: str, head: str = "") -> str:
    """Write a flow around its steps, which are given without indentation."""
    indented = "".join(f"  {line}\n" for line in dedent(steps).strip("\n").split("\n"))
    return f"version: 1\nname: film\n{dedent(head).strip()}\nsteps:\n{indented}"


def plan_of(
    text: str,
    lookup: FakeLookup | None = None,
    settings: PlanSettings | None = None,
    inputs: Mapping[str, object] | None = None,
) -> Plan:
    """Plan a flow that must be valid."""
    made = plan_text(text, inputs, lookup, settings)
    assert made.plan is not None, [item.message for item in made.diagnostics]
    return made.plan


def refusals_of(text: str, inputs: Mapping[str, object] | None = None) -> tuple[Diagnostic, ...]:
    """Give the errors of a flow that has some, from the check or else from the plan."""
    checked, found = check_text(text)
    if checked is not None:
        planned = plan_text(text, inputs)
        assert planned.plan is None
        found = planned.diagnostics
    return tuple(item for item in found if item.is_error)


def pointed_at(text: str, found: Diagnostic) -> str:
    """Give the text that a finding of one line points at."""
    assert found.span is not None
    assert found.span.line == found.span.end_line
    return text.split("\n")[found.span.line - 1][found.span.column - 1 : found.span.end_column - 1]


def stored_through(text: str, *addresses: str, lookup: FakeLookup | None = None) -> FakeLookup:
    """Give a store that has a result for some instances, in the order in which they become known."""
    lookup = lookup or FakeLookup()
    for address in addresses:
        action = plan_of(text, lookup).steps[address].action
        assert action is not None, f"{address} is not known yet"
        lookup.keep(action, Decimal(5), address)
    return lookup


def params_of(text: str, address: str, lookup: FakeLookup | None = None) -> Mapping[str, object]:
    """Give the canonical parameters of one instance of a valid flow."""
    return plan_of(text, lookup).steps[address].params
