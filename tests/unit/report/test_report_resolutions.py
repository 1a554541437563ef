"""Attempts that the user decides about, as people and programs read them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.engine.resolution import CancelFate, Cancelled, Evidence
from runway_flow.engine.service import Account, PoolLimits, TaskState
from runway_flow.report.resolutions_json import (
    cancelled_document,
    evidence_document,
    open_attempts_document,
    resolved_document,
)
from runway_flow.report.resolutions_text import (
    adopted_text,
    render_cancelled,
    render_evidence,
    render_open,
)
from runway_flow.report.terminal import Terminal
from tests.fakes.records import NOW, RUN, make_intent
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "runway-flow runs resolve 'clip[wide]'"
INTENT = replace(make_intent(), document='{"realm": "runway"}', table_date="2026-10-23")
DOUBT = Attempt(INTENT, AttemptState.INTENDED, reserved=Decimal(60), failure="the API answered 502")
ACCOUNT = Account(Decimal(1234), {"gen4.5": PoolLimits(3, 200, 14)})


@pytest.fixture(autouse=True)
def clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in the zone of UTC: times are shown in its own."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def evidence(attempt: Attempt = DOUBT, **fields: Any) -> Evidence:  # noqa: ANN401 - whatever fields it has
    """Give what is known of an attempt, two minutes after it was sent."""
    return replace(Evidence(attempt, NOW + 120, RUN, ACCOUNT), **fields)


def test_the_evidence_of_a_doubt() -> None:
    """When, where to, what, why, what the account has now, where to look, and the three ways to decide."""
    assert render_evidence(evidence(), Terminal(120), COMMAND) == (
        "clip[wide] of teaser is in doubt: it was sent, and what became of it is not known\n"
        "  sent      2023-11-14 22:13:20 UTC, 2 min ago\n"
        "  to        runway\n"
        "  what      gen4.5 (image_to_video), 1–60 credits, by the table of 2026-10-23\n"
        "  run       r1, flows/teaser.yaml\n"
        "  attempt   a1, number 1 of its action\n"
        "  why       the API answered 502\n"
        "  account   1234 credits left now; 14 of 200 generations of gen4.5 in the last 24 h\n"
        "  look at   the developer portal, Manage → Request History, at that minute: "
        "it lists tasks with their ids\n"
        "\n"
        "A task was made there:   runway-flow runs resolve 'clip[wide]' --task ID\n"
        "None was, or pay again:  runway-flow runs resolve 'clip[wide]' --resubmit\n"
        "Go without it:           runway-flow runs resolve 'clip[wide]' --drop\n"
    )


def test_the_evidence_of_what_is_held_back() -> None:
    """What it cost and what the service said; one way to decide."""
    refused = replace(
        DOUBT,
        state=AttemptState.FAILED,
        task="t1",
        cost=Decimal(12),
        failure="No.",
        failure_code="SAFETY.INPUT.TEXT",
    )
    shown = render_evidence(evidence(refused, run=None), Terminal(120), COMMAND)
    assert shown.startswith("clip[wide] of teaser is not submitted: it was refused by moderation\n")
    assert "  task      t1, 12 credits charged\n  why       SAFETY.INPUT.TEXT No.\n" in shown
    assert shown.endswith(
        "\n\nLet the next run pay again:  runway-flow runs resolve 'clip[wide]' --resubmit\n"
    )
    dropped = replace(DOUBT, state=AttemptState.DROPPED, failure=None)
    assert "it was dropped" in render_evidence(evidence(dropped), Terminal(), COMMAND)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"account": None, "unasked": "there is no API key"}, "not asked: there is no API key"),
        ({"account": Account(None, {})}, "the API says nothing of balance and generations"),
        ({"account": Account(Decimal(5), {"gen4.5": PoolLimits()})}, "account   5 credits left now\n"),
        ({"account": Account(None, {"gen4.5": PoolLimits(used_today=2)})}, "   2 generations of gen4.5"),
    ],
)
def test_what_the_account_says(fields: dict[str, Any], said: str) -> None:
    """As much as it states, or why it was not asked."""
    assert said in render_evidence(evidence(**fields), Terminal(120), COMMAND)


def test_long_evidence_wraps_below_its_label() -> None:
    """On a narrow screen, ids stay whole, and nothing from outside steers the terminal."""
    nasty = replace(DOUBT, failure="it broke \x1b[31m " + "very " * 30)
    shown = render_evidence(evidence(nasty), Terminal(60), COMMAND)
    assert "\x1b" not in shown
    assert "\n            very" in shown


def test_an_endpoint_without_a_model_and_a_cut_off_process() -> None:
    """The endpoint names it; without a reason the process was cut off."""
    plain = replace(DOUBT, intent=replace(INTENT, model=None, table_date=""), failure=None)
    shown = render_evidence(evidence(plain), Terminal(120), COMMAND)
    assert "  what      image_to_video, 1–60 credits\n" in shown
    assert "the process ended before an answer was written down" in shown
    local = replace(DOUBT, intent=replace(INTENT, document='{"realm": "local"}'))
    assert "the emulator's ledger" in render_evidence(evidence(local), Terminal(120), COMMAND)


def test_a_list_of_what_is_open() -> None:
    """A line each, and the command that shows one."""
    shown = render_open([evidence()], Terminal(120), "runway-flow runs resolve")
    assert shown == (
        "step        flow    state     model   sent              where   credits\n"
        "clip[wide]  teaser  in doubt  gen4.5  2023-11-14 22:13  runway     1–60\n"
        "\n"
        "Show the evidence, and decide:  runway-flow runs resolve STEP\n"
    )
    assert render_open([], Terminal(), COMMAND) == "nothing is in doubt, and nothing is held back\n"


@pytest.mark.parametrize(
    ("state", "said"),
    [(TaskState.RUNNING, "the next run of the flow collects it"), (TaskState.FAILED, "writes that down")],
)
def test_what_comes_after_an_adoption(state: TaskState, said: str) -> None:
    """A task that failed is no result."""
    assert said in adopted_text(DOUBT, "t1", state)


FLYING = replace(DOUBT, state=AttemptState.SUBMITTED, task="t1")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Cancelled(FLYING, CancelFate.FINISHED, TaskState.SUCCEEDED),
            "is done already, and was left as it is; the next run collects it",
        ),
        (Cancelled(FLYING, CancelFate.FINISHED, TaskState.FAILED), "has failed already"),
        (
            Cancelled(FLYING, CancelFate.CANCELLED, TaskState.RUNNING, Decimal(60)),
            "is cancelled, 60 credits charged",
        ),
        (
            Cancelled(FLYING, CancelFate.CANCELLED, TaskState.RUNNING),
            "is cancelled (running, so not refunded); 60 credits counted as spent",
        ),
        (
            Cancelled(
                replace(FLYING, reserved=None), CancelFate.CANCELLED, TaskState.PENDING, is_noted=False
            ),
            "(perhaps refunded: the API does not say); its estimate counted as spent; the run that",
        ),
    ],
)
def test_what_became_of_a_task_that_was_to_be_cancelled(found: Cancelled, said: str) -> None:
    """Cancelled at which cost, or left because it had ended."""
    assert said in render_cancelled([found], Terminal(200))
    assert faults(cancelled_document([found]), "cancelled") == []


def test_the_json_forms() -> None:
    """Every document is what the schema says, with an account and without."""
    both = [evidence(), evidence(account=None, run=None, unasked="no key")]
    assert faults(open_attempts_document(both), "open_attempts") == []
    document = evidence_document(
        [
            *both,
            evidence(account=Account(None, {})),
            evidence(replace(DOUBT, intent=replace(INTENT, model=None))),
        ]
    )
    assert faults(document, "evidence") == []
    for how in ("task", "resubmit", "drop"):
        assert faults(resolved_document(DOUBT, how, task="t", state="RUNNING"), "resolved") == []
