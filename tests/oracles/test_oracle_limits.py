"""Limits that types cannot tell, each tried at its bound and just past it.

`stated_limits.json` was gathered from the docstrings of SDK 5.24.0, the API description of 2026-08-08 and,
where neither speaks, from records of what the API refused; the table's overlay was written by hand. A limit
that only one of the two has is found here.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel import codes
from runway_flow.kernel.media import MediaKind
from tests.fakes.media_values import audio, image, video
from tests.oracles.generator import MEDIA, open_address, valid_requests
from tests.oracles.sites import all_labels, replaced, sites_of
from tests.oracles.values import ValueMaker, text_of_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.media import Artifact
    from tests.oracles.sites import Site

STATED = json.loads(Path(__file__).with_name("stated_limits.json").read_text(encoding="utf-8"))
ROWS = {f"{row.endpoint}/{row.variant}": row for row in load_catalog().rows if not row.is_local}
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
COUNTED = ("duration", "output_count", "num_variants")
"""Where nobody states a least value, ours: a count is at least 1, a length above 0."""
LIMITS = {codes.OUT_OF_RANGE, codes.TEXT_LENGTH, codes.ITEM_COUNT, codes.PATTERN, codes.MEDIA_LIMIT}
NAMES = {
    "min": "minimum",
    "max": "maximum",
    "exclusive_min": "exclusive_minimum",
    "min_length": "min_length",
    "max_length": "max_length",
    "pattern": "pattern",
    "min_items": "min_items",
    "max_items": "max_items",
}
"""Limits of the statements by the fields of a shape; the rest are limits of media."""
FORMS = {
    "background_color": (("#FF8800", "ff8800"), ("red", "#FF88000", "FF880", "#GG8800", "##FF880", "")),
    "colors[]": (("#FF8800", "ff8800"), ("red", "#FF88000", "FF880", "#GG8800", "##FF880", "")),
    "tag": (("hero", "Ann", "a_1", "ABC"), ("9abc", "_abc", "a-bc", "he ro", "h\u00e9ro", "@hero")),
    "config_id": (("r", "my-router_2", "z9"), ("Router", "9r", "-r", "my router", "a" * 65, "")),
    "avatar_id": ((UUID, UUID.upper()), (UUID[:-1], UUID + "0", UUID.replace("-4", "-1"), f"{{{UUID}}}", "")),
    "id": ((UUID, UUID.upper()), (UUID[:-1], UUID + "0", UUID.replace("-4", "-1"), f"{{{UUID}}}", "")),
}
"""Texts that have the form of a field, and some that do not."""
Case = tuple[object, bool]
"""A value, and whether it is within the limit."""


def site_at(row: Capability, label: str) -> tuple[dict[str, Any], Site]:
    """Find a good request that has a place, and the place in it."""
    return next(
        (request, site)
        for request in valid_requests(row, 200, 1)
        for site in sites_of(row.params, request)
        if site.label == label
    )


def cases(label: str, shape: Shape, name: str, bound: Any) -> Iterator[Case]:  # noqa: ANN401
    """Give values at a bound and just past it; of a form, texts that have it and texts that do not."""
    step = 1 if shape.type is ParamType.INTEGER else 0.001
    if name == "min":
        yield from ((bound, True), (bound - step, False))
    elif name == "max":
        yield from ((bound, True), (bound + step, False))
    elif name == "exclusive_min":
        yield from ((bound + step, True), (bound, False), (bound - 1, False))
    elif name == "min_length":
        yield from ((text_of_length(shape, bound), True), (text_of_length(shape, bound - 1), False))
    elif name == "max_length":
        yield from ((text_of_length(shape, bound), True), (text_of_length(shape, bound + 1), False))
    elif name == "pattern":
        good, bad = FORMS[label.rpartition(".")[2]]
        yield from [(text, True) for text in good] + [(text, False) for text in bad]
    elif name in ("min_items", "max_items"):
        past = bound + 1 if name == "max_items" else bound - 1
        yield from ((list_of(shape, bound), True), *([] if past < 0 else [(list_of(shape, past), False)]))


def list_of(shape: Shape, count: int) -> list[object]:
    """Make a list of so many items, with nothing but what they need."""
    return ValueMaker(Random(1), MEDIA, 0).items(shape, count)  # noqa: S311 - chance, not secrecy


def findings_at(row: Capability, request: dict[str, Any], path: tuple[str | int, ...]) -> list[str]:
    """Judge a request without the rules of its row; give the findings about limits at a place."""
    alone = replace(row, rules=(), params=tuple(replace(param, only_when={}) for param in row.params))
    found_ = judge(alone, request, open_address).findings
    return [each.message for each in found_ if each.path[: len(path)] == path and each.code in LIMITS]


@pytest.mark.parametrize("name", STATED)
def test_limits_hold_at_their_bounds(name: str) -> None:
    """A value at a bound is taken; the next one past it is refused, at its place."""
    row = ROWS[name]
    for label, limits in STATED[name].items():
        request, site = site_at(row, label)
        for limit, bound in limits.items():
            for value, is_inside in cases(label, site.shape, limit, bound):
                told = findings_at(row, replaced(request, site.path, value), site.path)
                assert bool(told) != is_inside, (label, limit, value, told)


def medium_of(kind: MediaKind, **facts: float) -> Artifact:
    """Make a medium of a kind with some facts: `seconds`, `width`, `height`."""
    width, height = int(facts.get("width", 1000)), int(facts.get("height", 1000))
    if kind is MediaKind.IMAGE:
        return image(width, height)
    seconds = facts.get("seconds", 5.0)
    return video(seconds, width, height) if kind is MediaKind.VIDEO else audio(seconds)


def media_cases(name: str, bound: float, *, is_open: bool) -> Iterator[tuple[dict[str, float], bool]]:
    """Give facts of a medium at a bound and just past it; `is_open`: the bound itself is outside."""
    is_least, past = name.endswith("_min"), bound - 0.01 if name.endswith("_min") else bound + 0.01
    within = bound + 0.01 if is_least else bound - 0.01
    if "seconds" in name:
        yield from (
            ({"seconds": within}, True),
            ({"seconds": bound}, not is_open),
            ({"seconds": past}, False),
        )
    elif "aspect" in name:
        yield from (({"width": bound * 1000}, True), ({"width": past * 1000}, False))
    elif "side_px" in name:
        step = -1 if is_least else 1
        yield {"width": bound, "height": bound}, True
        yield {"width": bound, "height": bound + step}, False
        yield {"width": bound + step, "height": bound}, False


@pytest.mark.parametrize("name", [name for name in STATED if "_m" in str(STATED[name])])
def test_limits_of_media_hold_at_their_bounds(name: str) -> None:
    """A medium at a bound is taken, one just past it is refused, wherever in the parameter it stands."""
    row = ROWS[name]
    for label, limits in STATED[name].items():
        for limit, bound in limits.items():
            if limit in NAMES or limit.endswith("_exclusive"):
                continue
            request, above = site_at(row, label)
            site = next(
                each
                for each in sites_of(row.params, request)
                if each.path[: len(above.path)] == above.path and each.shape.type is ParamType.MEDIA
            )
            is_open = f"{limit.partition('_')[0]}_exclusive" in limits
            for facts, is_inside in media_cases(limit, bound, is_open=is_open):
                one = replaced(request, site.path, medium_of(site.shape.media[0], **facts))
                told = findings_at(row, one, above.path)
                assert bool(told) != is_inside, (label, limit, facts, told)


def limits_of(shape: Shape) -> dict[str, object]:
    """Give every limit that a shape of the table has, by the names of the statements."""
    limits = {name: getattr(shape, field) for name, field in NAMES.items()}
    return {name: limit for name, limit in limits.items() if limit is not None}


@pytest.mark.parametrize("name", ROWS)
def test_table_has_no_limit_that_nobody_states(name: str) -> None:
    """What is not stated is left to the API, but for counts and lengths, which are above zero."""
    row = ROWS[name]
    stated = STATED.get(name, {})
    requests = valid_requests(row, 100, 1)
    sites = {site.label: site.shape for request in requests for site in sites_of(row.params, request)}
    assert set(stated) <= set(all_labels(row.params))
    for label, shape in sites.items():
        limits = limits_of(shape)
        ours = {"min": 1} if shape.type is ParamType.INTEGER else {"exclusive_min": 0}
        if any(label.endswith(each) for each in (*COUNTED, "duration|integer")) and label not in stated:
            assert limits in ({}, ours), label
            continue
        expected = {key: bound for key, bound in stated.get(label, {}).items() if key in NAMES}
        assert limits == expected, label
        for key, bound in shape.limits.items():
            assert any(above.get(key) == bound for at, above in stated.items() if label.startswith(at)), label


def test_texts_that_nobody_limits_may_be_of_any_length() -> None:
    """An empty text and a very long one pass where neither length is stated."""
    row = ROWS["text_to_video/kling_4"]
    for text in ("", "x" * 100_000):
        assert judge(row, {"prompt_text": text}, open_address).findings == ()


def test_numbers_that_nobody_limits_may_be_of_any_size() -> None:
    """A number without a stated range is taken up to what JSON holds exactly."""
    row = ROWS["text_to_speech/eleven_v4"]
    voice = {"type": "runway-preset", "preset_id": "Maya"}
    for whole in (-(2**53) + 1, 0, 2**53 - 1):
        assert judge(row, {"prompt_text": "x", "voice": voice, "seed": whole}, open_address).findings == ()
    for number in (2**53, -(2**53), 1.5, math.inf):
        assert judge(row, {"prompt_text": "x", "voice": voice, "seed": number}, open_address).findings
