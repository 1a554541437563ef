"""Plans and runs that go on with an unfinished run: what it spent counts, and is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runway_flow.cli.main import main
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

FLOW = """\
version: 1
name: two
steps:
  good:
    uses: gen4_image
    with: {ratio: "1280:720", prompt_text: A lamp}
  bad:
    uses: gen4_image
    budget: 12
    with: {ratio: "1280:720", prompt_text: "A lamp [emulate:cancel]"}
"""


@pytest.fixture(autouse=True)
def failed(own_folder: Path, capsys: Capture) -> None:
    """Run a flow whose second step is cancelled at the service: it is paid and gives nothing."""
    (own_folder / "two.yaml").write_text(FLOW, encoding="utf-8")
    assert main(["run", "two.yaml", "--emulate", "-q"]) == 1
    capsys.readouterr()


def test_a_plan_shows_what_the_run_has_spent(capsys: Capture) -> None:
    """The plan of a run that goes on says what is spent already, and of which limit."""
    assert main(["plan", "two.yaml", "--emulate", "--budget", "20"]) == 0
    out = capsys.readouterr().out
    assert "Spent so far: 10 of 20." in out
    assert "Run it:" in out
    assert main(["plan", "two.yaml", "--emulate", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "plan") == []
    assert document["spent_credits"] == 10


def test_a_run_is_refused_for_what_is_spent_and_to_come(capsys: Capture) -> None:
    """What is spent counts against the budget before anything is submitted."""
    assert main(["run", "two.yaml", "--emulate", "--budget", "12"]) == 5
    out, err = capsys.readouterr()
    assert "of a budget of 12: 3 too many, a run would be refused" in out
    assert "the plan costs 5 credits, the budget is 12 (spent so far: 10 of 12)" in err


def test_what_a_step_has_spent_counts_against_its_own_budget(capsys: Capture) -> None:
    """A step that has spent most of its budget is refused before anything is submitted."""
    assert main(["run", "two.yaml", "--emulate", "-q"]) == 1
    capsys.readouterr()
    assert main(["run", "two.yaml", "--emulate"]) == 5
    assert "bad costs 5 credits, the step's budget is 12 (spent so far: 10 of 12)" in capsys.readouterr().err


def test_another_flow_begins_anew(own_folder: Path, capsys: Capture) -> None:
    """An edited flow is another run, which has spent nothing."""
    (own_folder / "two.yaml").write_text(FLOW.replace("A lamp [", "A big lamp ["), encoding="utf-8")
    assert main(["plan", "two.yaml", "--emulate"]) == 0
    assert "Spent so far" not in capsys.readouterr().out
