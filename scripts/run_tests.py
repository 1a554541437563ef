"""Runs the whole suite with branch coverage and holds its bounds; ends with the runner's closing line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OVERALL = 95
PURE = (
    "runway_flow/kernel/*",
    "runway_flow/spec/*",
    "runway_flow/catalog/*",
    "runway_flow/check/*",
    "runway_flow/plan/*",
    "runway_flow/graph.py",
    "runway_flow/engine/states.py",
    "runway_flow/engine/scheduler.py",
    "runway_flow/engine/retry.py",
    "runway_flow/engine/recovery.py",
    "runway_flow/engine/resolution.py",
    "runway_flow/engine/budget.py",
    "runway_flow/engine/pruning.py",
)
"""What decides, and so has every branch tested."""

CLOSING_LINE = re.compile(r"^=+ .*\b(passed|failed|error|no tests ran)\b.* =+$", re.MULTILINE)


def run(*arguments: str, environment: dict[str, str]) -> int:
    """Run a module of this Python, its output going where ours goes."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603


def main() -> int:
    """Run the tests, then the coverage bounds; the exit code is the first that is not 0."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "coverage")}
        log = Path(folder) / "log"
        # The system tests need more than Python: `make test-system`.
        given = sys.argv[1:] or ["--ignore=tests/system"]
        command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-n", "3", *given]
        with (
            subprocess.Popen(  # noqa: S603 - our own command line
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
            ) as process,
            log.open("w", encoding="utf-8") as copy,
        ):
            for line in process.stdout or ():
                sys.stdout.write(line)
                copy.write(line)
        codes = [process.returncode]
        if len(sys.argv) == 1:  # bounds hold for the whole suite only
            codes.append(run("coverage", "combine", "--quiet", environment=environment))
            codes.append(run("coverage", "report", f"--fail-under={OVERALL}", environment=environment))
            pure = f"--include={','.join(PURE)}"
            codes.append(run("coverage", "report", pure, "--fail-under=100", environment=environment))
        lines = [found.group(0) for found in CLOSING_LINE.finditer(log.read_text(encoding="utf-8"))]
        if lines:
            print(lines[-1], flush=True)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
