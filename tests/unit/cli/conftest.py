"""A folder to run the program in, without the machine's settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a store beside it."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(folder)
    return folder
