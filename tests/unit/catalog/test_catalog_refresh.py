"""The script that writes the table."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

from scripts import refresh_catalog, sdk_types

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="overlay")
def read_overlay() -> dict[str, Any]:
    """Give the overlay, fresh for each test."""
    found: dict[str, Any] = json.loads(refresh_catalog.OVERLAY.read_text(encoding="utf-8"))
    return found


def test_table_is_in_step(overlay: dict[str, Any]) -> None:
    """What is committed is what the installed SDK and the overlay give, twice over."""
    first = refresh_catalog.render(refresh_catalog.build(deepcopy(overlay)))
    assert first == refresh_catalog.render(refresh_catalog.build(overlay))
    assert first == refresh_catalog.TABLE.read_text(encoding="utf-8")


def test_new_endpoint_is_refused(overlay: dict[str, Any]) -> None:
    """A type of parameters that the overlay does not know stops the script: someone must look at it."""
    del overlay["endpoints"]["video_to_hdr"]
    with pytest.raises(ValueError, match="does not know: VideoToHdrCreateParams"):
        refresh_catalog.build(overlay)


def test_fact_about_nothing_is_refused(overlay: dict[str, Any]) -> None:
    """What the overlay says of a parameter or row that is gone stops the script."""
    overlay["rows"]["image_to_video/gen4.5"]["params"]["colour"] = {"max": 1}
    overlay["rows"]["image_to_video/gen9"] = {}
    overlay["media"]["colour_uri"] = "image"
    overlay["prices"]["nobody"] = {"unit": None}
    with pytest.raises(ValueError, match="does not have") as problem:
        refresh_catalog.build(overlay)
    assert all(each in str(problem.value) for each in ("5 colour", "gen9", "colour_uri", "price nobody"))


def test_medium_of_no_kind_is_refused(overlay: dict[str, Any]) -> None:
    """A text that looks like a medium's address needs a kind from the overlay."""
    del overlay["media"]["mask_uri"]
    with pytest.raises(ValueError, match="must say what `mask_uri` is"):
        refresh_catalog.build(overlay)


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


def test_check_tells_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` exits 1 while the table is out of step, 0 once it is written, and writes nothing itself."""
    table = tmp_path / "capabilities.json"
    monkeypatch.setattr(refresh_catalog, "TABLE", table)
    monkeypatch.setattr(sys, "argv", ["refresh_catalog.py", "--check"])
    assert refresh_catalog.main() == 1
    assert not table.exists()
    monkeypatch.setattr(sys, "argv", ["refresh_catalog.py"])
    assert refresh_catalog.main() == 0
    monkeypatch.setattr(sys, "argv", ["refresh_catalog.py", "--check"])
    assert refresh_catalog.main() == 0
    assert "out of step" in capsys.readouterr().out
