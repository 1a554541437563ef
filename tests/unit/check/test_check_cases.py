"""Golden cases: what each mistake in a flow prints, whole. `UPDATE_CASES=1` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from runway_flow import api
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.terminal import Terminal
from runway_flow.wiring import Settings

CASES = Path(__file__).resolve().parents[2] / "cases" / "err"
NAMES = sorted(path.stem for path in CASES.glob("check_*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_each_mistake_gets_its_code_place_and_advice(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every finding names what is wrong, where, what is accepted and what to do; none is lost."""
    monkeypatch.chdir(CASES)
    is_open = name.startswith("check_let_through")
    settings = Settings(
        store=tmp_path / "store",
        emulate=True,
        allow_retired=is_open,
        allow_unknown_model=is_open,
        environ={},
    )
    result = api.validate(f"{name}.yaml", api.InputArguments(), settings)
    printed = render_diagnostics(result.diagnostics, result.sources, Terminal(width=100))
    golden = CASES / f"{name}.out"
    if os.environ.get("UPDATE_CASES"):
        golden.write_text(printed, encoding="utf-8")
    assert result.diagnostics
    assert printed == golden.read_text(encoding="utf-8")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.yaml")))
def test_a_finding_holds_without_colour_in_a_narrow_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At 60 columns every line of the file fits and has its caret; nothing is said by colour alone."""
    monkeypatch.chdir(CASES)
    settings = Settings(store=tmp_path / "store", emulate=True, environ={})
    result = api.validate(f"{name}.yaml", api.InputArguments(), settings)
    printed = render_diagnostics(result.diagnostics, result.sources, Terminal(width=60, is_ascii=True))
    assert printed.isascii()
    assert "\x1b" not in printed
    lines = printed.split("\n")
    framed = [at for at, line in enumerate(lines) if re.match(r"\d+ *\|", line)]
    assert all(len(lines[at]) <= 60 and "^" in lines[at + 1] for at in framed)
    assert len(framed) == sum(item.span is not None for item in result.diagnostics)
