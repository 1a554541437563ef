"""Prices in words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import Price
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.amounts import Estimate
from runway_flow.report.model_sheet import dollars_text, make_sheet
from runway_flow.report.price_lines import SAID, price_lines
from runway_flow.report.price_text import short_price
from tests.fakes.judgements import row_with
from tests.fakes.plans import credits_of, row_of

CATALOG = load_catalog()
SCALED = "`i` times `s` has"


@pytest.mark.parametrize(
    ("price", "short", "lines"),
    [
        (Price(None), "?", ["Nobody states the price."]),
        (
            Price(None, (), {"note": "the sum of its parts"}),
            "?",
            ["Nobody states the price.", "The sum of its parts."],
        ),
        (Price("output_second"), "?", ["Nobody states the price."]),
        (Price("output_second", ({"credits": 12},)), "12/s", ["12 credits for each second."]),
        (
            Price(
                "output_image",
                ({"credits": 8, "when": {"tier": ["2k", "auto"]}}, {"credits": 5, "when": {"tier": "1mp"}}),
            ),
            "5–8/image",
            ["8 credits for each image at 2K or a ratio of `auto`.", "5 credits for each image at 1 MP."],
        ),
        (
            Price("characters", ({"credits": 1, "per": 50},), {"round": "unit"}),
            "1 per 50 characters",
            ["1 credit for each 50 characters of `prompt_text`.", "What is begun counts whole."],
        ),
        (
            Price("output_second", ({"credits": 0.25},), {"minimum": 5}),
            "0.25/s, at least 5",
            ["0.25 credits for each second.", "At least 5 credits."],
        ),
        (
            Price("output_second", ({"credits": 36, "credits_first": 200, "first_seconds": 4},)),
            "200 for 4 s, then 36/s",
            ["200 credits for the first 4 s, then 36 credits for each second."],
        ),
        (
            Price(
                "output_image",
                ({"credits": 5, "when": {"q": "low", "audio": True}},),
                {"per_call": 8, "extras": [{"credits": 1, "each": ["r"], "unplaced": True}]},
            ),
            "5/image +",
            [
                "5 credits for each image with `q: low`, with `audio: true`.",
                "8 credits more for each call.",
                "1 credit more for each item of `r` without a `position`.",
            ],
        ),
        (
            Price(
                "input_second",
                ({"credits": 2, "per": 3},),
                {"seconds_of": ["v"], "seconds_cap": 10, "flat_without": {"d": 2}},
            ),
            "2 per 3 s",
            [
                "2 credits for each 3 seconds of `v`.",
                "2 credits where `d` is left out.",
                "At most 10 s are charged.",
            ],
        ),
        (
            Price(
                "output_second",
                ({"credits": 2},),
                {
                    "surcharges": [{"when": {"f": ["a", "b"]}, "credits": 20, "credits_over_4mp": 40}],
                    "extras": [
                        {"fraction": 1, "seconds_of": ["v"], "cap": 15},
                        {"fraction": 0.5, "seconds_of": ["w"], "cap": 30},
                        {"fraction": 0.2, "seconds_of": ["x"], "cap": 9},
                    ],
                },
            ),
            "2/s +",
            [
                "2 credits for each second.",
                "20 credits more (40 above 4 million pixels) for each second with `f: a` or `b`.",
                "The rate more for each second of `v`, up to 15 s.",
                "Half the rate more for each second of `w`, up to 30 s.",
                "0.2 times the rate more for each second of `x`, up to 9 s.",
            ],
        ),
        (
            Price(
                "output_frame",
                ({"credits": 1, "when": {"@large": False}}, {"credits": 2, "when": {"@large": True}}),
                {
                    "large": {"of": "i", "side_px": 4096, "times": "s"},
                    "round": "total",
                    "date": "2026-09",
                    "source": "a list",
                },
            ),
            "1–2/frame",
            [
                f"1 credit for each frame of the result where {SCALED} no more than 4,096 pixels on a side.",
                f"2 credits for each frame of the result where {SCALED} more than 4,096 pixels on a side.",
                "The sum is rounded up.",
                "As of 2026-09: a list.",
            ],
        ),
        (
            Price(
                "output_second",
                ({"credits": 2, "when": {"@large": True}},),
                {
                    "large": {"of": "v", "pixels": 4000000},
                    "omitted": {"q": [{"value": "x", "when": {"r": "given"}}, {"value": False}]},
                    "unknown_with": {"tier": ["512"], "draft": [True]},
                    "source": "a list",
                },
            ),
            "2/s",
            [
                "2 credits for each second where `v` has more than 4,000,000 pixels.",
                "Where `q` is left out it counts as `x` with `r`, else `false`.",
                "Nobody states the price at 512 px.",
                "Nobody states the price with `draft: true`.",
                "From: a list.",
            ],
        ),
    ],
)
def test_prices(price: Price, short: str, lines: list[str]) -> None:
    """A price is a few signs in tables, and a sentence for each part of it in full."""
    row = replace(row_with(), price=price)
    assert short_price(row) == short
    assert list(price_lines(row)) == lines


def test_every_price_is_said_in_full() -> None:
    """No part of any price rule is left without words."""
    assert {key for row in CATALOG.rows for key in row.price.rule} <= SAID
    assert all(text.endswith(".") for row in CATALOG.rows for text in price_lines(row))


def test_price_examples() -> None:
    """The example multiplies where that is all, names the files whose length counts, and gives dollars."""
    for uses, text in (
        ("text_to_video/gen4.5", "The step below: 5 s × 12 = 60 credits ($0.60)."),
        ("video_to_video/aleph2", "The step below, clip.mp4 being 5 s long: 5 s × 28 = 140 credits ($1.40)."),
        ("image_to_video/gemini_omni_flash", "The step below: 51 credits ($0.51)."),
        ("text_to_image/gen4_image_turbo", "The step below: 2 credits ($0.02)."),
        ("text_to_image/nano_banana_2.1", ""),
        ("text_to_speech/seed_audio", "Nobody states what the step below costs."),
        ("media/mux", ""),
    ):
        assert make_sheet(CATALOG, row_of(uses)).price_example == text
    assert dollars_text(credits_of(56, 280)) == "$0.56–2.80"
    assert dollars_text(Estimate()) == "$0.00"
