"""Parameters of local operations, as they are read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.languages import language_code
from runway_flow.providers.media.settings import (
    read_choice,
    read_flag,
    read_rate,
    read_seconds,
    read_size,
    read_source,
)
from tests.fakes.local_media import made_source, made_video


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, (64, 36)),
        ("1280:720", (1280, 720)),
        ("1280x720", (1280, 720)),
        ("101:75", (100, 74)),
        ("16:9", (64, 36)),
        ("9:16", (36, 64)),
        ("1:1", (36, 36)),
        ("16:9@1080p", (1920, 1080)),
        ("9:16@720P", (720, 1280)),
        ("1920:1080@480p", (852, 480)),
    ],
)
def test_size(value: object, size: tuple[int, int]) -> None:
    """A size is taken as it is, an aspect keeps the shorter side or takes the one behind the @."""
    assert read_size(value, (65, 36)) == size


@pytest.mark.parametrize("value", ["big", 720, "16:9@3p", "9000:9000", "1:40"])
def test_size_that_is_none(value: object) -> None:
    """What is no size is refused."""
    with pytest.raises(MediaError, match="size"):
        read_size(value, (640, 360))


@pytest.mark.parametrize(("value", "seconds"), [(1, 1.0), (0.5, 0.5), ("1.5s", 1.5), ("2", 2.0), (0, 0.0)])
def test_seconds(value: object, seconds: float) -> None:
    """Seconds are numbers or text with a unit."""
    assert read_seconds(value, "start") == seconds


@pytest.mark.parametrize("value", ["soon", -1, True, None, [], float("inf"), float("nan")])
def test_seconds_that_are_none(value: object) -> None:
    """What is no length is refused by the parameter's name."""
    with pytest.raises(MediaError, match="start"):
        read_seconds(value, "start")


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (None, None),
        (24, Fraction(24)),
        (23.976, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (2, Fraction(2)),
    ],
)
def test_rate(value: object, rate: Fraction | None) -> None:
    """A rate is a number; 23.976 and 29.97 are what they stand for."""
    assert read_rate(value) == rate


@pytest.mark.parametrize("value", [0, 241, "fast", True])
def test_rate_that_is_none(value: object) -> None:
    """Other rates are refused."""
    with pytest.raises(MediaError, match="fps"):
        read_rate(value)


def test_choice() -> None:
    """A choice is one of its values, or the default; another comes with the nearest."""
    assert read_choice({}, "fit", ("pad", "trim"), "pad") == "pad"
    assert read_choice({"fit": "trim"}, "fit", ("pad", "trim"), "pad") == "trim"
    with pytest.raises(MediaError, match="fit: trimm is not one of pad, trim") as caught:
        read_choice({"fit": "trimm"}, "fit", ("pad", "trim"), "pad")
    assert caught.value.hint == "did you mean `trim`?"
    with pytest.raises(MediaError):
        read_choice({"fit": 3}, "fit", ("pad", "trim"), "pad")


def test_flag() -> None:
    """A flag is a boolean and nothing like it."""
    assert read_flag({}, "replace", default=True)
    assert not read_flag({"replace": False}, "replace", default=True)
    with pytest.raises(MediaError):
        read_flag({"replace": "no"}, "replace", default=True)


def test_source() -> None:
    """A medium is there, or its parameter is missing."""
    source = made_source("in0.mp4", made_video())
    assert read_source({"video": source}, "video") is source
    with pytest.raises(MediaError) as caught:
        read_source({}, "video")
    assert caught.value.code is codes.MISSING_PARAMETER


@pytest.mark.parametrize(
    ("text", "code"),
    [("es", "spa"), ("pt-BR", "por"), ("zh_CN", "zho"), ("FIL", "fil"), ("spa", "spa"), ("voice 2", "und")],
)
def test_language(text: str, code: str) -> None:
    """Tracks carry three letters; what is no language code is undetermined."""
    assert language_code(text) == code
