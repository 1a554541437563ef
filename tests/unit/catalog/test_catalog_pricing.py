"""Estimates by the price rules of the table."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.capability import Capability, OutputSpec, Param, ParamType, Price, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.pricing import can_be_priced, estimate, promised_seconds, typical_seconds
from runway_flow.kernel.amounts import FREE, UNKNOWN_PRICE, Estimate
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import row
from tests.fakes.media_values import audio, image, video

if TYPE_CHECKING:
    from collections.abc import Mapping

SPEECH = "text_to_speech/eleven_multilingual_v2"
LATER = Deferred(kind=MediaKind.VIDEO)
SOUND_LATER = Deferred(kind=MediaKind.AUDIO)
REFERENCE = {"uri": image()}


def cost(uses: str, params: Mapping[str, object]) -> Estimate:
    """Estimate canonical parameters of a row."""
    return estimate(row(uses), params)


def exactly(amount: str) -> Estimate:
    """Make the estimate of a known price."""
    return Estimate(Decimal(amount), Decimal(amount))


def between(low: str, high: str) -> Estimate:
    """Make the estimate of a price between two."""
    return Estimate(Decimal(low), Decimal(high))


BOUNDED: list[tuple[str, Mapping[str, object], str, str]] = [
    ("text_to_video/seedance2", {"duration": "auto", "ratio": "1280:720"}, "144", "540"),
    ("text_to_video/seedance2", {"ratio": "1280:720"}, "144", "540"),
    ("text_to_video/seedance2", {"duration": 5}, "180", "750"),
    ("text_to_video/seedance2", {"duration": 5, "ratio": Deferred()}, "180", "750"),
    ("image_to_video/gen4.5", {"duration": Deferred(), "ratio": "1280:720"}, "24", "120"),
    ("text_to_video/veo3.1", {"ratio": "1280:720"}, "160", "320"),
    ("text_to_video/veo3.1", {"duration": 8, "audio": Deferred()}, "160", "320"),
    ("text_to_video/gen4.5", {"duration": 5, "ratio": "1280:720", "output_format": Deferred()}, "60", "160"),
    ("video_to_video/aleph2", {"video_uri": video(5), "output_format": "sdr_rec709_10bit"}, "240", "340"),
    ("text_to_image/gpt_image_2", {"ratio": Deferred(), "quality": "low"}, "1", "2"),
    ("text_to_image/gen4_image", {"ratio": Deferred()}, "5", "8"),
    ("text_to_image/gpt_image_2", {"ratio": "auto", "output_count": Deferred()}, "41", "410"),
    ("text_to_image/gemini_image3_pro", {"ratio": "1024:1024", "output_count": Deferred()}, "20", "80"),
    ("text_to_image/ideogram_4_0", {}, "4", "11"),
    ("text_to_image/ideogram_4_5", {"reference_images": Deferred()}, "8", "25"),
    ("text_to_image/ideogram_4_5", {"reference_images": (REFERENCE,), "precise_edit": Deferred()}, "8", "25"),
    ("text_to_image/ideogram_4_5", {"reference_images": (), "quality": Deferred()}, "1", "25"),
    (SPEECH, {"prompt_text": Deferred()}, "1", "20"),
    ("character_performance/act_two", {"reference": {"uri": LATER}}, "15", "150"),
    ("video_to_video/gemini_omni_flash", {"video_uri": LATER}, "11", "110"),
    ("voice_isolation/eleven_voice_isolation", {"audio_uri": SOUND_LATER}, "0", "600"),
    ("text_to_video/grok_imagine_1_5", {"duration": 5, "references": (REFERENCE,)}, "51", "81"),
    ("text_to_video/grok_imagine_1_5", {"duration": 5, "reference_audio": (REFERENCE,)}, "51", "146"),
    (
        "image_to_video/grok_imagine_1_5",
        {"duration": 5, "resolution": "480p", "prompt_image": Deferred(kind=MediaKind.IMAGE)},
        "51",
        "51",
    ),
    ("image_to_video/hailuo3", {"duration": 5, "resolution": "768p", "prompt_image": image()}, "50", "52"),
    (
        "image_to_video/hailuo3",
        {
            "duration": 5,
            "resolution": "768p",
            "prompt_image": ({"position": "first", "uri": image()}, REFERENCE),
        },
        "52",
        "52",
    ),
    (
        "text_to_video/hailuo3",
        {
            "duration": 5,
            "resolution": "768p",
            "reference_videos": ({"uri": LATER},),
            "references": Deferred(),
        },
        "50",
        "218",
    ),
    (
        "image_upscale/magnific_precision_upscaler_v2",
        {"image_uri": image(1000, 1000), "scale_factor": Deferred()},
        "25",
        "150",
    ),
    ("image_upscale/magnific_precision_upscaler_v2", {"image_uri": Deferred()}, "25", "150"),
    ("video_to_hdr/ruby", {"video_uri": video(5, None, None)}, "100", "200"),
]


@pytest.mark.parametrize(("uses", "params", "low", "high"), BOUNDED)
def test_price_between_bounds(uses: str, params: Mapping[str, object], low: str, high: str) -> None:
    """What is not known, left out or `auto` counts with the least and the most that it may be."""
    assert cost(uses, params) == between(low, high)


UNKNOWN: list[tuple[str, Mapping[str, object]]] = [
    ("text_to_video/kling3.0_pro", {"duration": 5}),
    ("generate/video", {}),
    ("text_to_video/seedance2_5", {"duration": 5, "draft": True}),
    ("text_to_video/seedance2_5", {"draft_task_id": "t"}),
    ("text_to_video/seedance2_5", {"duration": 5, "draft": Deferred()}),
    ("text_to_speech/seed_audio", {"prompt_text": "x"}),
    ("voice_dubbing/eleven_voice_dubbing", {"audio_uri": SOUND_LATER}),
    ("video_to_video/aleph2", {"video_uri": LATER, "output_format": "prores"}),
    ("text_to_image/gemini_image3.1_flash", {"ratio": Deferred()}),
    ("text_to_video/grok_imagine_1_5", {"duration": 5, "references": Deferred()}),
    ("video_upscale/magnific_video_upscaler_creative", {"video_uri": LATER}),
    ("video_upscale/magnific_video_upscaler_creative", {"video_uri": video(fps=None)}),
    ("video_upscale/magnific_video_upscaler_creative", {"video_uri": video(), "fps_boost": Deferred()}),
]


@pytest.mark.parametrize(("uses", "params"), UNKNOWN)
def test_price_that_nobody_states(uses: str, params: Mapping[str, object]) -> None:
    """Without a stated price, or with a length that has no bound, the price is unknown."""
    assert cost(uses, params) == UNKNOWN_PRICE


def test_our_own_operations_are_free() -> None:
    """What this machine does costs nothing."""
    assert cost("media/concat", {}) == FREE


def test_lengths_that_the_caller_knows() -> None:
    """The caller may tell the length of what is to come, of what it feeds on, say."""
    params = {"audio_uri": SOUND_LATER}
    dub = row("voice_dubbing/eleven_voice_dubbing")
    assert estimate(dub, params, input_seconds=lambda _: (4.0, 9.0)) == between("2", "5")
    assert estimate(dub, params, input_seconds=lambda _: None) == UNKNOWN_PRICE


def test_a_limit_holds_also_for_lengths_that_the_caller_knows() -> None:
    """A medium that may turn out too long would be refused: no more than the limit is paid for."""
    isolation = row("voice_isolation/eleven_voice_isolation")
    found = estimate(isolation, {"audio_uri": SOUND_LATER}, input_seconds=lambda _: (9.0, 9000.0))
    assert found == between("1", "600")


def test_every_row_has_an_estimate() -> None:
    """No row of the table breaks the rules that read it, even with nothing given."""
    for each in load_catalog().rows:
        found = estimate(each, {})
        assert found.low <= found.high


def priced(price: Price, *params: Param, count: int | str = 1) -> Capability:
    """Make a row of a price."""
    return Capability("e", "m", "m", "/v1/e", params, OutputSpec(MediaKind.IMAGE, count), price)


def test_surcharge_on_an_unknown_length() -> None:
    """A surcharge by the second of an unknown length leaves the whole unknown."""
    rule = {"surcharges": [{"when": {"format": ["mov"]}, "credits": 5}]}
    form = Param("format", "format", Shape(ParamType.STRING, values=("mp4", "mov")))
    assert (
        estimate(priced(Price("output_image", ({"credits": 1},), rule), form), {"format": "mov"})
        == UNKNOWN_PRICE
    )


def test_surcharge_on_small_outputs() -> None:
    """A surcharge that grows with the size stays small for small outputs."""
    rule = {"surcharges": [{"when": {"format": ["mov"]}, "credits": 5, "credits_over_4mp": 40}]}
    form = Param("format", "format", Shape(ParamType.STRING, values=("mp4", "mov")))
    length = Param("duration", "duration", Shape(ParamType.INTEGER))
    found = priced(Price("output_second", ({"credits": 1},), rule), form, length)
    given = {"format": "mov", "duration": 2, "ratio": "1280:720"}
    assert estimate(found, given) == exactly("12")


def test_rule_about_parameters_that_a_row_has_not() -> None:
    """Conditions about what a row does not have never hold; a number of what it has not is unknown."""
    assert (
        estimate(priced(Price("output_image", ({"credits": 1, "when": {"tier": "4k"}},))), {})
        == UNKNOWN_PRICE
    )
    assert estimate(priced(Price("output_image", ({"credits": 1, "when": {"zzz": 1}},))), {}) == UNKNOWN_PRICE
    assert estimate(priced(Price("output_image", ({"credits": 1},)), count="zzz"), {}) == UNKNOWN_PRICE
    assert estimate(priced(Price("characters", ({"credits": 1},))), {}) == UNKNOWN_PRICE
    assert estimate(priced(Price("input_second", ({"credits": 1},), {"seconds_of": ["zzz"]})), {}) == exactly(
        "0"
    )


def test_length_without_bounds() -> None:
    """A length to come of which no bound is stated leaves the price unknown."""
    length = Param("duration", "duration", Shape(ParamType.INTEGER))
    row_ = priced(Price("output_second", ({"credits": 1},)), length)
    assert estimate(row_, {"duration": Deferred()}) == UNKNOWN_PRICE


@pytest.mark.parametrize(
    ("uses", "params", "seconds"),
    [
        ("text_to_image/gen4_image", {}, 20.0),
        ("image_to_video/gen4.5", {"duration": 5}, 80.0),
        ("video_to_video/aleph2", {}, 40.0),
        (SPEECH, {}, 6.0),
        ("media/concat", {}, None),
    ],
)
def test_usual_time_of_a_task(uses: str, params: Mapping[str, object], seconds: float | None) -> None:
    """A task takes about so long, by its kind and the seconds asked for; ours are not guessed."""
    assert typical_seconds(row(uses), params) == seconds


PROMISED: list[tuple[str, Mapping[str, object], tuple[float, float] | None]] = [
    ("image_to_video/gen4.5", {"duration": 5}, (4.5, 5.5)),
    ("text_to_video/seedance2", {"duration": "auto"}, (3.5, 15.5)),
    ("text_to_video/kling3.0_pro", {"duration": 5}, (4.5, 5.5)),
    ("video_to_video/aleph2", {"video_uri": video(4)}, (3.5, 4.5)),
    ("video_to_video/aleph2", {"video_uri": LATER}, None),
    ("character_performance/act_two", {"reference": {"uri": LATER}}, (2.5, 30.5)),
    ("sound_effect/eleven_text_to_sound_v2", {"duration": 0.5}, (0.0, 1.0)),
    ("video_to_video/seedance2_5", {"prompt_video": video(4), "mode": "extend", "duration": 5}, None),
    ("video_to_video/seedance2_5", {"prompt_video": video(4), "duration": 5}, (4.5, 5.5)),
    ("voice_dubbing/eleven_voice_dubbing", {"audio_uri": audio(5)}, None),
    (SPEECH, {"prompt_text": "x"}, None),
    ("text_to_image/gen4_image", {}, None),
    ("media/concat", {}, None),
]


@pytest.mark.parametrize(("uses", "params", "seconds"), PROMISED)
def test_length_that_a_step_promises(
    uses: str, params: Mapping[str, object], seconds: tuple[float, float] | None
) -> None:
    """What is asked for, or what goes in where that is what comes out, give or take half a second."""
    assert promised_seconds(row(uses), params) == seconds


@pytest.mark.parametrize(
    ("uses", "params", "expected"),
    [
        ("media/concat", {}, True),
        ("image_to_video/gen4.5", {"duration": Deferred()}, True),
        ("voice_dubbing/eleven_voice_dubbing", {"audio_uri": SOUND_LATER}, True),
        ("video_to_video/aleph2", {"video_uri": LATER}, True),
        ("text_to_video/seedance2_5", {"draft": Deferred()}, True),
        ("text_to_video/seedance2_5", {"draft": True}, False),
        ("text_to_video/kling3.0_pro", {"duration": 5}, False),
        ("text_to_speech/seed_audio", {"prompt_text": Deferred()}, False),
    ],
)
def test_whether_there_will_be_a_price(uses: str, params: Mapping[str, object], expected: bool) -> None:  # noqa: FBT001 - a case
    """What only waits for something to come can be priced then; what nobody states cannot."""
    assert can_be_priced(row(uses), params) is expected
