"""Patterns of inputs: linear in time, with bounds on what they cost."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel.patterns import MAX_PATTERN, PatternProblem, check_pattern, fits, has_form


@pytest.mark.parametrize(
    ("pattern", "text", "is_fit"),
    [
        ("[A-Z]{2}-[0-9]+", "AB-12", True),
        ("[A-Z]{2}-[0-9]+", "AB-", False),
        ("[a-z]+", "abc\n", False),
        ("a|b", "b", True),
        ("a|b", "ab", False),
        ("", "", True),
        (r"\d{1,}", "12", True),
        ("(?i)ä+", "ÄÄ", True),
    ],
)
def test_the_whole_text_counts(pattern: str, text: str, *, is_fit: bool) -> None:
    """A pattern describes the text from its first to its last character."""
    check_pattern(pattern)
    assert fits(pattern, text) is is_fit


@pytest.mark.parametrize(
    "pattern", ["(a", "a)|(b", "a(?=b)", r"(a)\1", "(" * 900, "((a{1,9999}){1,9999}){1,9999}"]
)
def test_what_cannot_be_used(pattern: str) -> None:
    """What is no pattern, or one that needs a way back or much room, is refused when it is declared."""
    with pytest.raises(PatternProblem):
        check_pattern(pattern)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "[a-c]", "[A-Z_]", "#", "-"]), st.sampled_from(["", "", "{2}"])),
        max_size=4,
    ),
    st.sampled_from(["", "a*", "[a-c]+", "b?", "[ab]{0,3}"]),
    st.text("abcAZ#-_\n", max_size=8),
)
def test_plain_patterns_mean_the_same_without_the_engine(
    parts: list[tuple[str, str]], varying: str, text: str
) -> None:
    """Python's engine and Rust's agree on what is held to a plain pattern."""
    pattern = "".join(
        (*("".join(part) for part in parts[:2]), varying, *("".join(part) for part in parts[2:]))
    )
    expected = fits(f"(?:{pattern})", text)  # a group is not plain
    assert fits(pattern, text) is expected
    assert fits(f"^{pattern}$", text) is expected


@pytest.mark.parametrize(
    ("pattern", "text"), [("^[A-Za-z][A-Za-z0-9_]*$", "hero"), ("^#?[0-9a-fA-F]{6}$", "#12abEF")]
)
def test_patterns_of_the_shipped_table_load_no_engine(pattern: str, text: str) -> None:
    """What every flow with tags needs costs no import."""
    code = (
        "import sys; from runway_flow.kernel.patterns import fits;"
        f"assert fits({pattern!r}, {text!r}); assert 'pydantic_core' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_long_pattern() -> None:
    """Nobody writes a pattern that long."""
    check_pattern("a" * MAX_PATTERN)
    with pytest.raises(PatternProblem, match="1,000 characters"):
        check_pattern("a" * (MAX_PATTERN + 1))


def test_counts_upon_counts() -> None:
    """Counts multiply what a character costs: such a pattern is for short texts."""
    pattern = "((a{1,99}){1,99}){1,9}"
    assert fits(pattern, "aaa")
    with pytest.raises(PatternProblem, match="too long"):
        fits(pattern, "a" * 1_000)
    assert not has_form(pattern, "a" * 1_000)
    assert has_form(pattern, "aaa")
