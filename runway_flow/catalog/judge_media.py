"""Judges media: their kinds, and the limits that are stated for what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.catalog.judge_scalars import refuse_half_character, refuse_type
from runway_flow.catalog.wording import KIND_NAMES, described_shape, number_text, one_of, place_name
from runway_flow.kernel import codes
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, PinnedMedium, RemoteMedium
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Shape
    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path
    from runway_flow.kernel.media import MediaFacts, MediaKind

MEDIA_CLASSES = (Artifact, FileMedium, InlineMedium, RemoteMedium, PinnedMedium)
_URI_STARTS = ("https://", "runway://", "data:")


def is_medium_like(value: object) -> bool:
    """Whether a value can only be a medium: one that is known, one to come, a file, a pinned address."""
    if isinstance(value, MEDIA_CLASSES):
        return True
    if isinstance(value, Deferred):
        return value.kind is not None
    if isinstance(value, str):
        return value.startswith(_URI_STARTS)
    if isinstance(value, Mapping):
        return set(value) == {"url", "sha256"}
    return hasattr(value, "path")


def open_if_text(value: object, path: Path, judging: Judging) -> object:
    """Open what names a medium; give the medium, `Deferred`, or None when a finding says why not."""
    if isinstance(value, (*MEDIA_CLASSES, Deferred)):
        return value
    if isinstance(value, str) and refuse_half_character(value, path, judging):
        return None
    found = judging.open_medium(value)
    if isinstance(found, FileProblem):
        judging.refuse(found.code, path, found.message, hint=found.hint)
        return None
    return found


def check_medium(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a medium: opened if it is named by a text, of a kind that is taken, within the limits."""
    if not (isinstance(value, str) or is_medium_like(value) or isinstance(value, Deferred)):
        refuse_type(shape, value, path, judging)
        return value
    medium = open_if_text(value, path, judging)
    if medium is None:
        return value
    kind: MediaKind | None = getattr(medium, "kind", None)
    if kind is not None and kind not in shape.media:
        message = f"`{place_name(path)}` takes {described_shape(shape)}, this is {KIND_NAMES[kind]}"
        judging.refuse(codes.MEDIA_KIND, path, message)
    elif not _is_of_unread_format(facts_of(medium), path, judging) and shape.limits:
        _check_limits(shape.limits, facts_of(medium), path, judging)
    return medium


_UNREAD = {
    "image/gif": ("a GIF", "models take JPEG, PNG and WebP", "export it as a PNG"),
    "image/svg+xml": ("an SVG drawing", "models take JPEG, PNG and WebP", "export it as a PNG"),
    "application/zip": ("a zip of single pictures", "a film is wanted", "ask for another `output_format`"),
}
"""Media that are no input (API Input Parameters): what it is, what is taken, what to do."""
_READ_HERE = ("image/gif",)
"""Of those, what our own operations read all the same."""


def _is_of_unread_format(facts: MediaFacts | None, path: Path, judging: Judging) -> bool:
    """Refuse a medium of the right kind in a format that is no input."""
    media_type = facts.media_type if facts is not None else ""
    if media_type not in _UNREAD or (judging.capability.is_local and media_type in _READ_HERE):
        return False
    what, taken, hint = _UNREAD[media_type]
    judging.refuse(codes.MEDIA_KIND, path, f"`{place_name(path)}` is {what}; {taken}", hint=hint)
    return True


def facts_of(medium: object) -> MediaFacts | None:
    """Give what is known of a medium's bytes; None for an address or one to come."""
    return getattr(medium, "facts", None)


def _check_limits(
    limits: Mapping[str, float], facts: MediaFacts | None, path: Path, judging: Judging
) -> None:
    if facts is None:
        return
    _check_between(limits, "seconds", facts.duration, "s long", path, judging)
    if not facts.width or not facts.height:
        return
    low, high = min(facts.width, facts.height), max(facts.width, facts.height)
    if "side_px_min" in limits and low < limits["side_px_min"]:
        _refuse_limit(f"{low} px on its short side", f"at least {limits['side_px_min']:g}", path, judging)
    if "side_px_max" in limits and high > limits["side_px_max"]:
        _refuse_limit(f"{high} px on its long side", f"at most {limits['side_px_max']:g}", path, judging)
    _check_between(limits, "aspect", facts.width / facts.height, "as width ÷ height", path, judging)


def _check_between(
    limits: Mapping[str, float], name: str, value: float | None, unit: str, path: Path, judging: Judging
) -> None:
    low, high = limits.get(f"{name}_min"), limits.get(f"{name}_max")
    if value is None:
        return
    is_exclusive = f"{name}_exclusive" in limits
    has = f"{round(value, 2):g} {unit}"
    if low is not None and (value < low or (is_exclusive and value == low)):
        bound = "more than" if is_exclusive else "at least"
        _refuse_limit(has, f"{bound} {number_text(low)}", path, judging)
    elif high is not None and (value > high or (is_exclusive and value == high)):
        bound = "less than" if is_exclusive else "at most"
        _refuse_limit(has, f"{bound} {number_text(high)}", path, judging)


def _refuse_limit(has: str, takes: str, path: Path, judging: Judging) -> None:
    message = f"`{place_name(path)}` is {has}; {judging.capability.title} takes {takes}"
    judging.refuse(codes.MEDIA_LIMIT, path, message)


def check_total_seconds(shape: Shape, items: Iterable[object], path: Path, judging: Judging) -> None:
    """Judge how long the media of a list are together, as far as their lengths are known."""
    most = shape.limits.get("total_seconds_max")
    if most is None:
        return
    durations = (facts.duration for medium in media_in(items) if (facts := facts_of(medium)) is not None)
    total = sum(duration for duration in durations if duration is not None)
    is_exclusive = "total_exclusive" in shape.limits
    if total > most or (is_exclusive and total >= most):
        bound = f"less than {most:g} s" if is_exclusive else f"at most {most:g} s"
        message = f"`{place_name(path)}` is {total:g} s long together; "
        judging.refuse(codes.MEDIA_LIMIT, path, f"{message}{judging.capability.title} takes {bound}")


def media_in(value: object) -> Iterable[object]:
    """Go through every medium, known or to come, inside a canonical value."""
    if isinstance(value, (*MEDIA_CLASSES, Deferred)):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from media_in(item)
    elif not isinstance(value, str) and hasattr(value, "__iter__"):
        for item in value:
            yield from media_in(item)


def refuse_unclear_kind(kinds: Iterable[MediaKind], path: Path, judging: Judging) -> None:
    """Say that an address does not tell which kind of medium it leads to."""
    names = one_of(kind.value for kind in kinds)
    message = f"`{place_name(path)}`: the address does not tell whether it is {names}"
    hint = "write `{type: …, uri: …}`"
    judging.refuse(codes.MEDIA_KIND, path, message, hint=hint)
