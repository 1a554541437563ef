"""Limits that a row states for the media themselves: seconds, pixels of a side, width ÷ height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.emulator.answers import WireIssue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runway_flow.catalog.capability import Shape
    from runway_flow.emulator.readings import Input, WirePath
    from runway_flow.kernel.media import MediaFacts


def _seconds(facts: MediaFacts) -> float | None:
    return facts.duration


def _short_side(facts: MediaFacts) -> float | None:
    return min(facts.width, facts.height) if facts.width and facts.height else None


def _long_side(facts: MediaFacts) -> float | None:
    return max(facts.width, facts.height) if facts.width and facts.height else None


def _aspect(facts: MediaFacts) -> float | None:
    return facts.width / facts.height if facts.width and facts.height else None


_MEASURES: dict[str, tuple[Callable[[MediaFacts], float | None], bool, str]] = {
    "seconds_min": (_seconds, True, "seconds"),
    "seconds_max": (_seconds, False, "seconds"),
    "side_px_min": (_short_side, True, "pixels of a side"),
    "side_px_max": (_long_side, False, "pixels of a side"),
    "aspect_min": (_aspect, True, "width divided by height"),
    "aspect_max": (_aspect, False, "width divided by height"),
}
TOLERANCE_S = 0.05
"""Containers round: a medium may miss its limit by about a frame."""


def check_media_limits(shape: Shape, inputs: Sequence[Input], path: WirePath) -> tuple[WireIssue, ...]:
    """Find the media under a shape that miss its limits; what is not known of a medium is not judged."""
    if not shape.limits:
        return ()
    issues: list[WireIssue] = []
    for name, limit in shape.limits.items():
        for item in inputs:
            issue = _check(name, limit, item)
            if issue is not None:
                issues.append(issue)
    total = shape.limits.get("total_seconds_max")
    length = sum(item.facts.duration or 0.0 for item in inputs if item.facts is not None)
    slack = 0.0 if shape.limits.get("total_exclusive") else TOLERANCE_S
    if total is not None and (length > total + slack or (not slack and length == total)):
        message = f"The media must not be longer than {total:g} seconds together, they are {length:g}"
        issues.append(WireIssue("custom", path, message))
    return tuple(issues)


def _check(name: str, limit: float, item: Input) -> WireIssue | None:
    if name not in _MEASURES or item.facts is None:
        return None
    measure, is_minimum, unit = _MEASURES[name]
    value = measure(item.facts)
    if value is None:
        return None
    if is_minimum and value < limit - TOLERANCE_S:
        return WireIssue("custom", item.path, f"Expected at least {limit:g} {unit}, received {value:g}")
    if not is_minimum and value > limit + TOLERANCE_S:
        return WireIssue("custom", item.path, f"Expected at most {limit:g} {unit}, received {value:g}")
    return None
