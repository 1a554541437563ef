"""A folder with the example flows, for the program to run in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fakes.workspace import Workspace

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "flows"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Give a folder with the example flows."""
    shutil.copytree(EXAMPLES, tmp_path / "flows")
    return Workspace(tmp_path)
