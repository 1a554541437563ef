"""Attempts in doubt that no instance of the plan would come upon."""

from __future__ import annotations

from msgspec.structs import replace

from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.engine.recovery import find_doubts
from runway_flow.plan.plan import Plan
from tests.fakes.records import make_intent


def test_a_doubt_that_the_flow_left_behind_is_told() -> None:
    """An intent without an answer, of this flow at this address, is found though no instance has its key."""
    plan = Plan(flow="teaser", path="teaser.yaml", steps={}, run_identity="i", table_date="2026-10-23")
    intent = replace(make_intent(), document='{"realm": "runway"}', flow="teaser")
    doubt = Attempt(intent, AttemptState.INTENDED, None)
    submitted = Attempt(intent, AttemptState.SUBMITTED, "task-1")
    assert find_doubts([doubt, submitted], plan, realm="runway") == (doubt,)
    assert find_doubts([doubt], plan, realm="local") == ()
