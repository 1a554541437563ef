"""Retired models and models that nobody knows, on the emulator: only where they are let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.capability import Capability, ParamType, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.readings import Input, MediumUnusable
from runway_flow.emulator.requests import read_value
from runway_flow.emulator.selection import rows_by_path, select_row
from runway_flow.kernel.media import MediaKind
from tests.fakes.clock import FakeClock
from tests.unit.emulator.test_emulator_catalog import media

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.emulator.records import TaskRecord

SHIPPED = load_catalog()
OPEN = SHIPPED.admitting(retired=True, unknown=True)


@pytest.fixture
def emulation() -> Iterator[Emulation]:
    """Give a new account that takes retired and unknown models."""
    found = Emulation(EmulatorOptions(), FakeClock(), OPEN)
    yield found
    found.close()


def create(emulation: Emulation, path: str, body: Mapping[str, object]) -> TaskRecord:
    """Submit a request."""
    return emulation.create(rows_by_path(emulation.catalog)[path], body)


def test_they_are_declined_unless_let_through(emulation: Emulation) -> None:
    """The account has neither by itself."""
    emulation.catalog = SHIPPED
    for model in ("veo3", "gen9"):
        body = {"model": model, "promptText": "A lamp", "ratio": "1280:720", "duration": 8}
        with pytest.raises(RequestDeclined):
            create(emulation, "/v1/text_to_video", body)


def test_a_retired_model_is_judged_by_its_last_row(emulation: Emulation) -> None:
    """A retired model is accepted with its last parameters, billed by its last price, and gives a clip."""
    body = {"model": "veo3", "promptText": "A lamp", "ratio": "1280:720", "duration": 8}
    record = create(emulation, "/v1/text_to_video", body)
    assert (record.estimate, record.pool, len(emulation.links(record))) == (320, "veo3", 1)
    with pytest.raises(RequestDeclined):
        create(emulation, "/v1/text_to_video", {**body, "duration": 4})


def test_an_unknown_model_is_taken_as_written(emulation: Emulation) -> None:
    """Any parameter is taken; what every model of the endpoint shares is still checked."""
    body = {"model": "gen9", "promptText": "A lamp", "outputCount": 2, "styleWords": {"a": [1, None]}}
    record = create(emulation, "/v1/text_to_image", body)
    assert len(emulation.links(record)) == 2
    for wrong in ({"model": "gen9"}, {"model": "gen9", "promptText": 5}, {"model": ""}):
        with pytest.raises(RequestDeclined):
            create(emulation, "/v1/text_to_image", wrong)


def test_results_outlive_the_flag(emulation: Emulation) -> None:
    """What was made while a model was let through can still be fetched when it no longer is."""
    record = create(emulation, "/v1/text_to_image", {"model": "gen9", "promptText": "A lamp"})
    emulation.catalog = SHIPPED
    assert len(emulation.links(record)) == 1


def test_rows_of_the_unknown() -> None:
    """The row has the names that are given, those of the endpoint by their names in the SDK."""
    rows = rows_by_path(OPEN)["/v1/video_to_video"]
    found = select_row(rows, {"model": "gen9", "promptVideo": "x", "oddName": 1}, OPEN)
    assert isinstance(found, Capability)
    assert [(param.name, param.wire) for param in found.params] == [
        ("prompt_video", "promptVideo"),
        ("odd_name", "oddName"),
    ]


class Shelf:
    """Knows one upload."""

    def read(self, uri: str) -> Input:
        """Find it."""
        if uri != "runway://there":
            raise MediumUnusable("There is no such upload")
        return Input((), "sha256:there")


@pytest.mark.parametrize(
    ("value", "kept", "media_found"),
    [
        (5, 5, 0),
        (None, None, 0),
        ("words", "words", 0),
        ("https://example.com/", "https://example.com/", 0),
        ("runway://there", "sha256:there", 1),
        ({"a": [{"uri": "runway://there"}, True]}, {"a": [{"uri": "sha256:there"}, True]}, 1),
    ],
)
def test_anything_is_read(value: object, kept: object, media_found: int) -> None:
    """What nobody describes is kept as it stands; uploads and data in it are media."""
    found = read_value(Shape(ParamType.ANY), value, ("x",), Shelf())
    assert (found.value, found.issues, len(found.inputs)) == (kept, (), media_found)


def test_what_is_like_something_known_is_read_as_that() -> None:
    """A variant that fits reads the value; an upload that is not there is an issue."""
    shape = Shape(ParamType.ANY, variants=(Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,)),))
    assert read_value(shape, "runway://there", ("x",), Shelf()).value == "sha256:there"
    assert read_value(shape, 5, ("x",), Shelf()).issues == ()
    assert len(read_value(shape, "runway://gone", ("x",), Shelf()).issues) == 1


def test_media_of_unknown_requests_are_found_again(emulation: Emulation) -> None:
    """A clip that is made from an upload knows its picture, whatever the parameter is called."""
    image = media()[MediaKind.IMAGE]
    record = create(emulation, "/v1/text_to_video", {"model": "gen9", "promptText": "x", "styleImage": image})
    assert "sha256:" in record.request
    assert len(emulation.links(record)) == 1
