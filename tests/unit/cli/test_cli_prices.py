"""What the program says when a service asks for other prices than the table."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from runway_flow.cli.main import main
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.server import EmulatorThread
from runway_flow.tools.clock import SystemClock
from tests.fakes.schemas import check_lines, faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

SPEED = 1000.0
FLOW = """\
version: 1
name: stills
steps:
  still:
    uses: gen4_image
    foreach: {look: [dawn, noon, dusk]}
    key: ${{ look }}
    with: {ratio: 1280:720, prompt_text: "A lamp at ${{ look }}"}
  turbo:
    uses: gen4_image_turbo
    with: {ratio: 1280:720, prompt_text: A lamp, reference_images: ["${{ steps.still['dawn'].output }}"]}
"""
WARNING = """\
warning[RF504]: still[…]: gen4_image (text_to_image) costs 5 credits by the table of 2026-10-23, but 8 by \
the API's estimate
  = note: task …
  = note: the price is of 2026-09: copy of the API documentation's pricing pages, August to September 2026
  = help: plans count less for this model than it costs, budgets what the API says once a task is accepted; \
a newer version has newer prices, and `tables` in the configuration takes your own
"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work beside a service that asks one and a half times the table's price for one model."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("RUNWAYML_API_SECRET", "any")
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stills.yaml").write_text(FLOW, encoding="utf-8")
    options = EmulatorOptions(speed=SPEED, price_factors={"gen4_image": 1.5})
    with EmulatorThread(options, SystemClock()) as emulator:
        monkeypatch.setenv("RUNWAYML_BASE_URL", emulator.base_url)
        yield


def run(*words: str) -> int:
    """Run the flow in no time."""
    return main(["run", "stills.yaml", "--speed", f"{SPEED:g}", *words])


def test_a_drift_is_told_once_for_each_model(capsys: Capture) -> None:
    """Three tasks of one model drift: one warning, which names row, figures, date, task; the run is well."""
    assert run("--progress", "none") == 0
    err = capsys.readouterr().err
    told = re.sub(r"task [0-9a-f-]{36}", "task …", re.sub(r"still\[\w+\]", "still[…]", err))
    assert WARNING in told
    assert told.count("RF504") == 1


def test_a_drift_is_an_event(capsys: Capture) -> None:
    """The JSON lines carry the same warning; what was spent is what the service charged."""
    assert run("--json") == 0
    lines = check_lines(capsys.readouterr().out)
    (drift,) = [line for line in lines if line["type"] == "diagnostic"]
    assert (drift["code"], drift["severity"]) == ("RF504", "warning")
    assert lines[-1]["credits_spent"] == 26


def test_the_three_figures_are_shown(capsys: Capture) -> None:
    """`runs show` has a column for each, and so has its document."""
    run("-q")
    capsys.readouterr()
    assert main(["runs", "show"]) == 0
    rows = [line.split()[:6] for line in capsys.readouterr().out.splitlines()]
    assert ["step", "model", "state", "table", "API", "paid"] in rows
    assert sorted(row for row in rows if row and row[0].startswith(("still[", "turbo"))) == [
        ["still[dawn]", "gen4_image", "stored", "5", "8", "8"],
        ["still[dusk]", "gen4_image", "stored", "5", "8", "8"],
        ["still[noon]", "gen4_image", "stored", "5", "8", "8"],
        ["turbo", "gen4_image_turbo", "stored", "2", "2", "2"],
    ]
    assert main(["runs", "show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "run_details") == []
    (turbo,) = [one for one in document["attempts"] if one["step"] == "turbo"]
    assert turbo["figures"] == {
        "table": {"low": 2, "high": 2},
        "table_date": "2026-10-23",
        "estimate": 2,
        "cost": 2,
    }


def test_a_budget_reserves_what_the_service_says(capsys: Capture) -> None:
    """The plan fits into the budget by the table, and the steps that follow do not by the real price."""
    assert run("--budget", "18", "-j", "1", "--progress", "none") == 5
    err = capsys.readouterr().err
    assert "RF504" in err
    assert "RF431" in err


@pytest.mark.parametrize(
    ("words", "factors"),
    [
        ([], {}),
        (
            ["--price", "gen4.5=1.5", "--price", "image_to_video/veo3.1=0"],
            {"gen4.5": 1.5, "image_to_video/veo3.1": 0.0},
        ),
    ],
)
def test_the_emulator_is_told_what_to_bill(
    monkeypatch: pytest.MonkeyPatch, words: list[str], factors: dict[str, float]
) -> None:
    """Models and rows can be given a factor each."""
    seen: list[EmulatorOptions] = []
    monkeypatch.setattr("runway_flow.emulator.server.serve", lambda options, *_, **__: seen.append(options))
    assert main(["emulator", *words]) == 0
    assert [options.price_factors for options in seen] == [factors]


@pytest.mark.parametrize("text", ["gen4.5", "=2", "gen4.5=dear", "gen4.5=-1", "gen4.5=nan", "gen4.5=inf"])
def test_a_factor_that_is_none(capsys: Capture, text: str) -> None:
    """What is no factor is a bad command line."""
    assert main(["emulator", "--price", text]) == 2
    assert f"`{text}` is not MODEL=FACTOR, as in gen4.5=1.5" in " ".join(capsys.readouterr().err.split())
