"""Where outputs go: looked at before anything is paid, and told for the steps that a selection names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runway_flow.cli.main import main
from tests.fakes.schemas import check_lines

Capture = pytest.CaptureFixture[str]

FLOW = """\
version: 1
name: lamp
steps:
  still:
    uses: gen4_image
    foreach: [dawn, dusk]
    with: {ratio: "1280:720", prompt_text: "A lamp at ${{ item }}"}
  voice:
    uses: eleven_multilingual_v2
    with: {prompt_text: Meet the lamp., voice: Maya}
outputs:
  picture: ${{ steps.still['dawn'].output }}
"""


@pytest.fixture(autouse=True)
def folder(own_folder: Path) -> Path:
    """Give a folder with a flow."""
    (own_folder / "lamp.yaml").write_text(FLOW, encoding="utf-8")
    return own_folder


def count_posts(folder: Path) -> int:
    """Count what the emulator was asked to make."""
    ledger = folder.parent / "store" / "emulator" / "ledger.ndjson"
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return sum('"post"' in line for line in lines)


def test_the_results_of_named_steps_are_written(folder: Path, capsys: Capture) -> None:
    """`--only` writes what it names into a folder of steps, and says where."""
    assert main(["run", "lamp.yaml", "--emulate", "--only", "voice"]) == 0
    path = Path("out/lamp/steps/voice.mp3")
    assert f"\n  {path}  " in capsys.readouterr().out
    assert path.is_file()
    assert main(["run", "lamp.yaml", "--emulate", "--only", "voice", "-q"]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert count_posts(folder) == 1


def test_the_results_of_named_steps_in_json(capsys: Capture) -> None:
    """The summary has named outputs and the results of named steps apart; none of them twice."""
    assert main(["run", "lamp.yaml", "--emulate", "--until", "still", "--json"]) == 0
    summary = check_lines(capsys.readouterr().out)[-1]
    assert list(summary["outputs"]) == ["picture"]
    assert {name: files[0]["path"] for name, files in summary["results"].items()} == {
        "still[dusk]": str(Path("out/lamp/steps/still/dusk.png"))
    }


def test_a_whole_run_writes_outputs_only(capsys: Capture) -> None:
    """Without a selection nothing but the named outputs is written."""
    assert main(["run", "lamp.yaml", "--emulate", "--json"]) == 0
    assert check_lines(capsys.readouterr().out)[-1]["results"] == {}
    assert not Path("out/lamp/steps").exists()


def test_a_file_of_the_users_is_found_before_anything_is_paid(folder: Path, capsys: Capture) -> None:
    """A file that stands where an output must go ends the run with 4, and nothing was submitted."""
    target = folder / "out" / "lamp" / "picture.png"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"mine")
    assert main(["run", "lamp.yaml", "--emulate"]) == 4
    err = capsys.readouterr().err
    assert f"{Path('out/lamp/picture.png')} was not written by runway-flow; it is not overwritten" in err
    assert "nothing was submitted" in err
    assert count_posts(folder) == 0
    assert main(["run", "lamp.yaml", "--emulate", "--out", "elsewhere", "-q"]) == 0
    assert target.read_bytes() == b"mine"


def test_a_place_that_cannot_be_written_is_found_before_anything_is_paid(
    folder: Path, capsys: Capture
) -> None:
    """`--out` below a file can never be made; in JSON the summary says so too."""
    (folder / "file").write_bytes(b"")
    assert main(["run", "lamp.yaml", "--emulate", "--out", "file/deep", "--json"]) == 4
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("code") for line in lines if line["type"] == "diagnostic"] == ["RF704"]
    assert (lines[-1]["exit"], lines[-1]["status"]) == (4, "refused")
    assert count_posts(folder) == 0


def test_what_costs_nothing_is_not_held_up(folder: Path, capsys: Capture) -> None:
    """Where all is paid already, the run tells at its end what is in the way."""
    assert main(["run", "lamp.yaml", "--emulate", "-q", "--out", "first"]) == 0
    target = folder / "out" / "lamp" / "picture.png"
    target.parent.mkdir(parents=True)
    target.write_bytes((folder / "first" / "lamp" / "picture.png").read_bytes())
    assert main(["run", "lamp.yaml", "--emulate", "-q"]) == 0
    target.write_bytes(b"mine")
    capsys.readouterr()
    assert main(["run", "lamp.yaml", "--emulate"]) == 4
    assert "picture.png was edited" in capsys.readouterr().err
