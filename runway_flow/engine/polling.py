"""When to look at a task next: near the moment it is usually done, never closer than allowed."""

from __future__ import annotations

import math

SHARE = 0.1
"""A look comes at the latest after this share of the time that has passed: the share that can be lost."""

LONGEST_S = 30.0
"""No two looks are further apart, unless the floor is."""


def next_poll_delay(elapsed_s: float, typical_s: float | None, poll_min_s: float) -> float:
    """Give the seconds until the next look at a task that was submitted `elapsed_s` ago.

    The looks before the typical moment are spread so that one falls on it; they are never closer than
    `poll_min_s`. For a short task that is the floor itself.
    """
    interval = max(poll_min_s, min(SHARE * elapsed_s, LONGEST_S))
    remaining = (typical_s or 0.0) - elapsed_s
    if remaining <= interval:
        return interval
    return remaining / math.floor(remaining / interval)


def first_look_delay(elapsed_s: float, poll_min_s: float) -> float:
    """Give the seconds until the first look at a task that an earlier process submitted."""
    return max(poll_min_s - elapsed_s, 0.0)
