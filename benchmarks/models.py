"""CPU of `validate` for a flow of 1,000 steps over 25 models, each step with a request of its own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import median
from runway_flow.catalog.loader import load_catalog
from tests.oracles.generator import valid_requests

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 5
STEPS = 1000
MODELS = 25
PROMISED_S = 0.6
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
_SUPPORTED = ("text_to_image", "text_to_video", "image_to_video", "video_to_video", "text_to_speech")


def write_models(path: Path, count: int = STEPS, models: int = MODELS) -> None:
    """Write a flow of `count` steps over so many models, taken from all over the table."""
    fitting = [row for row in load_catalog().rows if row.endpoint in _SUPPORTED and row.model is not None]
    rows = fitting[:: len(fitting) // models][:models]
    lines = ["version: 1", "name: models", "steps:"]
    for place, row in enumerate(rows):
        for number, request in enumerate(valid_requests(row, count // models, seed=place)):
            lines += [f"  s{place}_{number}:", f"    uses: {row.uses}", "    with:"]
            lines += [f"      {name}: {_flow_text(value)}" for name, value in request.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _flow_text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds is YAML too
    return json.dumps(value, ensure_ascii=False).replace("${{", "$${{")


def report(folder: Path) -> list[str]:
    """Measure and describe."""
    path = folder / "models.yaml"
    write_models(path)
    command = [sys.executable, "-m", "runway_flow.cli.main", "validate", path.name]
    cost = median(command, folder, RUNS, _COMPILED)
    return [
        f"## {STEPS:,} steps over {MODELS} models",
        "",
        f"`validate`, medians of {RUNS} processes: {cost.cpu_s:.3f} s of CPU (promised: ≤ {PROMISED_S} s),",
        f"{cost.wall_s:.3f} s, {cost.peak_mb:.0f} MB, exit {cost.code}.",
    ]
