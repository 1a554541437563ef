"""Holds texts to patterns in linear time: a flow from elsewhere must not hang whoever checks it."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

MAX_PATTERN = 1_000
"""The longest pattern, in characters."""

MAX_WORK = 10**8
"""Characters of text × size of the pattern, its counts multiplied out: at most half a second (measured)."""

_COUNTS = re.compile(r"\{(\d+)(?:,(\d*))?\}")


_ATOM = r"(?:\[[A-Za-z0-9_-]+\]|[A-Za-z0-9_#:-])"
_FIXED = rf"(?:{_ATOM}(?:\{{\d{{1,3}}\}})?)*"
_PLAIN = re.compile(rf"\^?{_FIXED}(?:{_ATOM}(?:[*+?]|\{{\d{{1,3}},\d{{1,3}}\}}))?{_FIXED}\$?")
"""Characters and classes one after the other, of which one at most may stand several times: Python's own
engine cannot lose its way in those, reads them alike, and needs nothing to be loaded (15 ms)."""


class PatternProblem(Exception):
    """Why a pattern cannot be used, or not for this text."""


def check_pattern(pattern: str) -> None:
    """Raise `PatternProblem` for what is no regular expression of the kind that needs no way back."""
    if len(pattern) > MAX_PATTERN:
        raise PatternProblem(f"it has more than {MAX_PATTERN:,} characters")
    _compiled(pattern)  # alone first: `a)|(b` would be one within brackets
    _compiled(f"^(?:{pattern})$")


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text has the form of a pattern that was checked. Raises `PatternProblem`."""
    if _is_plain(pattern):
        return re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) is not None
    counts = math.prod(max(int(low), int(high or low), 1) for low, high in _COUNTS.findall(pattern))
    if len(text) * len(pattern) * counts > MAX_WORK:
        raise PatternProblem("the text is too long for a pattern with such counts")
    from pydantic_core import ValidationError

    try:
        _compiled(f"^(?:{pattern})$").validate_python(text)
    except ValidationError:
        return False
    return True


def has_form(pattern: str, text: str) -> bool:
    """Whether a text has the form of a parameter's pattern; one that is too long for it has not."""
    try:
        return fits(pattern, text)
    except PatternProblem:
        return False


@lru_cache(maxsize=256)
def _is_plain(pattern: str) -> bool:
    return _PLAIN.fullmatch(pattern) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    """Compile with the engine of Rust's `regex`: Python's own can take for ever over forty characters."""
    from pydantic_core import SchemaError, SchemaValidator

    try:
        return SchemaValidator({"type": "str", "pattern": pattern, "regex_engine": "rust-regex"})
    except SchemaError as error:
        reason = str(error).rstrip().rpartition("\n")[2].strip()
        raise PatternProblem(reason.removeprefix("error: ").removeprefix("SchemaError: ")) from None
