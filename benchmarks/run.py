"""Measures what the project promises and writes `docs/benchmarks.md`; `python -m benchmarks.run [NAME…]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cold, judging, large, models, wide
from benchmarks.measuring import machine

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent

PARTS: dict[str, Callable[[Path], list[str]]] = {
    "cold": cold.report,
    "judging": judging.report,
    "large": large.report,
    "models": models.report,
    "wide": wide.report,
}


def main() -> int:
    """Run the parts that are named, or all; only a run of all writes the page."""
    names = sys.argv[1:] or list(PARTS)
    lines = ["# Benchmarks", "", f"Written by `make bench` on: {machine()}.", ""]
    with tempfile.TemporaryDirectory(prefix="runway-flow-bench-") as folder:
        for name in names:
            part = PARTS[name](Path(folder))
            print("\n".join(part), flush=True)
            lines += [*part, ""]
    if len(names) == len(PARTS):
        (ROOT / "docs/benchmarks.md").write_text("\n".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
