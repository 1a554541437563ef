"""Judges texts, numbers and booleans against a shape, and gives their canonical form."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.ratios import ASPECT_TOLERANCE, aspect_name, parse_wanted, read_loosely
from runway_flow.catalog.shorthands import closest_number, closest_of, help_for_seconds, read_seconds, whole
from runway_flow.catalog.suggestions import help_for_value
from runway_flow.catalog.wording import (
    accepted,
    accepted_note,
    described_shape,
    described_value,
    number_text,
    place_name,
    range_text,
    value_text,
)
from runway_flow.kernel import codes
from runway_flow.kernel.digests import MAX_SAFE_INTEGER
from runway_flow.kernel.patterns import has_form
from runway_flow.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path


def check_text(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a text; it loses one trailing newline."""
    if not isinstance(value, str):
        refuse_type(shape, value, path, judging)
        return value
    text = value.removesuffix("\n")
    if refuse_half_character(text, path, judging):
        return text
    if shape.values is not None:
        if text not in shape.values:
            refuse_value(shape, text, path, judging)
        return text
    if shape.min_length is not None or shape.max_length is not None:
        _check_length(shape, text, path, judging)
    if shape.pattern is not None and not has_form(shape.pattern, text):
        message = f"`{value_text(text)}` does not have the form of `{place_name(path)}`"
        judging.refuse(codes.PATTERN, path, message, notes=(f"the form is {shape.pattern}",))
    return text


def refuse_half_character(text: str, path: Path, judging: Judging) -> bool:
    """Refuse lone surrogates, which escapes can write and UTF-8 cannot; tell whether there was one."""
    if text.isascii():
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        message = f"`{place_name(path)}` holds half of a character (a lone surrogate), which cannot be sent"
        judging.refuse(codes.PATTERN, path, message)
        return True
    return False


def _check_length(shape: Shape, text: str, path: Path, judging: Judging) -> None:
    length = len(text)
    unit = "character" if length == 1 else "characters"
    if shape.length_unit != "characters" and not text.isascii():
        length = len(text.encode("utf-16-le")) // 2
        unit = "UTF-16 code units"
    name, row = place_name(path), judging.capability.title
    if shape.max_length is not None and length > shape.max_length:
        message = f"`{name}` has {length:,} {unit}; {row} takes up to {shape.max_length:,}"
        hint = f"shorten it by {length - shape.max_length:,}"
        if judging.capability.endpoint == "text_to_speech":
            hint += (
                ", or speak it in parts: a `foreach` over them, and `media/concat` to join what was spoken"
            )
        judging.refuse(codes.TEXT_LENGTH, path, message, hint=hint)
    elif shape.min_length is not None and length < shape.min_length:
        message = f"`{name}` is empty; {row} needs a text"
        if length or shape.min_length > 1:
            message = f"`{name}` has {length:,} {unit}; {row} needs at least {shape.min_length:,}"
        judging.refuse(codes.TEXT_LENGTH, path, message)


