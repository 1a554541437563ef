"""Whole runs against a service that misbehaves when it is asked to make something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from runway_flow.engine.attempts import AttemptState
from runway_flow.store.opening import open_store
from runway_flow.store.presence import presence
from tests.fakes.faulty_runway import Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.whole_runs import STILL, Runs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OK_ID = b'{"id": "17f20503-6c24-4c16-946b-35dbbce2af2f"}'
JSON = (("Content-Type", "application/json"),)

AMBIGUOUS = {
    "never answers": Reply(hangs=True),
    "resets the connection": Reply(resets=True),
    "breaks off in the answer": Reply(200, OK_ID, JSON, cut=12),
    "resets in the answer": Reply(200, OK_ID, JSON, cut=12, resets=True),
    "a byte at a time": Reply(200, OK_ID, JSON, pause_s=0.05),
    "500": json_reply({"error": "Internal error"}, 500),
    "502": Reply(502, b"<html>Bad gateway</html>", (("Content-Type", "text/html"),)),
    "504": json_reply({"error": "overloaded"}, 504),
    "408": json_reply({"error": "timeout"}, 408),
    "409": json_reply({"error": "conflict"}, 409),
    "redirects": Reply(307, b"", (("Location", "/elsewhere"),)),
    "a portal": Reply(200, b"<html>Welcome</html>", (("Content-Type", "text/html"),)),
    "no id": json_reply({"status": "ok"}),
    "an id that is none": json_reply({"id": "../../etc"}),
    "a list": json_reply([1]),
    "nothing": Reply(200, b"", JSON),
}


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API that does as it is told."""
    async with FakeServer() as server:
        yield FaultyRunway(server)


@pytest.fixture
def runs(api: FaultyRunway, tmp_path: Path) -> Runs:
    """Give runs against that API."""
    return Runs(tmp_path, api.server.url)


@pytest.mark.parametrize("reply", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_a_lost_answer_is_in_doubt_and_never_submitted_again(
    api: FaultyRunway, runs: Runs, reply: Reply
) -> None:
    """Exit 9 names the step; the same command again submits nothing and says the same."""
    api.creates.append(Create(reply, makes=True))
    first = await runs.run()
    assert (first.exit, first.codes) == (9, ["RF611"])
    assert first.summary.in_doubt == 1
    assert "still" in first.told
    assert api.posts == 1
    (attempt,) = first.open_attempts
    assert attempt.intent.attempt_id in first.told
    assert attempt.failure
    assert attempt.failure in first.told
    again = await runs.run()
    assert (again.exit, again.codes) == (9, ["RF611"])
    assert again.summary.in_doubt == 1
    assert attempt.intent.attempt_id in again.told
    assert api.posts == 1
    assert api.server.count("POST", "/elsewhere") == 0


async def test_what_does_not_need_the_doubtful_step_is_done(api: FaultyRunway, runs: Runs) -> None:
    """A step in doubt blocks those that need it, and nobody else."""
    flow = STILL.replace("outputs:", MORE_STEPS + "outputs:")
    api.creates.append(Create(Reply(resets=True), makes=True))
    ran = await runs.run(flow)
    assert ran.exit == 9
    ends = {step: ran.states(step)[-1] for step in ("still", "other", "above")}
    assert sorted(ends[name] for name in ("still", "other")) == ["done", "in_doubt"]
    assert ends["above"] == ("blocked" if ends["still"] == "in_doubt" else "done")
    assert ran.summary.ran >= 1


MORE_STEPS = """\
  other:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: Another lamp}
  above:
    uses: gen4_image
    with:
      ratio: 1280:720
      prompt_text: A lamp from above
      reference_images: {lamp: "${{ steps.still.output }}"}
"""


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_is_asked_again_and_makes_one_task(
    api: FaultyRunway, runs: Runs, status: int
) -> None:
    """What the service refused it is asked for again when it said; one task comes of it."""
    busy = json_reply({"error": "busy"}, status, Retry_After="0.05")
    api.creates.extend([Create(busy), Create(busy)])
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (0, [])
    assert api.posts == 3
    assert len(api.made) == 1
    assert "waiting" in ran.states("still")
    assert any(str(status) in note and "tried again in" in note for note in ran.notes("still"))


async def test_no_connection_is_tried_again(api: FaultyRunway, runs: Runs) -> None:
    """Where nothing listens nothing was sent: exit 7, nothing in doubt, and the next run goes on."""
    dead = Runs(runs.folder, "http://127.0.0.1:9")
    first = await dead.run()
    assert (first.exit, first.codes) == (7, ["RF512"])
    assert not first.open_attempts
    again = await runs.run()
    assert again.exit == 0
    assert len(api.made) == 1


@pytest.mark.parametrize(("status", "code"), [(503, "RF512"), (429, "RF511")])
async def test_a_service_that_stays_busy_ends_the_run(
    api: FaultyRunway, runs: Runs, status: int, code: str
) -> None:
    """Exit 7 once patience is over; nothing is open, nothing was spent; the same command goes on."""
    api.creates.extend([Create(json_reply({"error": "busy"}, status))] * 1000)
    first = await runs.run()
    assert first.exit == 7
    assert set(first.codes) & {code, "RF511"}
    assert not first.open_attempts
    assert first.summary.spent == 0
    assert first.summary.not_run == 1
    api.creates.clear()
    again = await runs.run()
    assert again.exit == 0
    assert len(api.made) == 1


async def test_a_wait_longer_than_our_patience_is_not_waited(api: FaultyRunway, runs: Runs) -> None:
    """A service that asks to be left alone for longer than the run has patience ends it now."""
    api.creates.append(Create(json_reply({"error": "busy"}, 429, Retry_After="86400")))
    ran = await runs.run()
    assert ran.exit == 7
    assert api.posts == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_ends_the_run(api: FaultyRunway, runs: Runs, status: int) -> None:
    """Exit 4, said once for the whole run; nothing more is submitted."""
    flow = STILL.replace("outputs:", MORE_STEPS + "outputs:")
    api.creates.extend([Create(json_reply({"error": "Unauthorized"}, status))] * 9)
    ran = await runs.run(flow)
    assert ran.exit == 4
    assert set(ran.codes) == {"RF502"}
    assert api.posts <= 2
    assert not ran.open_attempts


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"error": "You do not have enough credits to run this task."}, 400),
        json_reply({"error": "Payment required"}, 402),
    ],
)
async def test_an_empty_account_ends_the_run(api: FaultyRunway, runs: Runs, reply: Reply) -> None:
    """Exit 5; nothing is open; once there are credits the same command goes on."""
    api.creates.append(Create(reply))
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (5, ["RF503"])
    assert not ran.open_attempts
    assert (await runs.run()).exit == 0


