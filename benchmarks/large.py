"""Generated flows of 1,000 and 10,000 steps with everything stored, and where the time goes."""

from __future__ import annotations

import contextlib
import cProfile
import io
import pstats
import sys
from typing import TYPE_CHECKING

from benchmarks.flows import write_chains
from benchmarks.measuring import median
from benchmarks.stored import fill

if TYPE_CHECKING:
    from pathlib import Path

SIZES = ((1_000, 0.5, 5), (10_000, 4.0, 3))
_LAYERS = ("spec", "catalog", "check", "plan", "graph", "store", "engine", "tools", "report", "cli")


def report(folder: Path) -> list[str]:
    """Measure and describe."""
    lines = [
        "## Large flows, everything stored",
        "",
        "Explicit steps: stills, clips from them, voices after them, one join.",
        "",
        "| steps | `run` CPU s | promised | µs a step | wall s | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    profile: list[str] = []
    for size, bound, runs in SIZES:
        flow, store = folder / f"chains-{size}.yaml", folder / f"store-{size}"
        write_chains(flow, size)
        count = fill(flow, store)
        arguments = ["run", str(flow), "--store", str(store), "--emulate", "-q", "--out", str(folder / "out")]
        command = [sys.executable, "-m", "runway_flow.cli.main", *arguments]
        cost = median(command, folder, runs, {"PYTHONDONTWRITEBYTECODE": ""})
        lines.append(
            f"| {count} | {cost.cpu_s:.2f} | ≤ {bound} | {cost.cpu_s / count * 1e6:.0f} "
            f"| {cost.wall_s:.2f} | {cost.peak_mb:.0f} |"
        )
        profile = _profile(arguments)
    return [*lines, "", "Where the time of the largest goes (cProfile, own time by layer):", "", *profile]


def _profile(arguments: list[str]) -> list[str]:
    from runway_flow.cli.main import main

    profiler = cProfile.Profile()
    with contextlib.redirect_stdout(io.StringIO()):
        profiler.runcall(main, arguments)
    stats = pstats.Stats(profiler, stream=io.StringIO())
    spent: dict[str, float] = {}
    table = vars(stats)["stats"]
    for (file, _, _), (_, _, own, _, _) in table.items():
        spent[_layer(file)] = spent.get(_layer(file), 0.0) + own
    total = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    lines = ["| part | share |", "|---|---|"]
    return [*lines, *(f"| {name} | {own / total:.0%} |" for name, own in ranked if own / total > 0.005)]  # noqa: PLR2004


def _layer(file: str) -> str:
    for layer in _LAYERS:
        if f"runway_flow/{layer}/" in file or file.endswith(f"runway_flow/{layer}.py"):
            return layer
    for library in ("yaml", "jsonschema", "jinja2", "sqlite3", "json", "importlib", "runway_flow"):
        if library in file:
            return library
    return "Python itself"