def check_boolean(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a boolean."""
    if not isinstance(value, bool):
        refuse_type(shape, value, path, judging)
    return value


def check_number(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a number; one without a fraction becomes an integer, seconds of our own operations a float."""
    number = _read_number(shape, value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        refuse_type(shape, value, path, judging)
        return value
    if not _is_finite(number):
        message = f"`{place_name(path)}` takes {described_shape(shape)}, {number} is none"
        judging.refuse(codes.PARAMETER_TYPE, path, message)
        return value
    if isinstance(number, float):
        number = whole(number)
    if shape.type is ParamType.INTEGER and not isinstance(number, int):
        message = f"`{place_name(path)}` takes a whole number, {number:g} has a fraction"
        judging.refuse(codes.PARAMETER_TYPE, path, message, notes=(accepted_note(shape),))
        return value
    _check_range(shape, number, path, judging)
    is_own_length = shape.is_seconds and judging.capability.is_local
    return float(number) if is_own_length and abs(number) <= MAX_SAFE_INTEGER else number


def _read_number(shape: Shape, value: object) -> object:
    """Read the short forms of seconds: text, and `{closest: …}`."""
    if not shape.is_seconds:
        return value
    target = closest_of(value)
    if target is None:
        return read_seconds(value)
    read = read_seconds(target)
    if isinstance(read, bool) or not isinstance(read, (int, float)) or not _is_finite(read):
        return target
    return closest_number(shape, read)


def _is_finite(number: float) -> bool:
    """Whether JSON can write a number; a whole one may be too large for Python to ask as a float."""
    return isinstance(number, int) or math.isfinite(number)


def _check_range(shape: Shape, number: float, path: Path, judging: Judging) -> None:
    if shape.values is not None:
        if number not in shape.values:
            refuse_value(shape, number, path, judging)
        return
    bound = _passed_bound(shape, number)
    if bound is not None:
        shown = value_text(number_text(number))
        message = f"`{place_name(path)}` {shown} is {bound} of {judging.capability.title}"
        note = f"accepted: {range_text(shape)}"
        judging.refuse(codes.OUT_OF_RANGE, path, message, notes=(note,), hint=_help(number, path, judging))


def _passed_bound(shape: Shape, number: float) -> str | None:
    if isinstance(number, int) and abs(number) > MAX_SAFE_INTEGER:
        return f"beyond {number_text(MAX_SAFE_INTEGER)}, the last that JSON holds exactly, for a number"
    if shape.maximum is not None and number > shape.maximum:
        return f"above the maximum of {number_text(shape.maximum)}"
    if shape.minimum is not None and number < shape.minimum:
        return f"below the minimum of {number_text(shape.minimum)}"
    if shape.exclusive_minimum is not None and number <= shape.exclusive_minimum:
        return f"not above {number_text(shape.exclusive_minimum)}, the bound"
    return None


def refuse_type(shape: Shape, value: object, path: Path, judging: Judging) -> None:
    """Say that a value is of another type than its place takes."""
    message = f"`{place_name(path)}` takes {described_shape(shape)}, this is {described_value(value)}"
    hint = None
    if isinstance(value, (int, float)) and value_text(value) in accepted(shape):
        hint = f'write it as text: `"{value_text(value)}"`'
    elif isinstance(value, str) and _is_quoted(shape, value):
        hint = f"write it without quotes: `{value}`"
    elif isinstance(value, str) and shape.is_seconds:
        hint = help_for_seconds(value)
    judging.refuse(codes.PARAMETER_TYPE, path, message, hint=hint)


def _is_quoted(shape: Shape, text: str) -> bool:
    if shape.type is ParamType.BOOLEAN:
        return text in ("true", "false")
    is_number = shape.type in (ParamType.INTEGER, ParamType.NUMBER)
    return is_number and re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def refuse_value(shape: Shape, value: object, path: Path, judging: Judging) -> None:
    """Say that a value is not among those that its place takes."""
    name = place_name(path)
    text = value_text(value)
    kind = f"a {name}" if name == "ratio" else f"a value of `{name}`,"
    message = f"`{text}` is not {kind} of {judging.capability.title}".replace(", of", " of")
    judging.refuse(
        codes.VALUE_NOT_ACCEPTED,
        path,
        message,
        notes=(accepted_note(shape),),
        label=_nearest(shape, text),
        hint=_help(value, path, judging),
    )


def _nearest(shape: Shape, text: str) -> str | None:
    """Suggest the value that was probably meant: of a ratio the one of the nearest aspect."""
    words = accepted(shape)
    wanted = read_loosely(text)
    ratios = [(word, found.aspect) for word in words if (found := parse_wanted(word)) is not None]
    if wanted is None or not ratios:
        return did_you_mean(text, words)
    word, aspect = min(ratios, key=lambda item: abs(item[1] / wanted.aspect - 1))
    if abs(aspect / wanted.aspect - 1) > ASPECT_TOLERANCE:
        return did_you_mean(text, words)
    name = aspect_name(word)
    return f"did you mean `{word}`" + (f" ({name})?" if name else "?")


def _help(value: object, path: Path, judging: Judging) -> str | None:
    if len(path) != 1 or judging.capability.is_local:
        return None
    return help_for_value(judging.shipped(), judging.capability, str(path[0]), value)
