"""Canonical JSON as RFC 8785 has it, and digests over it."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel.digests import MAX_SAFE_INTEGER, canonical_json, digest_bytes, digest_json

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785, appendix B: the bits of a double, and how it is written."""


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_are_written_as_the_rfc_says(bits: str) -> None:
    """The sample values of RFC 8785, appendix B."""
    value = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_json(value) == NUMBERS[bits]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_as_itself(value: float) -> None:
    """The shortest form loses nothing, and has no needless sign, zero or point."""
    text = canonical_json(value)
    assert float(text) == value
    assert text == canonical_json(float(text))
    assert "E" not in text
    assert not text.endswith((".", ".0"))
    assert len(text.lstrip("-")) <= 24


@given(st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER))
def test_whole_numbers_are_written_alike_whatever_their_type(value: int) -> None:
    """5 and 5.0 are one number."""
    assert canonical_json(value) == canonical_json(float(value)) == str(value)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, MAX_SAFE_INTEGER + 1, -MAX_SAFE_INTEGER - 1]
)
def test_numbers_that_json_cannot_hold_exactly_are_refused(value: float) -> None:
    """I-JSON has no such numbers."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(value)


@pytest.mark.parametrize("value", [b"x", {1: 2}, {None: 1}, {"a": object()}, [{1, 2}]])
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    """Only null, booleans, numbers, text, lists and mappings with text keys are written."""
    with pytest.raises(TypeError):
        canonical_json(value)


def test_a_lone_surrogate_is_refused() -> None:
    """It has no UTF-8."""
    with pytest.raises(ValueError, match="surrogates"):
        canonical_json({"a": "\ud800"})


def test_keys_are_sorted_by_utf16_code_units() -> None:
    """The example of RFC 8785, 3.2.3: a pair of surrogates comes before U+FB33."""
    keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]
    text = canonical_json(dict.fromkeys(keys, 0))
    assert list(json.loads(text)) == ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]


def test_text_is_escaped_as_little_as_can_be() -> None:
    """RFC 8785, 3.2.2.2: the short escapes, lower-case hexadecimal for other controls, nothing else."""
    text = '€$\x0f\x0aA\'B"\\\\"/\b\f\r\t\x7f\u2028'
    assert canonical_json(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\\b\\f\\r\\t\x7f\u2028"'


def test_nothing_stands_between() -> None:
    """No white space; lists and tuples, and mappings of any kind, are written alike."""
    assert canonical_json({"b": [1, True, None], "a": {}, "c": ()}) == '{"a":{},"b":[1,true,null],"c":[]}'
    assert canonical_json(MappingProxyType({"a": (1,)})) == '{"a":[1]}'


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def turned(value: object) -> object:
    """Give the same data with every mapping written in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(PLAIN)
def test_the_order_of_keys_does_not_matter(value: object) -> None:
    """Equal data have one text and one digest; the text says nothing else than the data."""
    text = canonical_json(value)
    assert text == canonical_json(turned(value))
    assert json.loads(text) == value


@given(
    st.recursive(
        st.integers(-9, 9) | st.text("abc", max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
        max_leaves=9,
    )
)
def test_it_agrees_with_another_writer(value: object) -> None:
    """For ASCII and whole numbers, Python's own writer with sorted keys gives the same."""
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"))
    assert canonical_json(value) == plain
    assert digest_json(value) == digest_bytes(plain.encode()) == hashlib.sha256(plain.encode()).hexdigest()
