"""CPU of a cold process, byte-compiled: `--version`, `validate`, and a stored `run` of the teaser."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from benchmarks.measuring import measure, median

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 7
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


def report(folder: Path) -> list[str]:
    """Measure and describe."""
    from benchmarks.run import ROOT

    shutil.copytree(ROOT / "examples/flows", folder / "flows", dirs_exist_ok=True)
    program = [sys.executable, "-m", "runway_flow.cli.main"]
    flow = "flows/teaser.yaml"
    store = ["--store", str(folder / "store"), "--emulate"]
    first = measure([*program, "run", flow, *store], folder, _COMPILED)
    rows = [
        ("python -c pass", median([sys.executable, "-c", "pass"], folder, RUNS, _COMPILED), None),
        ("--version", median([*program, "--version"], folder, RUNS, _COMPILED), 0.080),
        (
            "validate teaser.yaml",
            median([*program, "validate", flow, *store], folder, RUNS, _COMPILED),
            0.200,
        ),
        (
            "run teaser.yaml, all stored",
            median([*program, "run", flow, *store], folder, RUNS, _COMPILED),
            0.250,
        ),
    ]
    began = (
        f"Medians of {RUNS} processes, byte-compiled. The first `run --emulate` of the teaser took "
        f"{first.wall_s:.1f} s ({first.cpu_s:.1f} s of CPU, exit {first.code})."
    )
    head = "| command | CPU s | promised | wall s | peak MB |\n|---|---|---|---|---|"
    lines = ["## A cold process", "", began, "", head]
    for name, cost, bound in rows:
        promised = f"≤ {bound:.3f}" if bound else ""
        lines.append(f"| `{name}` | {cost.cpu_s:.3f} | {promised} | {cost.wall_s:.3f} | {cost.peak_mb:.0f} |")
    return lines
