"""Rules that are kept, or may be kept once everything is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.capability import ParamType, Rule, Shape
from runway_flow.catalog.rules import _RULES
from runway_flow.kernel.media import RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import (
    CATALOG,
    INTEGER,
    accepted,
    aleph,
    keyframe,
    only_finding,
    param,
    row_with,
    settings,
    verdict_of,
)
from tests.fakes.media_values import audio, image, video

if TYPE_CHECKING:
    from collections.abc import Mapping


FIRST = {"first": image()}
BOTH = {"first": image(), "last": image()}
VEO = {"prompt_text": "x", "ratio": "1280:720"}
GEN = {"prompt_text": "x", "ratio": "1280:720", "duration": 5}
EDIT = {"prompt_video": video()}
RANGE = {"start_seconds": 1, "end_seconds": 3}


def router(videos: object) -> dict[str, object]:
    """Make a router's request with a keyframe and some reference videos."""
    frames = [{"at": 0.5, "uri": image()}]
    return {"config_id": "a", "input": {"keyframes": frames, "reference_videos": videos}}


KEPT: list[tuple[str, Mapping[str, object]]] = [
    ("text_to_video/gen4.5", {**GEN, "prores_profile": "422", "output_format": "prores"}),
    ("text_to_video/gen4.5", {**GEN, "prores_profile": "422", "output_format": "hdr_prores"}),
    ("text_to_video/gen4.5", {**GEN, "prores_profile": "422", "output_format": Deferred()}),
    ("text_to_video/gen4.5", {**GEN, "prores_profile": Deferred(), "output_format": "hdr_prores"}),
    ("media/concat", {"clips": [audio(), audio()]}),
    ("media/concat", {"clips": [Deferred(), video()], "transition": "fade", "overlap": 1}),
    ("image_to_video/veo3.1", {**VEO, "prompt_image": BOTH}),
    ("image_to_video/veo3.1", {**VEO, "prompt_image": Deferred()}),
    (
        "image_to_video/veo3.1",
        {**VEO, "prompt_image": [Deferred(), {"position": Deferred(), "uri": image()}]},
    ),
    ("image_to_video/veo3.1", {**VEO, "prompt_image": [{"position": Deferred(), "uri": image()}]}),
    ("image_to_video/seedance2", {"prompt_image": [image(), image()]}),
    ("image_to_video/seedance2", {"prompt_image": BOTH}),
    ("image_to_video/wan3", {"prompt_text": "x", "prompt_image": FIRST, "ratio": "auto_720p"}),
    ("image_to_video/wan3", {"prompt_text": "x", "prompt_image": [image()], "ratio": "1280:720"}),
    ("text_to_video/hailuo3", {"prompt_text": "x", "ratio": "adaptive", "references": [image()]}),
    ("video_to_video/seedance2_5", {**EDIT, "mode": "edit", "prompt_text": "x", "duration": "auto"}),
    ("video_to_video/seedance2_5", {**EDIT, "mode": "edit", "prompt_text": "x", "duration": Deferred()}),
    ("video_to_video/seedance2_5", {**EDIT, "mode": Deferred(), "ratio": "1280:720"}),
    ("text_to_video/seedance2_5", {"draft_task_id": "t"}),
    (
        "text_to_image/ideogram_4_5",
        {"prompt_text": "x", "quality": "very_low", "reference_images": [image()]},
    ),
    ("text_to_image/bria_fibo_edit_1_5", {"prompt_text": "x", "reference_images": [image()]}),
    ("text_to_image/bria_fibo_edit_1_5", {"prompt_text": "x", "ratio": Deferred()}),
    (
        "text_to_image/bria_fibo_edit_1_5",
        {"prompt_text": "x", "reference_images": [image()] * 2, "ratio": "1:1"},
    ),
    (
        "text_to_image/bria_fibo_edit_1_5",
        {"prompt_text": "x", "reference_images": Deferred(), "ratio": "1:1"},
    ),
    ("video_to_video/aleph2", aleph(keyframe(range=RANGE))),
    ("video_to_video/aleph2", aleph(keyframe())),
    ("video_to_video/aleph2", aleph(keyframe(range={"start_seconds": Deferred(), "end_seconds": 4}))),
    ("video_to_video/aleph2", aleph({"at": 0.5, "uri": image(), "range": RANGE})),
    (
        "video_to_video/aleph2",
        {
            **aleph({"at": 0.9, "uri": image(), "range": RANGE}),
            "video_uri": RemoteMedium("https://x.example/a"),
        },
    ),
    ("video_to_video/aleph2", {**aleph({"at": Deferred(), "uri": image(), "range": RANGE})}),
    ("generate/video", router(Deferred())),
    ("generate/video", router([Deferred()])),
    ("generate/video", router([{"role": Deferred(), "uri": video()}])),
    ("generate/video", router([{"role": "reference", "uri": video()}, {"role": "source", "uri": video()}])),
    ("text_to_video/seedance2_5", {"prompt_text": "x", "draft": True, "output_format": "mp4"}),
    ("text_to_video/seedance2_5", {"prompt_text": "x", "draft": False, "output_format": "mov"}),
    ("video_to_video/aleph2", aleph(keyframe(range=Deferred()))),
    ("text_to_video/kling3.0_pro", {"ratio": "1920:1080", "provider_settings": settings(10, 5)}),
    ("text_to_video/kling3.0_pro", {"ratio": "1920:1080", "provider_settings": settings(10, Deferred())}),
    ("text_to_image/gpt_image_2", {"prompt_text": "x", "ratio": "auto", "reference_images": [image()] * 2}),
    ("image_to_video/kling_4", {"prompt_image": [image()], "references": [image()] * 9}),
    ("image_upscale/magnific_precision_upscaler_v2", {"image_uri": image(1000, 1000)}),
    ("image_upscale/magnific_precision_upscaler_v2", {"image_uri": image(), "scale_factor": Deferred()}),
    ("image_upscale/magnific_precision_upscaler_v2", {"image_uri": RemoteMedium("https://x.example/a.png")}),
    ("text_to_image/seedream5_lite", {"prompt_text": "x", "ratio": "2000x2000"}),
    ("text_to_image/seedream5_lite", {"prompt_text": "x", "ratio": Deferred()}),
]


