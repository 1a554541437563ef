"""The command `models`, as a user has it."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from runway_flow.catalog.examples import example_step
from runway_flow.catalog.loader import load_catalog
from runway_flow.cli.main import main
from runway_flow.report.model_sheet import step_text
from tests.fakes.clips import example_file
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
CATALOG = load_catalog()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without the machine's settings."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: Capture, *words: str) -> str:
    """Give what the command prints."""
    assert main(["models", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: Capture, *words: str) -> str:
    """Give what the command says on stderr where it refuses its arguments."""
    assert main(["models", *words]) == 2
    return capsys.readouterr().err


def documented(capsys: Capture, *words: str) -> dict[str, Any]:
    """Give the document that the command prints, checked against its schema."""
    document: dict[str, Any] = json.loads(printed(capsys, *words, "--json"))
    assert faults(document, "models") == []
    return document


def test_all_models(capsys: Capture) -> None:
    """Without a name all models are listed below their endpoints."""
    out = printed(capsys)
    assert out.startswith("model ")
    assert "\ntext_to_video: Makes a video from words" in out
    assert out.count("\ngen4.5  ") == 2


def test_models_of_an_endpoint(capsys: Capture) -> None:
    """An endpoint lists its models; a family of endpoints and our own operations list theirs."""
    out = printed(capsys, "image_to_video")
    assert "text_to_image" not in out
    assert "\ngen4.5 " in out
    assert "\nrecipes/product_ad " in printed(capsys, "recipes")
    own = printed(capsys, "media")
    assert "\nmedia/concat " in own
    assert "gen4.5" not in own


def test_one_model(capsys: Capture) -> None:
    """A model, a pinned model, an operation and the only model of an endpoint are shown with all there is."""
    for name, heads in (
        ("gen4.5", ["text_to_video/gen4.5", "image_to_video/gen4.5"]),
        ("image_to_video/gen4.5", ["image_to_video/gen4.5"]),
        ("media/concat", ["media/concat"]),
        ("video_to_hdr", ["video_to_hdr/ruby"]),
        ("recipes/product_ad", ["recipes/product_ad"]),
        (
            "recipes/multi_shot_video",
            ["recipes/multi_shot_video (auto)", "recipes/multi_shot_video (custom)"],
        ),
    ):
        lines = printed(capsys, name).splitlines()
        assert [line for line in lines if line in heads] == heads
        assert lines.count("Step to paste below `steps:`") == len(heads)


def test_retired_model(capsys: Capture) -> None:
    """A retired model is shown as it was last known, with what takes its place."""
    out = printed(capsys, "gen3a_turbo")
    assert out.startswith("image_to_video/gen3a_turbo\n")
    assert "Retired since 2026-06-10; write `uses: gen4_turbo`." in out
    assert "    uses: gen3a_turbo\n" in out


def test_names_that_do_not_exist(capsys: Capture) -> None:
    """What does not exist gets the nearest name, of a model, an endpoint or an operation."""
    for name, near in (
        ("gen45", "gen4.5"),
        ("text_to_vide", "text_to_video"),
        ("image_to_video/gen45", "gen4.5"),
        ("media/conct", "media/concat"),
        ("recipe", "recipes"),
    ):
        assert f"did you mean `{near}`?" in refused(capsys, name)
    assert "write `uses: aleph2`" in printed(capsys, "aleph")


def test_models_as_json(capsys: Capture) -> None:
    """`--json` gives every row whole, with the words for each part and an example."""
    document = documented(capsys)
    assert len(document["models"]) == len(CATALOG.rows)
    assert {entry["model"] for entry in document["retired"]} == set(CATALOG.retired)
    rows = documented(capsys, "gen4.5")["models"]
    assert {row["uses"] for row in rows} == {"text_to_video/gen4.5", "image_to_video/gen4.5"}
    assert rows[0]["example"]["credits"] == {"low": 60, "high": 60}
    (ratio,) = (param for param in rows[0]["params"] if param["name"] == "ratio")
    assert ratio["ratio_names"] == {"1280:720": "16:9", "720:1280": "9:16"}
    assert ratio["description"]


@pytest.mark.parametrize("ratio", ["1104:832", "1104x832", " 1104:832 ", "21:9", "16:9@720p"])
def test_models_of_a_ratio(capsys: Capture, ratio: str) -> None:
    """`--ratio` takes what a flow may write, and lists the rows that take it."""
    rows = printed(capsys, "--ratio", ratio).splitlines()
    assert any(row.startswith("gen4.5 ") for row in rows)
    assert not any(row.startswith("eleven") for row in rows)


def test_ratio_within_an_endpoint(capsys: Capture) -> None:
    """`--ratio` narrows an endpoint too; an aspect with its size is one for models with `resolution`."""
    out = printed(capsys, "text_to_video", "--ratio", "16:9@1080p")
    assert "\nveo3.1 " in out
    assert "\ngrok_imagine_1_5 " in out
    assert "\ngen4.5 " not in out


def test_ratios_that_nothing_takes(capsys: Capture) -> None:
    """A ratio that no model takes, or that is none, is told."""
    assert "no model takes the ratio 1:999" in refused(capsys, "--ratio", "1:999")
    assert "--ratio takes no `wide`" in refused(capsys, "--ratio", "wide")


def test_every_step_can_be_pasted(capsys: Capture, folder: Path) -> None:
    """The step of each row is valid below `steps:`, its files being there; what is not supported says so."""
    for name in ("still.png", "clip.mp4", "voice.mp3"):
        shutil.copy(example_file(name), folder / name)
    unsupported = set()
    for index, row in enumerate(CATALOG.rows):
        example = example_step(CATALOG, row)
        text = f"version: 1\nsteps:\n{step_text(row, example)}"
        (folder / f"f{index}.yaml").write_text(text, encoding="utf-8")
        if not example.is_supported:
            unsupported.add(f"f{index}.yaml")
    main(["validate", "--json", *(f"f{index}.yaml" for index in range(len(CATALOG.rows)))])
    found = json.loads(capsys.readouterr().out)["files"]
    codes = {file["path"]: [item["code"] for item in file["diagnostics"]] for file in found}
    assert len(codes) == len(CATALOG.rows)
    assert {path: ids for path, ids in codes.items() if ids and path not in unsupported} == {}
    assert all(codes[path] == ["RF130"] for path in unsupported)
