"""A real process, killed at its n-th effect and started again: nothing is paid twice, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.attempts import AttemptState
from runway_flow.store.opening import open_store
from tests.fakes.runway_api import png

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.engine.attempts import Attempt

ROOT = Path(__file__).resolve().parents[2]
FOREVER = 1_000_000
STRIDE = 21
"""One moment of so many is tried, and all around the POST: every one takes a second."""

FLOW = """\
version: 1
name: killed
inputs:
  hero: {type: image, default: lamp.png}
steps:
  still:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: A lamp as in @hero, reference_images: {hero: "${{ inputs.hero }}"}}
  clip:
    uses: gen4.5
    with: {ratio: "16:9", prompt_image: "${{ steps.still.output }}", prompt_text: Push in, duration: 2}
  voice:
    uses: eleven_multilingual_v2
    with: {prompt_text: A lamp, voice: Maya}
  film:
    uses: media/concat
    with: {clips: ["${{ steps.clip.output }}", "${{ steps.clip.output }}"]}
outputs:
  film: ${{ steps.film.output }}
  voice: ${{ steps.voice.output }}
"""
PAID = {"still", "clip", "voice"}
AROUND_THE_POST = ("intend", "submit", "mark_submitted")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@dataclass(frozen=True)
class Runner:
    """The process that forks runs; `contents` holds what the emulator rendered, to spare it the work."""

    process: subprocess.Popen[str]
    folder: Path

    def run(self, at: int) -> tuple[Path, int]:
        """Kill a run at a moment and run it to its end in a new folder; gives that and the exit code."""
        folder = self.folder / str(at)
        folder.mkdir()
        (folder / "flow.yaml").write_text(FLOW, encoding="utf-8")
        (folder / "lamp.png").write_bytes(png(b"lamp", 6_000_000))
        rendered = self.folder / str(FOREVER) / "store" / "emulator" / "state.contents"
        if rendered.exists():
            for made in (folder / "store", folder / "store" / "emulator"):
                made.mkdir(mode=0o700)
            shutil.copytree(rendered, folder / "store" / "emulator" / "state.contents")
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{folder} {at}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if at != FOREVER:
            assert answer["killed"] in (-9, 0), (folder / "first.err").read_text()
        return folder, int(answer["code"])


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Give a runner."""
    folder = tmp_path_factory.mktemp("kills")
    own = {"PYTHONPATH": str(ROOT), "HOME": str(folder), "PATH": os.defpath, "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("kill_runner.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=own,
        text=True,
    ) as process:
        yield Runner(process, folder)
        assert process.stdin is not None
        process.stdin.close()


def moments_of(folder: Path) -> list[str]:
    """Give the moments that a run passed."""
    return (folder / "moments").read_text(encoding="utf-8").split("\n")[:-1]


def ledger_of(folder: Path, kind: str) -> list[dict[str, object]]:
    """Give the lines of one kind of the emulator's ledger."""
    path = folder / "store" / "emulator" / "ledger.ndjson"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in map(json.loads, lines) if line["event"] == kind]


def attempts_of(folder: Path) -> list[Attempt]:
    """Give the journal."""
    with open_store(folder / "store", create=True) as store:
        runs = store.state.list_runs(10)
        is_over = moments_of(folder)[-1] == "after end_run"
        assert len(runs) <= 1 + is_over, "a killed run is continued"
        return [attempt for run in runs for attempt in store.state.attempts_of(run.run_id)]


def check_promises(folder: Path, code: int, where: str) -> None:
    """Check that nothing was paid twice, lost or left behind, and that doubts are told."""
    attempts = attempts_of(folder)
    in_doubt = {one.intent.step for one in attempts if one.state is AttemptState.INTENDED}
    billed = {str(line["task"]): str(line["model"]) for line in ledger_of(folder, "billed")}
    assert len(billed) == len(set(billed.values())), f"{where}: paid twice"
    journaled = {one.task for one in attempts}
    models_in_doubt = {one.intent.model for one in attempts if one.intent.step in in_doubt}
    lost = {task for task, model in billed.items() if task not in journaled and model not in models_in_doubt}
    assert not lost, f"{where}: {lost} is known to nobody"
    last = folder / ("second.out" if (folder / "second.out").exists() else "first.out")
    summary = json.loads(last.read_text(encoding="utf-8").splitlines()[-1])
    assert summary["exit"] == code
    if in_doubt:
        assert code == 9, where
        assert summary["in_doubt"] == len(in_doubt)
        told = last.with_suffix(".err").read_text(encoding="utf-8")
        for step in in_doubt:
            assert f"error[RF611]: {step}: " in told
    else:
        assert code == 0, f"{where}: {last.with_suffix('.err').read_text(encoding='utf-8')}"
        assert {one.intent.step for one in attempts if one.state is AttemptState.STORED} == PAID
        assert set(summary["outputs"]) == {"film", "voice"}
    check_clean(folder, where)


def check_clean(folder: Path, where: str) -> None:
    """Check that no partial file stands under a name that users see, and that drafts are cleared by age."""
    hidden = [path.name for path in folder.glob("out/**/*") if path.name.startswith(".")]
    assert not [name for name in hidden if name.endswith(".part")], where
    with open_store(folder / "store", create=True) as store:
        store.blobs.remove_stale_drafts(time.time() + 48 * 3600.0)
        assert not list(store.layout.drafts.iterdir()), where
        assert not list(store.layout.quarantine.iterdir()), where


@pytest.mark.timeout(300)
def test_a_kill_at_any_effect_pays_nothing_twice(runner: Runner) -> None:
    """Whatever the moment, the second run ends well or names what is in doubt, and submits only the rest."""
    folder, code = runner.run(FOREVER)
    assert code == 0, (folder / "first.err").read_text(encoding="utf-8")
    check_promises(folder, code, "no kill")
    passed = moments_of(folder)
    assert len(passed) > 90
    chosen = {
        number
        for number, moment in enumerate(passed, 1)
        if number % STRIDE == 0 or moment.split()[1] in AROUND_THE_POST
    }
    doubts = 0
    for at in sorted(chosen):
        folder, code = runner.run(at)
        check_promises(folder, code, f"moment {at}, {moments_of(folder)[-1]}")
        doubts += code == 9
    assert doubts >= 6  # an intent, a POST and its answer are three moments for each of three steps
