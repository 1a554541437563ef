"""Files and functions that fit on a screen or two, every module with its sentence, every code in use."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from runway_flow.kernel import codes

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "runway_flow"
FILE_LINES = 300
FUNCTION_LINES = 50
TEST_FILE_LINES = 700
"""A family of tests may be longer: nobody reads it as a whole."""

MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = [*MODULES, *sorted((ROOT / "scripts").glob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    """Name a file as messages do."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def length(path: Path) -> int:
    """Count the lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files_are_short() -> None:
    """No file of ours has more than 300 lines."""
    assert {name_of(path): length(path) for path in OURS if length(path) > FILE_LINES} == {}


def test_test_files_are_not_endless() -> None:
    """No file of tests has more than 700 lines."""
    assert {name_of(path): length(path) for path in TESTS if length(path) > TEST_FILE_LINES} == {}


def test_functions_are_short() -> None:
    """No function has more than 50 lines."""
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": size
        for path in OURS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_modules_say_their_job(path: Path) -> None:
    """Every module opens with a sentence that says its job."""
    said = ast.get_docstring(parsed(path))
    assert said
    assert said.split("\n\n")[0].rstrip().endswith((".", ":"))


def test_packages_hold_one_sentence() -> None:
    """`__init__.py` below the package holds no code."""
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent != PACKAGE:
            assert len(parsed(path).body) == 1, name_of(path)


def test_tests_state_their_rules() -> None:
    """Every test says in its docstring which rule it holds."""
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in TESTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def used_names() -> set[str]:
    """Give the names of codes that the package reads anywhere but where they are defined."""
    found: set[str] = set()
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "codes"
            ):
                found.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and node.module == "runway_flow.kernel.codes":
                found.update(alias.name for alias in node.names)
    return found


def test_every_code_is_used() -> None:
    """A code that nothing can carry is a promise that nobody keeps."""
    used = used_names()
    unused = {
        code.id for name, code in vars(codes).items() if isinstance(code, codes.Code) and name not in used
    }
    assert unused == set()


def test_generated_files_are_in_step() -> None:
    """What is generated, the reference pages among it, is what its sources give."""
    finished = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate.py"), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
