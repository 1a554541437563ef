"""Golden cases of whole plans: what a valid flow expands to, and the plan as programs read it.

`UPDATE_CASES=1` writes them anew; read what changed as a user would.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from runway_flow.plan.lookup import OpenAttempt
from runway_flow.report.json_documents import plan_document
from tests.fakes.flows import FakeLookup, check_text, plan_of

CASES = Path(__file__).resolve().parents[2] / "cases"
VALID = sorted(path.stem for path in (CASES / "ok").glob("plan_*.yaml"))
PLANS = sorted(path.stem for path in (CASES / "plan").glob("*.yaml"))


def compare(path: Path, text: str) -> None:
    """Compare with the golden file, or write it."""
    if os.environ.get("UPDATE_CASES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", VALID)
def test_a_flow_without_faults_has_no_findings(name: str) -> None:
    """Nothing is said about what is right; its instances, what they run and need, are as pinned."""
    text = (CASES / "ok" / f"{name}.yaml").read_text(encoding="utf-8")
    assert check_text(text)[1] == ()
    plan = plan_of(text)
    assert plan.diagnostics == ()
    lines = [
        f"{step.id}: {step.capability.uses}" + "".join(f" < {need}" for need in step.needs)
        for step in plan.steps.values()
    ]
    compare(CASES / "ok" / f"{name}.out", "\n".join(lines) + "\n")


def look_up(text: str, told: dict[str, str]) -> FakeLookup:
    """Make the store that a case tells of: address → stored, lost, in_flight or in_doubt, in turn."""
    lookup = FakeLookup()
    for address, state in told.items():
        action = plan_of(text, lookup).steps[address].action
        assert action is not None
        if state in ("stored", "lost"):
            lookup.keep(action, Decimal(5), address, is_whole=state == "stored")
        else:
            task = "5d1e4f00-0000-4000-8000-000000000000" if state == "in_flight" else None
            lookup.attempts[action.key] = OpenAttempt("a1", task, 0.0, address)
    return lookup


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_as_programs_read_it(name: str) -> None:
    """Keys, states, reasons, credits, needs, parameters of every instance, the sums, the critical path.

    `# address: state` comments at the top of a case say what the store holds.
    """
    text = (CASES / "plan" / f"{name}.yaml").read_text(encoding="utf-8")
    told = dict(line[2:].split(": ") for line in text.split("\n") if line.startswith("# "))
    document = plan_document(plan_of(text, look_up(text, told)))
    compare(CASES / "plan" / f"{name}.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
