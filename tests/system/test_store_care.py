"""The store is cleaned up and checked beside runs, as processes of their own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.system.test_interruptions import SLOW, TEASER, paid, wait_for

if TYPE_CHECKING:
    from tests.fakes.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

ALL = ("cache", "gc", "--older-than", "0s")


@pytest.mark.timeout(240)
def test_nothing_is_removed_beside_a_run(workspace: Workspace) -> None:
    """While a run works `gc` ends with 8 and names it; what a killed run has and works on stays.

    After it nothing is paid twice.
    """
    process = workspace.start(*SLOW)
    wait_for(process, "running", 2)
    refused = workspace.run(*ALL)
    assert refused.code == 8
    assert f"error[RF711]: the store is in use by process {process.pid}" in refused.err
    assert f"process {process.pid} works on " in refused.err
    process.kill()
    process.communicate()
    assert workspace.run(*ALL, "--emulate").code == 0
    resumed = workspace.run("run", TEASER, "--emulate", "--json")
    requests = paid(workspace)
    assert len(requests) == len(set(requests))
    assert resumed.summary()["status"] in ("ok", "waiting")


@pytest.mark.timeout(240)
def test_bytes_that_went_are_fetched_again(workspace: Workspace) -> None:
    """Records outlive bytes: after `gc` the same film is there again, and nothing is paid for it."""
    assert workspace.run("run", TEASER, "--emulate", "-q").code == 0
    films = {path.name: path.read_bytes() for path in (workspace.folder / "out").rglob("*.mp4")}
    before = paid(workspace)
    assert workspace.run(*ALL).code == 0
    assert not list((workspace.store / "cas").rglob("?" * 64))
    listed = json.loads(workspace.run("cache", "verify", "--json").out)
    assert listed["sound"]
    assert len(listed["missing"]) == listed["records"]
    again = workspace.run("run", TEASER, "--emulate", "--json", "--out", "again")
    assert again.summary()["credits_spent"] == 0
    assert paid(workspace) == before
    assert {path.name: path.read_bytes() for path in (workspace.folder / "again").rglob("*.mp4")} == films
