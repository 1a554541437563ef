"""500 steps that each take 5.0 s remotely, 50 at once, against a stand-alone emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.flows import write_parallel
from benchmarks.measuring import measure

if TYPE_CHECKING:
    from pathlib import Path

STEPS, AT_ONCE, TASK_S = 500, 50, 5.0
IDEAL_S = STEPS / AT_ONCE * TASK_S


def report(folder: Path) -> list[str]:
    """Measure and describe."""
    flow = folder / "parallel.yaml"
    write_parallel(flow, STEPS)
    ledger = folder / "ledger.ndjson"
    server = [
        *(sys.executable, "-m", "runway_flow.cli.main", "emulator", "--port", "0", "--ledger", str(ledger)),
        *("--concurrency", str(AT_ONCE), "--task-seconds", str(TASK_S), "--balance", "1000000"),
    ]
    with subprocess.Popen(server, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        url = (process.stdout.readline() if process.stdout else "").split()[-1]
        try:
            environment = {"RUNWAYML_BASE_URL": url, "RUNWAYML_API_SECRET": "any"}
            arguments = [
                "run",
                str(flow),
                "--store",
                str(folder / "wide"),
                "-q",
                "--out",
                str(folder / "out"),
            ]
            cost = measure([sys.executable, "-m", "runway_flow.cli.main", *arguments], folder, environment)
        finally:
            process.terminate()
    posts = sum("post" in json.loads(line).get("event", "post") for line in ledger.read_text().splitlines())
    row = (
        f"| {cost.wall_s:.1f} | {IDEAL_S:.0f} | {cost.wall_s / IDEAL_S:.3f} | ≤ 1.10 | {cost.cpu_s:.1f} "
        f"| {cost.peak_mb:.0f} (≤ 150) | {cost.code} | {posts} |"
    )
    return [
        f"## {STEPS} steps of {TASK_S} s, {AT_ONCE} at once",
        "",
        "| wall s | ideal s | ratio | promised | CPU s | peak MB | exit | POSTs |",
        "|---|---|---|---|---|---|---|---|",
        row,
        "",
        f"{os.cpu_count()} cores serve runner and emulator alike; peak MB is the runner's.",
    ]
