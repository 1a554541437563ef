"""Rules of plain scalars: the YAML 1.2 core schema."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel.digests import MAX_SAFE_INTEGER
from runway_flow.spec.scalars import NumberOutOfRange, resolve_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("0", 0),
        ("010", 10),
        ("-5", -5),
        ("+5", 5),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        (str(MAX_SAFE_INTEGER), MAX_SAFE_INTEGER),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("0" * 100 + "7", 7),
    ],
)
def test_the_core_schema_gives_values(text: str, value: object) -> None:
    """Null, booleans, integers and floats are written as YAML 1.2.2, 10.3.2 says."""
    found = resolve_plain(text)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "text",
    [
        *("16:9", "1:1", "no", "on", "Yes", "y", "2026-01-01", "1_000", "0b11", "tRUE", "nULL", "NaN", "inf"),
        *(
            "-0x1",
            "0o8",
            "0xg",
            "1e",
            "e3",
            ".",
            "-",
            "+",
            "..5",
            "1.2.3",
            "1280:720",
            "٣",
            "5 s",
            "~x",
            "0o",
        ),
    ],
)
def test_everything_else_is_text(text: str) -> None:
    """What YAML 1.1 took for numbers, booleans and dates is text."""
    assert resolve_plain(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN", "1e999", "-1e999"),
        *(
            str(MAX_SAFE_INTEGER + 1),
            str(-MAX_SAFE_INTEGER - 1),
            "9" * 5000,
            "0x" + "f" * 5000,
            "1." + "0" * 500,
        ),
    ],
)
def test_numbers_that_json_cannot_hold_are_refused(text: str) -> None:
    """Infinities, not-a-number and numbers beyond what JSON holds exactly are no values."""
    with pytest.raises(NumberOutOfRange):
        resolve_plain(text)


@given(st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER))
def test_every_safe_integer_is_read_back(number: int) -> None:
    """An integer reads as itself."""
    assert resolve_plain(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back(number: float) -> None:
    """A finite float reads as itself, and as a float."""
    found = resolve_plain(repr(number))
    assert isinstance(found, float)
    assert found == number


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    """Whatever the text is, it has a value or is out of range."""
    with contextlib.suppress(NumberOutOfRange):
        assert isinstance(resolve_plain(text), (str, int, float, bool, type(None)))
