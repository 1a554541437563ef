"""Judges ratios and sizes in all the forms that authors may write, and lists what would be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.ratio_names import names_beside
from runway_flow.catalog.ratios import Ambiguous, NoFit
from runway_flow.catalog.shorthands import (
    RATIO_NAMES,
    RESOLUTION,
    Chosen,
    choose_ratio,
    choose_resolution,
    closest_of,
    texts_of,
)
from runway_flow.catalog.suggestions import help_for_ratio
from runway_flow.catalog.wording import value_text
from runway_flow.kernel import codes
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.catalog.capability import Param
    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path

_FREE_FORMS = {
    True: "a size is written as `1280x720` or `16:9@1080p`",
    False: "there is no table of values here: what is written goes to the API, as `1280:720` or `16:9`",
}
"""What may stand where any size, or any ratio, is taken."""

FORMS = RATIO_NAMES | {RESOLUTION}
"""The parameters that are read here before their shape judges them."""


def read_ratio(
    param: Param,
    values: Mapping[str, object],
    path: Path,
    judging: Judging,
    siblings: Mapping[str, Param],
    canonical: dict[str, object],
) -> object:
    """Give the value that a ratio or a size means, or None where a finding says why there is none.

    A size that was said with the ratio goes to `resolution` of `canonical`.
    """
    value = values[param.name]
    if param.name == RESOLUTION:
        size = choose_resolution(param, value)
        if isinstance(size, NoFit):
            _refuse_size(param, value, path, judging)
            return None
        return size.value if size is not None else value
    chosen = choose_ratio(param, value, siblings)
    if isinstance(chosen, Ambiguous):
        _refuse_ambiguous(param, value, chosen.values, siblings, path, judging)
        return None
    if isinstance(chosen, NoFit):
        _refuse_ratio(param, value, chosen.instead, siblings, path, judging)
        return None
    if chosen is not None and chosen.resolution is not None:
        _check_resolution(chosen.resolution, value, values.get(RESOLUTION), path, judging)
        canonical[RESOLUTION] = chosen.resolution
    return chosen.value if isinstance(chosen, Chosen) else value


def _check_resolution(size: str, value: object, written: object, path: Path, judging: Judging) -> None:
    """Refuse a size that `resolution` contradicts."""
    is_open = written is None or isinstance(written, Deferred)
    if not is_open and value_text(written).casefold() != size.casefold():
        message = f"`{value_text(value)}` says {size}, `{RESOLUTION}` says {value_text(written)}"
        judging.refuse(codes.PARAMETER_COMBINATION, path, message)


def _refuse_ambiguous(
    param: Param,
    value: object,
    fitting: tuple[str, ...],
    siblings: Mapping[str, Param],
    path: Path,
    judging: Judging,
) -> None:
    text, names = value_text(value), names_beside(param, siblings)
    message = f"`{text}` fits {len(fitting)} values of `{param.name}` of {judging.capability.title}"
    sized = next((name for each in fitting if (name := names[each]) and "@" in name), None)
    hint = f"or a size with it, as `{sized}`" if sized else None
    note = f"write one of: {_named(fitting, names)}"
    judging.refuse(codes.RATIO_AMBIGUOUS, path, message, notes=(note,), hint=hint)


def _refuse_ratio(
    param: Param,
    value: object,
    instead: tuple[str, ...],
    siblings: Mapping[str, Param],
    path: Path,
    judging: Judging,
) -> None:
    text, names = _asked(value), names_beside(param, siblings)
    what = "a ratio" if param.name == "ratio" else f"a value of `{param.name}`"
    message = f"`{text}` is not {what} of {judging.capability.title}"
    notes = [f"accepted: {_named(names, names)}"] if names else [_FREE_FORMS[param.name == "size"]]
    if instead:
        of = "of this shape there is" if instead[0] in names else f"`{RESOLUTION}` takes"
        notes.insert(0, f"{of}: {_named(instead, names)}")
    judging.refuse(
        codes.VALUE_NOT_ACCEPTED,
        path,
        message,
        notes=tuple(notes),
        label=_closest(param, value, siblings),
        hint=help_for_ratio(judging.shipped(), judging.capability, param.name, text),
    )


def _refuse_size(param: Param, value: object, path: Path, judging: Judging) -> None:
    values = texts_of(param.shape)
    message = f"`{_asked(value)}` is not a value of `{param.name}` of {judging.capability.title}"
    found = choose_resolution(param, {"closest": value})
    label = f"`{{closest: {_asked(value)}}}` would be `{found.value}`" if isinstance(found, Chosen) else None
    judging.refuse(
        codes.VALUE_NOT_ACCEPTED, path, message, notes=(f"accepted: {' '.join(values)}",), label=label
    )


def _closest(param: Param, value: object, siblings: Mapping[str, Param]) -> str | None:
    """Say what `{closest: …}` would take, where it would take something."""
    if closest_of(value) is not None or not isinstance(value, str):
        return None
    found = choose_ratio(param, {"closest": value}, siblings)
    if not isinstance(found, Chosen):
        return None
    size = f" with `{RESOLUTION}: {found.resolution}`" if found.resolution is not None else ""
    return f"`{{closest: {value}}}` would be `{found.value}`{size}"


def _asked(value: object) -> str:
    target = closest_of(value)
    return value_text(value if target is None else target)


def _named(values: Iterable[str], names: Mapping[str, str | None]) -> str:
    """List values with the short names that mean them."""
    return " ".join(f"{value} ({name})" if (name := names.get(value)) else value for value in values)
