"""Writes every generated file; `--check` fails if one is out of step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runway_flow.catalog.loader import load_catalog
from runway_flow.report.flow_schema import flow_schema_text
from scripts.language_page import language_page
from scripts.models_page import models_page
from scripts.reference_pages import cli_page, errors_page, readme

ROOT = Path(__file__).resolve().parent.parent


def outputs() -> dict[Path, str]:
    """Give every page, and the schema for editors, that this script writes."""
    folder = ROOT / "docs" / "reference"
    return {
        folder / "errors.md": errors_page(),
        folder / "models.md": models_page(),
        folder / "cli.md": cli_page(),
        folder / "language.md": language_page(),
        ROOT / "schemas" / "flow.schema.json": flow_schema_text(load_catalog()),
        ROOT / "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8")),
    }


def main() -> int:
    """Write, or with `--check` compare; gives 1 if something is out of step."""
    check = "--check" in sys.argv[1:]
    is_stale = "--table-is-new" not in sys.argv[1:] and _refresh(check=check) != 0
    for path, text in outputs().items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} is out of step: run `make generate`")
            is_stale = True
    return int(is_stale)


def _refresh(*, check: bool) -> int:
    """Bring the capability table in step, which all else follows from."""
    flags = ["--table-only", *(["--check"] if check else [])]
    command = [sys.executable, "scripts/refresh_catalog.py", *flags]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own script


if __name__ == "__main__":
    sys.exit(main())