@pytest.mark.parametrize("status", [400, 404, 405, 422])
async def test_a_refused_request_fails_its_step(api: FaultyRunway, runs: Runs, status: int) -> None:
    """Exit 1, nothing in doubt, submitted once; the journal says that it was rejected."""
    api.creates.append(Create(json_reply({"error": "Validation of body failed"}, status)))
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (1, ["RF522"])
    assert api.posts == 1
    assert not ran.open_attempts


async def test_a_refusal_points_at_the_parameter(api: FaultyRunway, runs: Runs) -> None:
    """Issues of the API are shown by the author's names, at the place of the first one."""
    issues = [
        {"code": "custom", "path": ["ratio"], "message": "not today"},
        {"code": "custom", "path": ["promptText"], "message": "too dull"},
    ]
    body = {"error": "Validation of body failed", "issues": issues}
    api.creates.append(Create(json_reply(body, 400)))
    ran = await runs.run()
    (found,) = ran.found
    assert found.notes[:2] == ("`ratio`: not today", "`prompt_text`: too dull")
    assert found.span is not None
    assert (found.span.line, found.span.column) == (7, 14)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hangs=True),
        Reply(resets=True),
        json_reply({"error": "no"}, 500),
        Reply(200, b"<html>", (("Content-Type", "text/html"),)),
        json_reply({"error": "no"}, 404),
    ],
)
async def test_limits_that_are_not_known_stop_nothing(api: FaultyRunway, runs: Runs, reply: Reply) -> None:
    """An account that cannot be asked costs a warning, no run."""
    api.accounts.append(reply)
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (0, [])
    assert any(not item.is_error and "limits are not known" in item.message for item in ran.found)


async def test_a_lost_answer_counts_against_the_budget(api: FaultyRunway, runs: Runs) -> None:
    """What may have been paid stays reserved: a second step is not covered by what is left."""
    flow = STILL.replace("steps:", "budget: 6\nsteps:").replace("outputs:", MORE_STEPS + "outputs:")
    api.creates.append(Create(Reply(resets=True), makes=True))
    ran = await runs.run(flow)
    assert ran.exit == 9
    assert api.posts == 1
    (attempt,) = ran.open_attempts
    assert attempt.state is AttemptState.INTENDED
    assert "RF431" in ran.codes


async def test_a_doubt_about_an_earlier_form_of_a_step_stays_told(api: FaultyRunway, runs: Runs) -> None:
    """A changed flow does without what may have been paid, and says so in every run."""
    api.creates.append(Create(Reply(resets=True), makes=True))
    (attempt,) = (await runs.run()).open_attempts
    for _ in range(2):
        changed = await runs.run(CHANGED)
        assert (changed.exit, changed.codes) == (0, [])
        (told,) = [item for item in changed.found if item.code.id == "RF611"]
        assert attempt.intent.attempt_id in told.notes[0]
    assert api.posts == 2


async def test_what_another_process_is_submitting_is_no_doubt(api: FaultyRunway, runs: Runs) -> None:
    """An attempt without an answer whose lease somebody holds is under way."""
    api.creates.append(Create(Reply(resets=True), makes=True))
    (attempt,) = (await runs.run()).open_attempts
    with open_store(runs.folder / "store", create=True) as store, presence(store.layout, 0.0) as other:
        assert store.state.acquire_lease(attempt.intent.key, other, 0.0, lambda _: False)
        changed = await runs.run(CHANGED)
    assert (changed.exit, changed.found) == (0, [])


CHANGED = STILL.replace("rock", "stone")


async def test_a_doubt_about_a_step_to_come_is_told_once(api: FaultyRunway, runs: Runs) -> None:
    """An instance that is bound later may come upon its own doubt: it tells of it, nobody else."""
    flow = STILL.replace("outputs:", MORE_STEPS + "outputs:")
    await runs.run(STILL)
    api.creates.extend([Create(Reply(resets=True), makes=True)] * 2)
    assert (await runs.run(flow)).exit == 9
    (runs.folder / "store" / "cas").rename(runs.folder / "cas")
    again = await runs.run(flow)
    assert again.exit == 9
    assert sorted(str(item.step) for item in again.found) == ["above", "other"]
