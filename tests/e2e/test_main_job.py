"""The main job: the teaser, run by a real process against the emulator, played back frame by frame."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.workspace import Workspace

TEASER = "flows/teaser.yaml"
FRAMES = round((5 + 4 - 0.5) * 24)
"""Two clips of 5 s and 4 s at 24 frames a second, one overlap of 0.5 s."""


@pytest.mark.timeout(240)
def test_the_teaser_becomes_three_films_and_is_never_paid_again(workspace: Workspace) -> None:
    """The first run pays and writes the films; the second submits nothing; an edit re-runs its chain."""
    first = workspace.run("run", TEASER, "--emulate", "--json")
    assert first.code == 0, first.err
    summary = first.summary()
    assert summary["status"] == "ok"
    assert summary["ran"] == 11
    assert isinstance(summary["credits_spent"], (int, float))
    assert summary["credits_spent"] > 100
    out = workspace.folder / "out" / "lamp-teaser"
    check_film(out / "film.mp4")
    check_film(out / "films" / "es.mp4")
    check_film(out / "films" / "fr.mp4")
    assert (out / "films" / "es.mp4").read_bytes() != (out / "films" / "fr.mp4").read_bytes()
    billed = len(workspace.ledger("billed"))
    assert billed == 7

    second = workspace.run("run", TEASER, "--emulate")
    assert second.code == 0, second.err
    assert "0 credits spent" in second.out
    assert "saved by the store" in second.out
    assert len(workspace.ledger("billed")) == billed
    assert len(workspace.ledger("post")) == len({str(line) for line in workspace.ledger("post")})

    workspace.edit("teaser.yaml", "move: Slow push in", "move: Slow pull back")
    third = workspace.run("run", TEASER, "--emulate", "--json")
    assert third.code == 0, third.err
    states = {str(line["step"]): line["state"] for line in third.documents() if line["type"] == "step"}
    ran = {step for step, state in states.items() if state == "done"}
    assert ran == {"clip[wide]", "cut", "master", "dubbed[es]", "dubbed[fr]"}
    assert len(workspace.ledger("billed")) == billed + 1


def check_film(path: Path) -> None:
    """Decode a film: its streams, size, length, motion, and that something is heard."""
    with av.open(str(path)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.codec_context.width, video.codec_context.height) == (1280, 720)
        assert video.codec_context.pix_fmt == "yuv420p"
        times: list[float] = []
        levels: list[float] = []
        pictures: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = []
        for frame in film.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                times.append(float(frame.time or 0))
                if len(times) % 24 == 1:
                    pictures.append(frame.to_ndarray(format="gray").astype(np.uint8))
            elif isinstance(frame, av.AudioFrame):
                levels.append(float(np.abs(frame.to_ndarray()).max()))
    assert abs(len(times) - FRAMES) <= 1
    assert times == sorted(times)
    assert max(levels) > 0.05
    moved = [float(np.abs(left.astype(int) - right.astype(int)).mean()) for left, right in pairwise(pictures)]
    assert min(moved) > 0.05


def test_without_a_key_and_without_emulation_both_are_named(workspace: Workspace) -> None:
    """Exit 4 says how to go to Runway and how to rehearse; nothing is submitted."""
    ended = workspace.run("run", TEASER)
    assert ended.code == 4
    assert "RUNWAYML_API_SECRET" in ended.err
    assert "--emulate" in ended.err
    assert not workspace.ledger()


def test_an_invalid_flow_ends_before_anything(workspace: Workspace) -> None:
    """Exit 3 with the place; the store stays empty, nothing is written."""
    workspace.edit("teaser.yaml", 'ratio: "16:9"', "ratio: 1920:1080")
    ended = workspace.run("run", TEASER, "--emulate")
    assert ended.code == 3
    assert "teaser.yaml:37:14" in ended.err
    assert "RF311" in ended.err
    assert not workspace.ledger()
    assert not (workspace.folder / "out").exists()


def test_a_plan_writes_nothing(workspace: Workspace) -> None:
    """`plan` makes no store, no output, no file."""
    before = sorted(path for path in workspace.folder.rglob("*"))
    ended = workspace.run("plan", TEASER, "--emulate")
    assert ended.code == 0, ended.err
    assert "Plan: " in ended.out
    assert sorted(path for path in workspace.folder.rglob("*")) == before


@pytest.mark.parametrize("name", ["storyboard", "dub", "chain"])
@pytest.mark.timeout(240)
def test_every_example_runs(workspace: Workspace, name: str) -> None:
    """Each example is valid, runs on the emulator, and finds everything stored the second time."""
    flow = f"flows/{name}.yaml"
    assert workspace.run("validate", flow).code == 0
    first = workspace.run("run", flow, "--emulate", "--json")
    assert first.code == 0, first.err
    outputs = first.summary()["outputs"]
    assert isinstance(outputs, dict)
    for files in outputs.values():
        for item in files:
            assert (workspace.folder / item["path"]).stat().st_size == item["bytes"]
    assert workspace.run("plan", flow, "--emulate", "--expect-stored").code == 0


def test_a_chain_is_continuous(workspace: Workspace) -> None:
    """Each clip of the chain begins where the one before ended; the shot has their summed length."""
    ended = workspace.run("run", "flows/chain.yaml", "--emulate", "--json")
    assert ended.code == 0, ended.err
    with av.open(str(workspace.folder / "out" / "long-shot" / "shot.mp4")) as film:
        count = sum(1 for _ in film.decode(video=0))
    assert abs(count - 720) <= 1
