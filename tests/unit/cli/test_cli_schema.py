"""The command `schema`, as a user has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runway_flow.cli.main import main
from tests.fakes.editor import SCHEMA_FILE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_prints_the_schema_for_editors(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is configured, what is printed is what the repository has for its examples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    assert main(["schema"]) == 0
    printed = capsys.readouterr()
    assert printed.out == SCHEMA_FILE.read_text(encoding="utf-8")
    assert printed.err == ""
    assert json.loads(printed.out)["title"].startswith("A flow")


def test_it_knows_what_flags_let_through(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--allow-retired` retired models are among the names that are completed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    assert main(["schema", "--allow-retired"]) == 0
    names = json.loads(capsys.readouterr().out)["definitions"]["uses"]
    assert "veo3" in names["enum"]
