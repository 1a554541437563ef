"""A folder that came from somewhere else, its user's secrets beside it, and a program in this process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runway_flow.cli.main import main
from tests.fakes.runway_api import CANARY, png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEP = """\
steps:
  still:
    uses: gen4_image
    with: {ratio: "1280:720", prompt_text: "${{ inputs.x }}"}
"""
FILM = """\
steps:
  clip:
    uses: gen4.5
    with: {ratio: "1280:720", duration: 5, prompt_text: a lamp, prompt_image: "${{ inputs.x }}"}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a home folder that holds a photo and a note, with a key in the environment."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "GITHUB")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    (folder / "downloads" / "evil").mkdir(parents=True)
    (folder / "photo.png").write_bytes(png(b"private"))
    (folder / "note.txt").write_text("SECRET-NOTE", encoding="utf-8")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("RUNWAYML_API_SECRET", CANARY)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def evil(home: Path) -> Path:
    """Give the folder that was downloaded."""
    return home / "downloads" / "evil"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Give a way to call the program from the home folder."""
    assert home.is_dir()

    def call(*words: str) -> Said:
        capsys.readouterr()
        code = main(list(words))
        return Said(code, *capsys.readouterr())

    return call
