"""The layers of docs/design.md, held by import contracts; and the contracts, by breaking them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["importlinter"]["contracts"]
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def lint(folder: Path) -> tuple[int, str]:
    """Judge the package in a folder by its contracts."""
    finished = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return finished.returncode, finished.stdout + finished.stderr


def test_contracts_hold() -> None:
    """The package keeps every contract."""
    code, said = lint(ROOT)
    assert code == 0, said


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the package that breaks what can be broken."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(ROOT / "runway_flow", folder / "runway_flow", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    kernel = folder / "runway_flow" / "kernel" / "broken.py"
    homes = [contract["forbidden_modules"] for contract in CONTRACTS if contract["type"] == "forbidden"]
    lines = [f"import {name}" for names in homes for name in names]
    kernel.write_text("\n".join(['"""Breaks contracts."""', "import runway_flow.plan.plan", *lines]))
    (folder / "runway_flow" / "stray.py").write_text('"""Stands in no layer."""')
    media = folder / "runway_flow" / "providers" / "media" / "broken.py"
    media.write_text('"""Breaks contracts."""\nimport runway_flow.providers.runway.client\n')
    return folder


def test_every_contract_can_break(copy: Path) -> None:
    """Each contract notices when it is broken, so that none of them checks nothing."""
    code, said = lint(copy)
    assert code == 1, said
    for contract in CONTRACTS:
        assert f"{contract['name']} BROKEN" in said
    assert "runway_flow.kernel is not allowed to import runway_flow.plan" in said
    assert "- runway_flow.stray" in said