@pytest.mark.parametrize(("uses", "given"), KEPT)
def test_rule_that_is_kept(uses: str, given: Mapping[str, object]) -> None:
    """What keeps a rule, or may keep it once it is known, is accepted."""
    assert verdict_of(uses, given).findings == ()


def test_very_low_quality_is_no_precise_edit() -> None:
    """Several rules of a row are told together."""
    given = {
        "prompt_text": "x",
        "quality": "very_low",
        "precise_edit": True,
        "mask_uri": image(),
        "ratio": "1:1@1K",
        "reference_images": [image()],
    }
    messages = [each.message for each in verdict_of("text_to_image/ideogram_4_5", given).findings]
    assert messages == [
        "`precise_edit: true` does not go with `quality: very_low`",
        "`ratio` does not go with `precise_edit: true`",
        "`ratio` does not go with `mask_uri`",
    ]


def test_shots_add_up_to_the_length() -> None:
    """Shots add up to the length that is asked for, or to the one that the API assumes."""
    shots = row_with(
        param(
            "shots",
            Shape(ParamType.ARRAY, items=Shape(ParamType.OBJECT, fields=(param("duration", INTEGER),))),
        ),
        param("duration", INTEGER, default=10),
        rules=(Rule("total", {"of": "shots", "field": "duration", "equals": "duration"}),),
    )
    assert only_finding(shots, {"shots": [{"duration": 4}]}).message == (
        "the `duration` of `shots` adds up to 4, but `duration` is 10"
    )
    assert accepted(shots, {"shots": [{"duration": 4}, {"duration": 6}]})
    assert accepted(shots, {"shots": [{"duration": 4}], "duration": Deferred()})
    unstated = row_with(*shots.params[:1], rules=shots.rules)
    assert accepted(unstated, {"shots": [{"duration": 4}]})


def test_every_rule_of_the_table_is_known() -> None:
    """The table names no rule that nothing judges, and nothing judges a rule that no row has."""
    named = {rule.kind for row in CATALOG.rows for rule in row.rules}
    assert named == set(_RULES)
