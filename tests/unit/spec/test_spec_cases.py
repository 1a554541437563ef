"""Golden cases of the reader, the structure check, the builder and the inputs.

`UPDATE_CASES=1 pytest tests/unit/spec/test_spec_cases.py` writes the `.out` files anew; read the diff.
Comments that begin a case give it inputs: `# -i name=value`, `# --inputs FILE` (a file in `values/`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, sorted_diagnostics
from runway_flow.kernel.files import FileProblem
from runway_flow.spec.builder import build_flow
from runway_flow.spec.given_inputs import GivenInput, read_inputs_file, read_option
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.reader import decode, read_document
from runway_flow.spec.structure import check_structure

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parents[2] / "cases"
PREFIXES = ("yaml_", "structure_", "input_")


def cases(folder: str) -> list[Path]:
    """Give the case files that are this module's."""
    return sorted(path for prefix in PREFIXES for path in (CASES / folder).glob(f"{prefix}*.yaml"))


def reader_in(folder: Path) -> Callable[[str], str | FileProblem]:
    """Read text files in `values/` below a folder."""

    def read(path: str) -> str | FileProblem:
        try:
            data = (folder / "values" / path).read_bytes()
        except FileNotFoundError:
            return FileProblem(codes.FILE_UNREADABLE, f"there is no file `{path}`")
        text = decode(data, path)
        return text if isinstance(text, str) else FileProblem(text.code, text.message)

    return read


def given_by(lines: list[str], folder: Path) -> tuple[dict[str, GivenInput], list[Diagnostic]]:
    """Read the inputs that the first comments of a case give."""
    read_text = reader_in(folder)
    given: dict[str, GivenInput] = {}
    findings: list[Diagnostic] = []
    for line in lines:
        if line.startswith("# -i "):
            option = read_option(line.removeprefix("# -i "), read_text)
            if isinstance(option, Diagnostic):
                findings.append(option)
            else:
                given[option[0]] = option[1]
        elif line.startswith("# --inputs "):
            name = line.removeprefix("# --inputs ")
            text = read_text(name)
            assert isinstance(text, str)
            values, more = read_inputs_file(name, text)
            given.update(values)
            findings += more
    return given, findings


def findings_of(case: Path) -> tuple[Diagnostic, ...]:
    """Give every finding of a case, as `validate` would put them together."""
    text = decode(case.read_bytes(), case.name)
    assert isinstance(text, str)
    document, findings = read_document(text, case.name)
    if document is None:
        return findings
    flow, more = build_flow(document)
    findings = (*findings, *check_structure(document), *more)
    if flow.is_whole:
        given, wrong = given_by(text.split("\n"), case.parent)
        _, about_values = resolve_inputs(flow, given, reader_in(case.parent))
        findings = (*findings, *wrong, *about_values)
    return sorted_diagnostics(findings)


def render(item: Diagnostic) -> str:
    """Write a finding for a golden file."""
    place = (
        f"{item.span.path}:{item.span.line}:{item.span.column}-{item.span.end_line}:{item.span.end_column}: "
        if item.span
        else ""
    )
    lines = [f"{place}{item.severity}[{item.code}] {item.message}"]
    if item.hint:
        lines.append("  help: " + item.hint.replace("\n", "\n        "))
    lines += [f"  note: {note}" for note in item.notes]
    return "\n".join(lines)


@pytest.mark.parametrize("case", cases("err"), ids=lambda case: case.stem)
def test_a_mistake_gets_its_findings(case: Path) -> None:
    """Every mistake gets exactly the findings of its golden file."""
    seen = "\n".join(render(item) for item in findings_of(case)) + "\n"
    golden = case.with_suffix(".out")
    if os.environ.get("UPDATE_CASES"):
        golden.write_text(seen, "utf-8")
    assert seen == golden.read_text("utf-8")
    assert seen.strip()


@pytest.mark.parametrize("case", cases("ok"), ids=lambda case: case.stem)
def test_a_right_flow_is_silent(case: Path) -> None:
    """What is right gets no finding at all."""
    assert [render(item) for item in findings_of(case)] == []


def test_there_are_cases() -> None:
    """The folders of cases are where the tests look for them."""
    assert len(cases("err")) > 50
    assert len(cases("ok")) > 5
