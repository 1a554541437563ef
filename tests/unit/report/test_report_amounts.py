from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.kernel.amounts import FREE, UNKNOWN_PRICE, Estimate, in_credits
from runway_flow.report.amounts import about_text, bytes_text, clock_text, cost_text, counted, seconds_text


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (FREE, "0"),
        (Estimate(Decimal(60), Decimal(60)), "60"),
        (Estimate(Decimal(56), Decimal("280.5")), "56–280.5"),
        (UNKNOWN_PRICE, "?"),
        (Estimate(Decimal(0), Decimal(9), is_known=False), "0–9"),
    ],
)
def test_cost(estimate: Estimate, text: str) -> None:
    """A price is a number, a range, or a question mark where nobody states one."""
    assert cost_text(estimate) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1", "1 credit"),
        ("0", "0 credits"),
        ("1.5", "1.5 credits"),
        ("1–2", "1–2 credits"),
        ("?", "? credits"),
    ],
)
def test_credits(amount: str, text: str) -> None:
    """Exactly one is one credit; all else are credits."""
    assert in_credits(amount) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (38, "38 s"), (59.6, "1 min"), (60, "1 min"), (110, "1 min 50 s"), (7500, "2 h 5 min")],
)
def test_seconds(seconds: float, text: str) -> None:
    """A length of time has the unit that people would use."""
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(6.6, "7 s"), (59, "59 s"), (106.5, "1 min 50 s"), (124, "2 min"), (610, "10 min"), (4000, "1 h 7 min")],
)
def test_about(seconds: float, text: str) -> None:
    """What is only estimated is not said to the second."""
    assert about_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(48.9, "0:48"), (723, "12:03"), (3723, "1:02:03"), (-5, "0:00")]
)
def test_clock(seconds: float, text: str) -> None:
    """A running time looks like a clock, and never runs below nothing."""
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(812, "812 B"), (34_900, "34 kB"), (8_100_000, "8.1 MB"), (2_340_000_000, "2.3 GB")],
)
def test_bytes(count: int, text: str) -> None:
    """A size has the unit that people would use."""
    assert bytes_text(count) == text


def test_counted() -> None:
    """One thing is singular; an irregular plural can be given."""
    assert counted(1, "step") == "1 step"
    assert counted(0, "step") == "0 steps"
    assert counted(2, "more file", "others") == "2 others"
