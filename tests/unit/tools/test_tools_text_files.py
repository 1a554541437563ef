"""Rules of text files: what is not there gets a near name, or is said to be missing, never a wild guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.files import FileProblem
from runway_flow.tools.text_files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("teaser", "did you mean `teaser.yaml`?"),
        ("teaser.yml", "did you mean `teaser.yaml`?"),
        ("nope.yaml", None),
        ("teaser.srt", "did you mean `teaser.yaml`?"),
    ],
)
def test_a_missing_file_gets_a_near_name_of_a_text(name: str, hint: str | None, tmp_path: Path) -> None:
    """Names are near by their stems; a film beside the flow is no flow."""
    for item in ("teaser.yaml", "teaser.mp4", "x.yaml"):
        (tmp_path / item).write_text("x", encoding="utf-8")
    found = read_bytes(str(tmp_path / name))
    assert isinstance(found, FileProblem)
    assert found.hint == hint


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """Where the folder is missing, no name could help."""
    found = read_bytes(str(tmp_path / "flows" / "teaser.yaml"))
    assert isinstance(found, FileProblem)
    assert found.hint == f"there is no folder {tmp_path / 'flows'}"
