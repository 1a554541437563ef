"""The schema for editors on whole flows: the golden cases and the examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runway_flow.spec.document import plain_data
from runway_flow.spec.reader import read_document
from tests.fakes.editor import judge_of

ROOT = Path(__file__).parents[2]
ERRORS = sorted((ROOT / "tests/cases/err").glob("*.yaml"))
GOOD = sorted([*(ROOT / "examples/flows").glob("*.yaml"), *(ROOT / "tests/cases/ok").glob("*.yaml")])

SILENT = {
    "RF103": "how many combinations lists give",
    "RF120": "what stands in an expression",
    "RF2": "names, circles and what expressions yield",
    "RF308": "what expressions yield",
    "RF314": "kinds of media",
    "RF317": "tags in prompts",
    "RF41": "files and addresses",
}
"""Beginnings of the codes whose findings no schema can have, and what they are about."""

FROM_ELSEWHERE = frozenset(("check_maybe_null", "check_lengths"))
"""Cases whose fault comes from an expression, or from what another step gives."""


def findings(path: Path) -> list[tuple[str, ...]]:
    """Give the places that an editor would mark in a file; none where YAML itself cannot be read."""
    document, _ = read_document(path.read_text(encoding="utf-8"), path.name)
    if document is None:
        return [()]
    errors = judge_of("").iter_errors(plain_data(document.root))
    return [tuple(map(str, error.absolute_path)) for error in errors]


def codes_of(path: Path) -> set[str]:
    """Give the codes of the errors that a golden case prints."""
    return set(re.findall(r"error\[(RF\d{3})\]", path.with_suffix(".out").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_what_the_checker_refuses_is_marked_unless_no_schema_could_know(path: Path) -> None:
    """A golden case with errors is refused, or all of its errors are of kinds that are listed."""
    unknown = {code for code in codes_of(path) if not code.startswith(tuple(SILENT))}
    assert findings(path) or not unknown or path.stem in FROM_ELSEWHERE


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_what_the_checker_accepts_is_not_marked(path: Path) -> None:
    """Good flows are clean; the reader's good cases have steps that lack parameters, and nothing else."""
    marked = findings(path)
    if path.parent.name == "flows":
        assert marked == []
    assert [place for place in marked if place[:1] != ("steps",) or place[2:3] not in ((), ("with",))] == []
