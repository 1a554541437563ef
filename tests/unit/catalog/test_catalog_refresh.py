"""The script that writes the table."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, Required, TypedDict

import pytest

from scripts import refresh_catalog, sdk_types
from scripts.join_catalog import join
from scripts.readings import Reading, rows_of
from tests.fakes.openapi import description_of

Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="overlay")
def read_overlay() -> dict[str, Any]:
    """Give the overlay, fresh for each test."""
    found: dict[str, Any] = json.loads(refresh_catalog.OVERLAY.read_text(encoding="utf-8"))
    return found


@pytest.fixture(name="data")
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the script work on copies of its files, without generating what follows from them."""
    for name in ("OVERLAY", "TABLE"):
        own = tmp_path / getattr(refresh_catalog, name).name
        own.write_bytes(getattr(refresh_catalog, name).read_bytes())
        monkeypatch.setattr(refresh_catalog, name, own)
    monkeypatch.setattr(refresh_catalog, "KEPT", tmp_path / "described.json")
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def joined(overlay: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Join what the installed SDK says with an overlay."""
    return join(sdk_types.read_sdk(overlay), overlay)


def change(path: Path, **changes: Any) -> None:  # noqa: ANN401 - plain data
    """Change keys of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def test_table_is_in_step(capsys: Capture) -> None:
    """What is committed is what the installed SDK and the overlay give, and stays so."""
    assert refresh_catalog.main(["--check"]) == 0
    assert capsys.readouterr().out.startswith("nothing appeared, changed or vanished: the table of ")


def test_twice_is_once(data: Path, capsys: Capture) -> None:
    """A table that is made anew is the same when it is made again."""
    table = data / "capabilities.json"
    table.unlink()
    assert refresh_catalog.main(["--check"]) == 1
    assert not table.exists()
    assert refresh_catalog.main(["--table-only"]) == 0
    first = table.read_bytes()
    assert "appeared:\n" in capsys.readouterr().out
    assert refresh_catalog.main(["--table-only"]) == 0
    assert "nothing appeared" in capsys.readouterr().out
    assert table.read_bytes() == first


def test_differences_are_told_and_written(data: Path, capsys: Capture) -> None:
    """What the table has else than the source is told, and gone once it is written."""
    table = data / "capabilities.json"
    text = table.read_text(encoding="utf-8")
    assert '"values":["1280:720","720:1280"]' in text
    table.write_text(
        text.replace('"values":["1280:720","720:1280"]', '"values":["1280:720"]', 1), encoding="utf-8"
    )
    assert refresh_catalog.main(["--check"]) == 1
    assert 'appeared:\n  text_to_video/gen4.5: `ratio`: value "720:1280"\n' in capsys.readouterr().out
    assert refresh_catalog.main(["--table-only"]) == 0
    assert table.read_text(encoding="utf-8") == text


def test_a_row_that_vanished(data: Path, capsys: Capture) -> None:
    """A row that the source has no more is given as it was last known, to be retired; nothing is written."""
    table = data / "capabilities.json"
    found = json.loads(table.read_text(encoding="utf-8"))
    gone = {**found["rows"][0], "variant": "gen0", "model": "gen0"}
    change(table, rows=[gone, *found["rows"]])
    overlay = json.loads((data / "overlay.json").read_text(encoding="utf-8"))
    change(data / "overlay.json", rows={**overlay["rows"], "text_to_image/gen0": {"price": "unknown"}})
    before = table.read_bytes()
    assert refresh_catalog.main(["--table-only"]) == 1
    out = capsys.readouterr().out
    assert "\nvanished:\n  text_to_image/gen0\n" in out
    entry = next(line for line in out.splitlines() if line.startswith('  "gen0": '))
    assert json.loads("{" + entry + "}")["gen0"] == {"gone": "?", "replacement": "?", "rows": [gone]}
    assert "  `rows` text_to_image/gen0 speaks of nothing" in out
    assert table.read_bytes() == before


def test_a_row_is_never_dropped_in_silence(data: Path, capsys: Capture) -> None:
    """Also a row of which the overlay says nothing is written off only when `retired` has it."""
    table = data / "capabilities.json"
    found = json.loads(table.read_text(encoding="utf-8"))
    change(table, rows=[{**found["rows"][0], "variant": "gen0", "model": "gen0"}, *found["rows"]])
    assert refresh_catalog.main(["--table-only"]) == 1
    assert "  `retired`: what became of text_to_image/gen0" in capsys.readouterr().out
    change(data / "overlay.json", retired={**found["retired"], "gen0": {"gone": "2026-01-01", "rows": []}})
    assert refresh_catalog.main(["--table-only"]) == 0
    assert "gen0" not in [row.get("model") for row in json.loads(table.read_text(encoding="utf-8"))["rows"]]


def test_a_description_is_kept(data: Path, tmp_path: Path, capsys: Capture) -> None:
    """A table made of a description can be checked without it, until it is made of an SDK again."""
    rows = json.loads((data / "capabilities.json").read_text(encoding="utf-8"))["rows"]
    described = tmp_path / "api.json"
    described.write_text(json.dumps(description_of(rows)), encoding="utf-8")
    assert refresh_catalog.main(["--openapi", str(described), "--check"]) == 1
    assert not (data / "described.json").exists()
    assert refresh_catalog.main(["--openapi", str(described), "--table-only"]) == 0
    assert "made of A made API 1" in capsys.readouterr().out
    described.unlink()
    assert refresh_catalog.main(["--check"]) == 0
    assert "made of A made API 1" in capsys.readouterr().out
    assert refresh_catalog.main(["--sdk", str(sdk_folder()), "--table-only"]) == 0
    assert not (data / "described.json").exists()
    assert "made of runwayml" in capsys.readouterr().out


def sdk_folder() -> Path:
    """Give the folder of the installed SDK."""
    import runwayml

    return Path(runwayml.__file__).parents[1]


def test_sources_that_cannot_be_read(data: Path, capsys: Capture) -> None:
    """A source that is none ends with 2 and says why."""
    for given, told in (
        (["--sdk", str(data)], "there is no `runwayml` in "),
        (["--sdk", str(data / "none.whl")], "none.whl"),
        (["--openapi", str(data / "none.json")], "none.json"),
        (["--openapi", str(data / "overlay.json")], "overlay.json is no OpenAPI 3 description"),
    ):
        assert refresh_catalog.main(given) == 2
        assert told in capsys.readouterr().err


def test_new_endpoint(overlay: dict[str, Any]) -> None:
    """A type of parameters that the overlay does not know must be said: someone must look at it."""
    del overlay["endpoints"]["video_to_hdr"]
    assert "`endpoints`: what the type VideoToHdrCreateParams is" in joined(overlay)[1]


def test_vanished_endpoint(overlay: dict[str, Any]) -> None:
    """An endpoint that the SDK has no more has no rows."""
    overlay["endpoints"]["video_to_hdr"]["type"] = "VideoToNothingParams"
    table, unsaid = joined(overlay)
    assert "video_to_hdr" not in {row["endpoint"] for row in table["rows"]}
    assert "`rows` video_to_hdr/ruby speaks of nothing" in unsaid


def test_facts_about_nothing(overlay: dict[str, Any]) -> None:
    """What the overlay says of a parameter, a row, a medium or a price that is gone must be taken out."""
    overlay["rows"]["image_to_video/gen4.5"]["params"]["colour"] = {"max": 1}
    overlay["rows"]["image_to_video/gen9"] = {}
    overlay["media"]["colour_uri"] = "image"
    overlay["common"]["shade"] = {"max": 1}
    overlay["prices"]["nobody"] = {"unit": None}
    assert joined(overlay)[1] == [
        "`common` shade speaks of nothing",
        "`media` colour_uri speaks of nothing",
        "`prices` nobody speaks of nothing",
        "`rows` image_to_video/gen4.5 colour speaks of nothing",
        "`rows` image_to_video/gen9 speaks of nothing",
    ]


def test_medium_of_no_kind(overlay: dict[str, Any]) -> None:
    """A text that looks like a medium's address needs a kind from the overlay."""
    del overlay["media"]["mask_uri"]
    assert joined(overlay)[1] == ["`media`, or `rows` text_to_image/ideogram_4_5: what `mask_uri` is"]


def test_what_has_no_words(data: Path, capsys: Capture) -> None:
    """Parameters that nobody has described are named, but the table is written."""
    operations = json.loads((data / "overlay.json").read_text(encoding="utf-8"))["operations"]
    shine = {
        "endpoint": "media/shine",
        "output": {"kind": "image"},
        "params": [{"name": "glow", "type": "number"}],
    }
    change(data / "overlay.json", operations=[*operations, shine])
    assert refresh_catalog.main(["--table-only"]) == 0
    out = capsys.readouterr().out
    assert "without words in descriptions.json:\n  media/shine\n  media/shine `glow`\n" in out


def test_a_constant_of_several_values(overlay: dict[str, Any]) -> None:
    """A variant that two models share gives a row for each of them."""

    class Shared(TypedDict, total=False):
        model: Required[Literal["one", "two"]]
        mode: Literal["a", "b"]

    fields = sdk_types.fields_of(Shared)
    entry = {"path": "/v1/x", "discriminator": "model"}
    assert [row["model"] for row in rows_of("x", entry, [fields])] == ["one", "two"]
    by_mode = list(rows_of("x", {**entry, "discriminator": "mode"}, [fields]))
    assert [(row["variant"], row["model"]) for row in by_mode] == [("a", None), ("b", None)]
    assert [row["params"][1]["values"] for row in by_mode] == [["a"], ["b"]]
    reading = Reading({"sdk": "1"}, [dict(deepcopy(row), endpoint="text_to_image") for row in by_mode])
    assert len(join(reading, overlay)[0]["rows"]) == 2 + len(overlay["operations"])


def test_unknown_annotation_is_refused() -> None:
    """An annotation of a new kind is not guessed at."""
    with pytest.raises(TypeError, match="new kind"):
        sdk_types.shape_of(bytes)


def test_total_typed_dict_is_refused() -> None:
    """Where a TypedDict is total, «required» would have to be read another way."""

    class Total(TypedDict):
        name: str

    with pytest.raises(TypeError, match="is total"):
        sdk_types.fields_of(Total)
