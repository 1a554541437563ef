"""Rules of amounts: how lengths are read, and what is advised for those that are not."""

from __future__ import annotations

import pytest

from runway_flow.kernel.amounts import duration_text, find_seconds, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5 seconds", 5.0),
        ("20 Minutes", 1200.0),
        ("1h30m", 5400.0),
        ("1 hour, 30 min", 5400.0),
        ("5.5 sec", 5.5),
        ("0:05", 5.0),
        ("01:00:30", 3630.0),
        ("five", None),
        ("5 apples", None),
        ("5s and more", None),
        ("", None),
    ],
)
def test_a_length_in_other_words_is_understood(text: str, seconds: float | None) -> None:
    """What people write for a length is understood, for advice only: it is no form that is read."""
    assert find_seconds(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5.0, "5s"), (5.5, "5.5s"), (90.0, "90s"), (1200.0, "20m"), (7200.0, "2h"), (0.0, "0s")],
)
def test_a_length_is_written_in_a_form_that_is_read(seconds: float, text: str) -> None:
    """What is advised is accepted, and means the same."""
    assert duration_text(seconds) == text
    assert parse_seconds(text) == seconds
