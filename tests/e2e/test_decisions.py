"""What the user decides about attempts, against an emulator in a process of its own that goes wrong.

The main lines are walked by real processes; the side roads in this one, which starts Python once.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runway_flow.cli.main import main
from tests.fakes.schemas import faults
from tests.fakes.workspace import Finished, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEED = "100"
LOSES_ONE = "create late-reset nth=1"
STILLS = """\
version: 1
name: lamp
steps:
  still:
    uses: gen4_image
    foreach: {shot: [wide, hand]}
    with: {ratio: 1280:720, prompt_text: "A lamp, ${{ shot }}"}
  clip:
    uses: gen4.5
    with:
      ratio: 1280:720
      prompt_text: Push in
      prompt_image: ${{ steps.still['wide'].output }}
      duration: 5
outputs:
  film: ${{ steps.clip.output }}
"""
ONE = """\
version: 1
name: one
steps:
  still:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: "A lamp"}
"""


@dataclass(frozen=True)
class Desk:
    """A folder with flows, and an emulator in a process of its own."""

    workspace: Workspace
    url: str

    def call(self, *words: str) -> Finished:
        """Run the program against the emulator."""
        return self.workspace.run(*words, "--speed", SPEED, **self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """Where the emulator is, and a key for it."""
        return {"RUNWAYML_BASE_URL": self.url, "RUNWAYML_API_SECRET": "any"}

    def document(self, kind: str, *words: str) -> dict[str, Any]:
        """Run the program, and give its JSON document, held against the schema."""
        ended = self.call(*words, "--json")
        found: dict[str, Any] = json.loads(ended.out)
        assert faults(found, kind) == []
        return found

    def tasks(self) -> list[str]:
        """Give the tasks that were billed, in order."""
        path = self.workspace.folder / "ledger.ndjson"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [line["task"] for line in lines if line["event"] == "billed"]

    def await_end(self, task: str) -> None:
        """Wait until the emulator says that a task has succeeded."""
        headers = {"Authorization": "Bearer any", "X-Runway-Version": "2024-11-06"}
        until = time.monotonic() + 20
        while httpx.get(f"{self.url}/v1/tasks/{task}", headers=headers).json()["status"] != "SUCCEEDED":
            assert time.monotonic() < until
            time.sleep(0.05)

    def states(self, flow: str) -> dict[str, str]:
        """Give the state of each step in the plan."""
        plan = self.document("plan", "plan", flow)
        steps = plan["steps"]
        return {step["id"]: step["state"] for step in steps}


@contextmanager
def emulated(folder: Path, *faults_: str, speed: str = SPEED) -> Iterator[Desk]:
    """Serve an emulator for a folder with both flows."""
    (folder / "lamp.yaml").write_text(STILLS, encoding="utf-8")
    (folder / "one.yaml").write_text(ONE, encoding="utf-8")
    workspace = Workspace(folder)
    wrong = [word for fault in faults_ for word in ("--fault", fault)]
    process = workspace.start(
        "emulator", "--port", "0", "--speed", speed, "--ledger", "ledger.ndjson", *wrong, "--json"
    )
    try:
        assert process.stdout is not None
        yield Desk(workspace, json.loads(process.stdout.readline())["url"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@dataclass(frozen=True)
class NearDesk(Desk):
    """The same, each call in this process."""

    capture: pytest.CaptureFixture[str]

    def call(self, *words: str) -> Finished:
        """Run the program here."""
        self.capture.readouterr()
        code = main([*words, "--speed", SPEED])
        return Finished(code, *self.capture.readouterr())


Serve = Callable[..., Desk]


@pytest.fixture
def serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Serve]:
    """Give what serves an emulator with faults, looked at from this process."""
    with ExitStack() as stack:

        def start(*faults_: str, speed: str = SPEED) -> Desk:
            found = stack.enter_context(emulated(tmp_path, *faults_, speed=speed))
            for name, value in {**found.workspace.environment, **found.environment}.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
            monkeypatch.chdir(tmp_path)
            return NearDesk(found.workspace, found.url, capsys)

        yield start


@pytest.fixture
def desk(serve: Serve) -> Desk:
    """Give an emulator that makes the first task and loses its answer."""
    return serve(LOSES_ONE)


def test_a_lost_task_is_found_adopted_and_collected(tmp_path: Path) -> None:
    """Exit 9 names the command; it shows the evidence; the adopted task is collected, none paid twice."""
    with emulated(tmp_path, LOSES_ONE) as desk:
        first = desk.call("run", "one.yaml")
        assert first.code == 9, first.err
        assert "runway-flow runs resolve still" in first.err
        listed = desk.document("open_attempts", "runs", "resolve")["open"]
        assert [(one["step"], one["in_doubt"], one["flow"]) for one in listed] == [("still", True, "one")]
        shown = desk.call("runs", "resolve", "still").out
        for part in (
            "gen4_image (text_to_image), 5 credits",
            "ReadError",
            "99995 credits left now",
            "1 of",
            "--drop",
        ):
            assert part in shown
        (evidence,) = desk.document("evidence", "runs", "resolve", "still")["evidence"]
        assert evidence["account"]["balance"] == 99995
        (task,) = desk.tasks()
        adopted = desk.document("resolved", "runs", "resolve", "still", "--task", task)["resolved"]
        assert (adopted["how"], adopted["task"]) == ("task", task)
        assert desk.states("one.yaml") == {"still": "in_flight"}
        again = desk.call("run", "one.yaml")
        assert again.code == 0, again.err
        assert desk.tasks() == [task]
        assert desk.states("one.yaml") == {"still": "stored"}
        assert desk.document("open_attempts", "runs", "resolve")["open"] == []


def test_a_task_that_does_not_exist_is_not_adopted(desk: Desk) -> None:
    """What the API does not know, or another attempt has, leaves the doubt as it is."""
    desk.call("run", "lamp.yaml")
    unknown = desk.call("runs", "resolve", "still", "--task", "17f20503-6c24-4c16-946b-35dbbce2af2f")
    assert (unknown.code, "RF525" in unknown.err) == (1, True)
    other = next(one for one in desk.tasks() if one in desk.call("runs", "show", "--json").out)
    taken = desk.call("runs", "resolve", "still", "--task", other)
    assert (taken.code, f"task {other} is that of still[" in taken.err) == (2, True)
    no_id = desk.call("runs", "resolve", "still", "--task", "../../etc")
    assert no_id.code == 1
    assert "in_doubt" in desk.states("lamp.yaml").values()


def test_resubmitting_pays_again_with_the_users_word_alone(desk: Desk) -> None:
    """Without a terminal `-y` is needed (exit 5); then the next run pays, and the doubt is over."""
    desk.call("run", "one.yaml")
    refused = desk.call("runs", "resolve", "still", "--resubmit")
    assert refused.code == 5
    assert "RF433" in refused.err
    assert desk.states("one.yaml") == {"still": "in_doubt"}
    done = desk.document("resolved", "runs", "resolve", "still", "--resubmit", "-y")["resolved"]
    assert done["how"] == "resubmit"
    assert desk.states("one.yaml") == {"still": "run"}
    assert desk.call("run", "one.yaml").code == 0
    assert len(desk.tasks()) == 2


def test_a_dropped_step_is_not_paid_until_it_changes_or_the_user_says_so(desk: Desk) -> None:
    """Its step is blocked with RF612, exit 1; what needs it waits; another form of it is submitted."""
    desk.call("run", "one.yaml")
    assert desk.call("runs", "resolve", "still", "--drop").code == 0
    assert desk.states("one.yaml") == {"still": "blocked"}
    ended = desk.call("run", "one.yaml")
    assert (ended.code, "RF612" in ended.err) == (1, True)
    assert len(desk.tasks()) == 1
    path = desk.workspace.folder / "one.yaml"
    path.write_text(ONE.replace("lamp", "chair"), encoding="utf-8")
    assert desk.call("run", "one.yaml").code == 0
    path.write_text(ONE, encoding="utf-8")
    assert desk.states("one.yaml") == {"still": "blocked"}
    assert desk.call("runs", "resolve", "still", "--resubmit", "-y").code == 0
    assert desk.call("run", "one.yaml").code == 0
    assert len(desk.tasks()) == 3


def test_an_old_doubt_is_ended_by_dropping_it(desk: Desk) -> None:
    """A doubt that a changed flow left behind warns in each run, until it is dropped."""
    desk.call("run", "one.yaml")
    path = desk.workspace.folder / "one.yaml"
    path.write_text(ONE.replace("lamp", "chair"), encoding="utf-8")
    warned = desk.call("run", "one.yaml")
    assert (warned.code, "runs resolve still --run" in warned.err) == (0, True)
    assert desk.call("runs", "resolve", "still", "--drop").code == 0
    silent = desk.call("run", "one.yaml")
    assert (silent.code, "RF611" in silent.err) == (0, False)


def test_decisions_need_one_way_and_a_step(desk: Desk) -> None:
    """Two ways at once, or none of a step that is known, are a bad command line; nothing is changed."""
    desk.call("run", "one.yaml")
    assert desk.call("runs", "resolve", "still", "--drop", "--resubmit").code == 2
    assert desk.call("runs", "resolve", "--drop").code == 2
    near = desk.call("runs", "resolve", "stil", "--drop")
    assert (near.code, "did you mean `still`" in near.err) == (2, True)
    assert desk.states("one.yaml") == {"still": "in_doubt"}


def test_what_was_made_elsewhere_is_bound_to_a_step(tmp_path: Path, serve: Serve) -> None:
    """A task of the account and a file are the results of two instances; a run pays for neither."""
    desk = serve()
    assert desk.call("run", "one.yaml").code == 0
    (task,) = desk.tasks()
    early = desk.call("runs", "adopt", "lamp.yaml", "clip", "--task", task)
    assert (early.code, "the result of still[wide] is part of it" in early.err) == (2, True)
    bound = desk.document("adopted", "runs", "adopt", "lamp.yaml", "still.wide", "--task", task)["adopted"]
    assert (bound["step"], bound["task"], bound["credits"]) == ("still[wide]", task, 5)
    again = desk.call("runs", "adopt", "lamp.yaml", "still[wide]", "--task", task)
    assert (again.code, "has a stored result already" in again.err) == (2, True)
    wrong = desk.call("runs", "adopt", "lamp.yaml", "clip", "--file", "out/one/still.png")
    assert (wrong.code, "clip gives a video" in wrong.err) == (3, True)
    picture = str(next((tmp_path / "out").rglob("*.png")))
    filed = desk.document("adopted", "runs", "adopt", "lamp.yaml", "still.hand", "--file", picture)["adopted"]
    assert (filed["task"], filed["credits"]) == (None, 0)
    assert desk.states("lamp.yaml") == {"still[wide]": "stored", "still[hand]": "stored", "clip": "run"}
    assert desk.call("run", "lamp.yaml").code == 0
    assert len(desk.tasks()) == 2


def test_what_is_not_done_or_in_doubt_is_not_bound(desk: Desk) -> None:
    """A step in doubt is resolved, not bound; a task that is not there, or bad usage, binds nothing."""
    desk.call("run", "one.yaml")
    (task,) = desk.tasks()
    doubtful = desk.call("runs", "adopt", "one.yaml", "still", "--task", task)
    assert (doubtful.code, "runs resolve still" in doubtful.err) == (9, True)
    gone = desk.call(
        "runs", "adopt", "lamp.yaml", "still.wide", "--task", "17f20503-6c24-4c16-946b-35dbbce2af2f"
    )
    assert (gone.code, "RF525" in gone.err) == (1, True)
    assert desk.call("runs", "adopt", "lamp.yaml", "still.wide").code == 2
    assert desk.call("runs", "adopt", "lamp.yaml", "still", "--task", task).code == 2


def test_tasks_in_flight_are_cancelled_with_the_users_word(serve: Serve) -> None:
    """After an interruption: asked for (exit 5 without a terminal), cancelled, journaled, not collected."""
    desk = serve(speed="0.5")
    process = desk.workspace.start("run", "one.yaml", "--json", "--speed", SPEED, **desk.environment)
    for line in process.stdout or ():
        if '"state": "running"' in line or '"state":"running"' in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert desk.states("one.yaml") == {"still": "in_flight"}
    (task,) = desk.tasks()
    early = desk.call("runs", "adopt", "lamp.yaml", "still.wide", "--task", task)
    assert (early.code, f"task {task} is not done: it is RUNNING" in early.err) == (7, True)
    flying = desk.call("runs", "adopt", "one.yaml", "still", "--task", task)
    assert (flying.code, f"is in flight: task {task}" in flying.err) == (2, True)
    nowhere = desk.call("runs", "cancel", "01ZZ", "-y")
    assert (nowhere.code, "runs with tasks in flight: 01" in nowhere.err) == (2, True)
    assert desk.call("runs", "cancel", "01", "stil", "-y").code == 2
    assert desk.call("runs", "cancel", "01", "still").code == 5
    (cancelled,) = desk.document("cancelled", "runs", "cancel", "-y")["cancelled"]
    assert (cancelled["how"], cancelled["was"], cancelled["task"]) == ("cancelled", "RUNNING", task)
    assert desk.states("one.yaml") == {"still": "run"}
    shown = desk.document("run_details", "runs", "show")
    (attempt,) = shown["attempts"]
    assert attempt["state"] == "cancelled"
    assert desk.call("runs", "cancel", "-y").out == "nothing is in flight\n"


def test_a_task_that_is_done_is_not_cancelled(desk: Desk) -> None:
    """Deleting it would delete its result: it is left for the next run, which collects it."""
    desk.call("run", "one.yaml")
    (task,) = desk.tasks()
    desk.call("runs", "resolve", "still", "--task", task)
    desk.await_end(task)
    assert "is done already, and was left as it is" in desk.call("runs", "cancel", "-y").out
    (left,) = desk.document("cancelled", "runs", "cancel", "-y")["cancelled"]
    assert (left["how"], left["was"]) == ("finished", "SUCCEEDED")
    assert desk.call("run", "one.yaml").code == 0
    assert desk.tasks() == [task]


def test_what_moderation_refused_is_shown_blocked_and_paid_again_on_the_users_word(tmp_path: Path) -> None:
    """The plan says what it cost, `run` fails it unpaid, `runs resolve` lets it be paid again."""
    with emulated(tmp_path, "create fail=SAFETY.INPUT.TEXT nth=1") as desk:
        assert desk.call("run", "one.yaml").code == 1
        plan = desk.call("plan", "one.yaml").out
        assert "refused by moderation before, 5 credits" in " ".join(plan.split())
        assert desk.states("one.yaml") == {"still": "blocked"}
        ended = desk.call("run", "one.yaml")
        assert (ended.code, "refused the same request before (SAFETY.INPUT.TEXT)" in ended.err) == (1, True)
        assert len(desk.tasks()) == 1
        assert "refused by moderation" in desk.call("runs", "resolve").out
        assert "SAFETY.INPUT.TEXT" in desk.call("runs", "resolve", "still").out
        assert desk.call("runs", "resolve", "still", "--drop").code == 2
        assert desk.call("runs", "resolve", "still", "--resubmit", "-y").code == 0
        assert desk.call("run", "one.yaml").code == 0
        assert len(desk.tasks()) == 2
