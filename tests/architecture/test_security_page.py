"""The page of threats names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def test_every_named_test_exists() -> None:
    """Each test in the tables is a function of the file that is named."""
    named = NAMED.findall(PAGE)
    assert len(named) > 80
    for file, name in sorted(set(named)):
        found = [path for path in (ROOT / "tests").rglob(file) if "node_modules" not in path.parts]
        assert len(found) == 1, file
        assert f"def {name}(" in found[0].read_text(encoding="utf-8"), f"{file}::{name}"


def test_every_threat_has_a_test() -> None:
    """Each row of the tables ends with a test that tries it."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat ")]
    assert [row for row in rows if not NAMED.search(row.rpartition(" | ")[2])] == []


def test_every_attack_is_listed() -> None:
    """Each test of attacks stands in the page, but those of what must go on working."""
    attacks = {
        (path.name, name)
        for path in (ROOT / "tests" / "security").glob("test_*.py")
        for name in re.findall(
            r"^(?:async )?def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert attacks - set(NAMED.findall(PAGE)) <= {
        ("test_security_files.py", "test_the_inputs_file_opens_its_own_folder"),
        ("test_security_programs.py", "test_memory_is_a_part_of_the_machine"),
        ("test_security_programs.py", "test_the_decoders_are_named"),
    }
