"""Models beyond the table, through the commands: flags, the user's table, what each prints."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from runway_flow.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

FLOW = """\
version: 1
steps:
  still: {uses: text_to_image/gen9_image, with: {prompt_text: A lamp, ratio: 1280:720, mood: calm}}
  clip: {uses: veo3, with: {prompt_image: "${{ steps.still.output }}", ratio: 16:9@720p}}
"""
TABLE = """\
version: 1
rows: {text_to_image/gen9_image: {like: text_to_image/gen4_image, params: {mood: {type: string}}}}
prices: {gen9_image: {unit: output_image, rates: [{credits: 3}]}}
"""
FLAGS = ("--allow-retired", "--allow-unknown-model")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a flow, without the machine's settings."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


def own_table(folder: Path, text: str = TABLE) -> None:
    """Name a table of the user's in the configuration."""
    (folder / "models.local.yaml").write_text(text, encoding="utf-8")
    (folder / "runway-flow.toml").write_text('tables = "models.local.yaml"\n', encoding="utf-8")


def test_flags_turn_errors_into_warnings(capsys: Capture) -> None:
    """Without the flags both models are errors, with them warnings."""
    assert main(["validate", "flow.yaml"]) == 1
    assert "error[RF301]" in capsys.readouterr().err
    assert main(["validate", "flow.yaml", *FLAGS]) == 0
    err = capsys.readouterr().err
    assert "warning[RF301]: gen9_image is not in the table of" in err
    assert "warning[RF305]: veo3 is retired since 2026-08-13" in err
    assert main(["plan", "flow.yaml", "--allow-retired"]) == 3


def test_the_plan_counts_unknown_prices(capsys: Capture) -> None:
    """A plan shows what is known, and how many prices are not."""
    assert main(["plan", "flow.yaml", "--json", "--emulate", *FLAGS]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["credits"]["unknown_steps"] == 1
    still, clip = plan["steps"]
    assert (still["model"], still["credits"]) == ("gen9_image", {"low": None, "high": None})
    assert (clip["endpoint"], clip["model"]) == ("image_to_video", "veo3")


def test_a_run_sends_them(capsys: Capture, folder: Path) -> None:
    """The emulator takes what the flags let through; the second run finds all of it stored."""
    flags = ("--emulate", "--speed", "10000", *FLAGS)
    assert main(["run", "flow.yaml", *flags]) == 0
    assert [path.name for path in (folder / "out").rglob("*.mp4")] == ["clip.mp4"]
    capsys.readouterr()
    assert main(["run", "flow.yaml", "--expect-stored", *flags]) == 0
    assert main(["run", "flow.yaml", "--emulate"]) == 3


def test_a_table_of_ones_own(capsys: Capture, folder: Path) -> None:
    """What the user's table describes needs no flag; it is checked, priced and shown as the user's."""
    own_table(folder)
    assert main(["plan", "flow.yaml", "--json", "--emulate", "--allow-retired"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["steps"][0]["credits"] == {"low": 3, "high": 3}
    assert main(["models", "gen9_image"]) == 0
    assert "From your own table, models.local.yaml." in capsys.readouterr().out
    assert main(["models", "text_to_image"]) == 0
    out = capsys.readouterr().out
    assert "\ngen9_image*" in out
    assert "*: from your own table, models.local.yaml." in out
    assert main(["models", "gen9_image", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["source"] == "models.local.yaml"


def test_a_table_elsewhere_is_shown_by_its_path(
    capsys: Capture, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table outside the current folder is named in full."""
    own_table(folder)
    (folder / "flows").mkdir()
    monkeypatch.chdir(folder / "flows")
    assert main(["models", "gen9_image", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["source"] == str(folder / "models.local.yaml")


def test_models_show_what_is_known(capsys: Capture) -> None:
    """A retired model is shown under every name that it has; of one that nobody knows there is nothing."""
    for name in ("gen4_aleph", "aleph", "video_to_video/aleph"):
        assert main(["models", name, *FLAGS]) == 0
        assert capsys.readouterr().out.startswith("video_to_video/gen4_aleph\n")
    assert main(["models", "text_to_video/gen9", *FLAGS]) == 2
    assert "text_to_video has no model `gen9`" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["validate", "flow.yaml"], ["plan", "flow.yaml"], ["models"]])
def test_a_broken_table_stops_every_command(command: list[str], capsys: Capture, folder: Path) -> None:
    """A mistake in the table is one of the configuration: exit 4, with its place, as text and as JSON."""
    own_table(folder, TABLE.replace("type:", "typ:"))
    assert main(command) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[RF442]: `typ` is not a key of the parameter `mood`" in err
    assert " --> models.local.yaml:2:" in err
    assert main([*command, "--json"]) == 4
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "RF442"
    assert error["notes"][0].startswith("models.local.yaml:2:")


@pytest.mark.parametrize(
    ("data", "message"),
    [(None, "does not exist"), (b"\xff\xfe", "the file is UTF-16"), (b"a: [", "cannot be read as YAML")],
)
def test_tables_that_cannot_be_read(data: bytes | None, message: str, capsys: Capture, folder: Path) -> None:
    """A table that is missing, no text or no YAML stops every command too."""
    own_table(folder)
    (folder / "models.local.yaml").unlink()
    if data is not None:
        (folder / "models.local.yaml").write_bytes(data)
    assert main(["models"]) == 4
    assert message in capsys.readouterr().err


def test_the_emulator_alone_takes_the_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """`emulator` serves by the same catalogue as `--emulate`."""
    seen = {}
    monkeypatch.setattr("runway_flow.emulator.server.serve", lambda *_, **settings: seen.update(settings))
    assert main(["emulator", *FLAGS]) == 0
    assert (seen["catalog"].takes_retired, seen["catalog"].takes_unknown) == (True, True)
