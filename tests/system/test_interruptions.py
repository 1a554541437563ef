"""Runs that are ended from outside: what was paid is collected, and nothing is paid twice."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from tests.fakes.workspace import Workspace

TEASER = "flows/teaser.yaml"
SLOW = ("run", TEASER, "--emulate", "--speed", "20", "--json")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def wait_for(process: subprocess.Popen[str], state: str, count: int = 1) -> None:
    """Read events until so many instances have reached a state."""
    seen = set()
    for line in process.stdout or ():
        event = json.loads(line)
        if event.get("type") == "step" and event["state"] == state:
            seen.add(event["step"])
        if len(seen) >= count:
            return
    raise AssertionError(
        f"the run ended before {count} were {state}: {process.stderr and process.stderr.read()}"
    )


def paid(workspace: Workspace) -> list[object]:
    """Give the digests of the requests that were billed, one for each task."""
    tasks = {line["task"] for line in workspace.ledger("billed")}
    return [line["request"] for line in workspace.ledger("post") if line.get("task") in tasks]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("state", "count"), [("submitted", 1), ("running", 2), ("done", 1)])
def test_a_killed_run_is_continued_without_paying_twice(workspace: Workspace, state: str, count: int) -> None:
    """After kill -9 the same command collects what was submitted; each request is billed once.

    A request that had no answer at that moment is in doubt: it is named, and not submitted again.
    """
    process = workspace.start(*SLOW)
    wait_for(process, state, count)
    process.kill()
    process.communicate()
    resumed = workspace.run("run", TEASER, "--emulate", "--speed", "100", "--json")
    plan = next(line for line in resumed.documents() if line["type"] == "plan")
    assert plan["continues"] is True
    requests = paid(workspace)
    assert len(requests) == len(set(requests))
    doubts = resumed.steps("in_doubt")
    if not doubts:
        assert resumed.code == 0, resumed.err
        assert len(requests) == 7
        return
    assert resumed.code == 9, resumed.err
    assert resumed.summary()["in_doubt"] == len(doubts)
    for step in doubts:
        assert f"error[RF611]: {step}:" in resumed.err


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_what_goes_on(workspace: Workspace, number: int, code: int) -> None:
    """A first signal ends the run in order; its summary names the tasks that go on, as paid."""
    process = workspace.start(*SLOW)
    wait_for(process, "running", 1)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    summary = json.loads(out.splitlines()[-1])
    assert summary["status"] == "interrupted"
    assert summary["exit"] == code
    assert summary["remote"]
    resumed = workspace.run("run", TEASER, "--emulate", "--json")
    assert resumed.code == 0, resumed.err
    requests = paid(workspace)
    assert len(requests) == len(set(requests)) == 7
    assert summary["credits_spent"] > 0
    assert summary["credits_spent"] + resumed.summary()["credits_spent"] == 124


@pytest.mark.timeout(240)
def test_two_processes_pay_each_action_once(workspace: Workspace) -> None:
    """Two runs of one flow at once share every action, and both get the film."""
    first = workspace.start("run", TEASER, "--emulate", "--json", "--out", "out1")
    second = workspace.start("run", TEASER, "--emulate", "--json", "--out", "out2")
    ended = [process.communicate(timeout=120) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), [err for _, err in ended]
    films = [workspace.folder / name / "lamp-teaser" / "film.mp4" for name in ("out1", "out2")]
    assert films[0].read_bytes() == films[1].read_bytes()
    requests = paid(workspace)
    assert len(requests) == len(set(requests)) == 7


def test_a_refused_prompt_fails_its_branch_only(workspace: Workspace) -> None:
    """A moderated step fails with its code and place; what does not need it is done; exit 1."""
    workspace.edit("teaser.yaml", "move: Slow push in", 'move: "Push [emulate:fail=SAFETY.INPUT.TEXT]"')
    ended = workspace.run("run", TEASER, "--emulate", "--progress", "plain")
    assert ended.code == 1
    assert "RF521" in ended.err
    assert "SAFETY.INPUT.TEXT" in ended.err
    assert "teaser.yaml:" in ended.err
    posts = len(workspace.ledger("post"))
    again = workspace.run("run", TEASER, "--emulate", "--json")
    assert again.code == 1
    assert again.summary()["stored"] == 6
    assert len(workspace.ledger("post")) == posts
    assert "refused the same request before" in again.err


def test_a_budget_stops_before_the_first_credit(workspace: Workspace) -> None:
    """A plan above the budget is refused with exit 5, and nothing is submitted."""
    ended = workspace.run("run", TEASER, "--emulate", "--budget", "50")
    assert ended.code == 5
    assert "RF431" in ended.err
    assert not workspace.ledger()
