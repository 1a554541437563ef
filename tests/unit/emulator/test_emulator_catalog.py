"""Every row of the catalogue, asked for its least."""

from __future__ import annotations

import base64
import io
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.media.audio import render_audio
from runway_flow.emulator.media.video import render_video
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.selection import rows_by_path
from runway_flow.emulator.sketch import Sketch
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import MediaKind
from tests.fakes.clock import FakeClock
from tests.fakes.minimal_requests import minimal_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability

ROWS = tuple(row for row in load_catalog().rows if not row.is_local)
PATHS = rows_by_path(load_catalog())


SHOTS = [{"prompt": "A lamp at dawn", "duration": seconds} for seconds in (4, 3, 3)]
"""Shots must add up to the recipe's length, 10 s unless it is given."""


def _sketch(kind: MediaKind, form: str) -> Sketch:
    return Sketch(
        kind,
        form,
        None,
        "test",
        "test",
        "x",
        None,
        None,
        320,
        320,
        5.0,
        False,
        True,
        digest_bytes(b"x"),
        0,
        1,
        (),
    )


@lru_cache(maxsize=1)
def media() -> Mapping[MediaKind, str]:
    """Give a small medium of each kind as a data URI: 5 s, at least 300 pixels."""
    image = io.BytesIO()
    Image.new("RGB", (400, 400), "navy").save(image, "PNG")
    return {
        MediaKind.IMAGE: _uri("image/png", image.getvalue()),
        MediaKind.VIDEO: _uri("video/mp4", render_video(_sketch(MediaKind.VIDEO, "mp4"), lambda _: None)),
        MediaKind.AUDIO: _uri("audio/mpeg", render_audio(_sketch(MediaKind.AUDIO, "mp3"))),
    }


def _uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


@pytest.fixture(scope="module")
def emulation() -> Iterator[Emulation]:
    """Give one account for all rows."""
    found = Emulation(EmulatorOptions(balance=1_000_000), FakeClock(), load_catalog())
    yield found
    found.close()


def test_the_catalogue_is_whole() -> None:
    """26 endpoints and 111 rows."""
    assert (len(PATHS), len(ROWS)) == (26, 111)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_every_row_accepts_its_least_request(row: Capability, emulation: Emulation) -> None:
    """The required parameters alone are enough; the task says what it will charge and gives links."""
    body = minimal_body(row, media())
    if "shots" in body:
        body["shots"] = SHOTS
    record = emulation.create(PATHS[row.path], body)
    assert (record.endpoint, record.variant) == (row.endpoint, row.variant)
    assert record.estimate > 0
    assert record.cost > 0
    assert len(emulation.links(record)) >= 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_every_row_names_all_that_is_wrong(row: Capability, emulation: Emulation) -> None:
    """A stranger beside whatever is missing: one issue each, all at once."""
    body: dict[str, object] = {"stranger": 1}
    if row.model is not None:
        body["model"] = row.model
    elif len(PATHS[row.path]) > 1:
        body["mode"] = row.variant
    with pytest.raises(RequestDeclined) as caught:
        emulation.create(PATHS[row.path], body)
    missing = [(param.wire,) for param in row.params if param.required and param.wire not in body]
    issues = caught.value.issues
    assert Counter(issue.code for issue in issues)["unrecognized_keys"] == 1
    assert [issue.path for issue in issues if issue.message == "Required"] == missing
