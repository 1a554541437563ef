"""Rules across parameters, and limits of media."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.judgements import (
    aleph,
    keyframe,
    only_finding,
    settings,
)
from tests.fakes.media_values import audio, image, video

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.verdict import Path

FIRST = {"first": image()}
VEO = {"prompt_text": "x", "ratio": "1280:720"}
GEN = {"prompt_text": "x", "ratio": "1280:720", "duration": 5}
EDIT = {"prompt_video": video()}
STILL = {"prompt_text": "x", "ratio": "2048:2048"}
RANGE = {"start_seconds": 1, "end_seconds": 3}

MIXED = (
    "`prompt_image` mixes frames (with a `position`) and plain references; "
    "seedance2 (image_to_video) takes one or the other"
)
TOO_LARGE = (
    "`scale_factor: 2` would give 64,000,000 pixels; "
    "magnific_precision_upscaler_v2 (image_upscale) gives up to 25,300,000"
)

LAST_ALONE = (
    "`prompt_image` has a last frame but no first one; "
    "kling2.5_turbo_pro (image_to_video) needs a first frame"
)

BROKEN: list[tuple[str, Mapping[str, object], Path, str]] = [
    (
        "text_to_video/gen4.5",
        {**GEN, "prores_profile": "422"},
        ("prores_profile",),
        "`prores_profile` does not go with `output_format: mp4`",
    ),
    (
        "text_to_video/gen4.5",
        {**GEN, "prores_profile": "4444 XQ", "output_format": "hdr_prores"},
        ("prores_profile",),
        "`prores_profile: 4444 XQ` does not go with `output_format: hdr_prores`",
    ),
    (
        "media/concat",
        {"clips": [video()], "overlap": 1},
        ("overlap",),
        "`overlap` does not go with `transition: cut`",
    ),
    (
        "media/concat",
        {"clips": [video(), audio()]},
        ("clips", 1),
        "`clips` mixes video and audio; all must be of one kind",
    ),
    (
        "image_to_video/veo3.1",
        {**VEO, "prompt_image": {"last": image()}},
        ("prompt_image",),
        "`prompt_image` has a last frame but no first one; veo3.1 (image_to_video) needs a first frame",
    ),
    (
        "image_to_video/seedance2",
        {"prompt_image": [{"uri": image(), "position": "first"}, image()]},
        ("prompt_image",),
        MIXED,
    ),
    (
        "image_to_video/kling3.0_pro",
        {"prompt_image": [{"uri": image(), "position": "first"}] * 2},
        ("prompt_image",),
        "`prompt_image` has 2 items with `position: first`; at most one may have it",
    ),
    (
        "image_to_video/kling2.5_turbo_pro",
        {"prompt_text": "x", "prompt_image": {"last": image()}},
        ("prompt_image",),
        LAST_ALONE,
    ),
    (
        "image_to_video/grok_imagine_1_5",
        {"prompt_image": [{"uri": image(), "position": "first"}] * 2},
        ("prompt_image",),
        "`prompt_image` has 2 items with `position: first`; at most one may have it",
    ),
    (
        "image_to_video/wan3",
        {"prompt_text": "x", "prompt_image": FIRST, "ratio": "1280:720"},
        ("ratio",),
        "`ratio: 1280:720` does not go with frames: the video follows the first one",
    ),
    (
        "text_to_video/hailuo3",
        {"prompt_text": "x", "ratio": "adaptive"},
        ("ratio",),
        "`ratio: adaptive` needs `references` or `reference_videos`",
    ),
    (
        "video_to_video/seedance2_5",
        {**EDIT, "mode": "extend"},
        ("mode",),
        "`mode: extend` needs `prompt_text`",
    ),
    (
        "video_to_video/seedance2_5",
        {**EDIT, "mode": "extend", "prompt_text": "x", "ratio": "1280:720"},
        ("ratio",),
        "`ratio` does not go with `mode: extend`",
    ),
    (
        "video_to_video/seedance2_5",
        {**EDIT, "mode": "edit", "prompt_text": "x"},
        ("mode",),
        "`mode: edit` needs `duration:` `auto`",
    ),
    (
        "video_to_video/seedance2_5",
        {**EDIT, "mode": "edit", "prompt_text": "x", "duration": 5},
        ("duration",),
        "`mode: edit` needs `duration:` `auto`",
    ),
    (
        "image_to_video/seedance2_5",
        {"prompt_image": image(), "draft": True, "output_format": "mov"},
        ("output_format",),
        "`output_format: mov` does not go with `draft: true`",
    ),
    (
        "text_to_video/seedance2_5",
        {"draft_task_id": "t", "seed": 1},
        ("seed",),
        "`seed` does not go with `draft_task_id`, which stands alone",
    ),
    (
        "text_to_image/ideogram_4_5",
        {"prompt_text": "x", "quality": "very_low"},
        ("quality",),
        "`quality: very_low` needs `reference_images`",
    ),
    (
        "text_to_image/ideogram_4_5",
        {"prompt_text": "x", "ratio": "1024:576"},
        ("ratio",),
        "`ratio: 1024:576` does not go without `reference_images`",
    ),
    (
        "text_to_image/ideogram_4_5",
        {"prompt_text": "x", "ratio": "1280:720", "reference_images": [image()]},
        ("ratio",),
        "`ratio: 1280:720` does not go with `reference_images`",
    ),
    (
        "text_to_image/grok_imagine_image_2",
        {"prompt_text": "x", "ratio": "1024:1024", "edit": True},
        ("edit",),
        "`edit: true` needs `reference_images`",
    ),
    (
        "text_to_image/grok_imagine_image_2",
        {"prompt_text": "x", "ratio": "1024:1024", "edit": True, "reference_images": []},
        ("edit",),
        "`edit: true` needs `reference_images`",
    ),
    (
        "text_to_image/ideogram_4_5",
        {"prompt_text": "x", "ratio": "1024:576", "reference_images": []},
        ("ratio",),
        "`ratio: 1024:576` does not go without `reference_images`",
    ),
    (
        "text_to_video/grok_imagine_1_5",
        {"prompt_text": "x", "references": [image()], "resolution": "1080p"},
        ("resolution",),
        "`resolution: 1080p` does not go with `references`",
    ),
    (
        "text_to_image/bria_fibo_edit_1_5",
        {"prompt_text": "x", "reference_images": [image()], "ratio": "1024:1024"},
        ("ratio",),
        "`ratio: 1024:1024` needs at least 2 `reference_images`",
    ),
    (
        "video_to_video/aleph2",
        aleph(keyframe(range=RANGE), keyframe()),
        ("keyframes",),
        "some `keyframes` have a `range` and some have none; all or none may have one",
    ),
    (
        "video_to_video/aleph2",
        aleph(keyframe(range={"start_seconds": 2, "end_seconds": 2})),
        ("keyframes", 0, "range"),
        "the range ends at 2 s, before or where it starts (2 s)",
    ),
    (
        "video_to_video/aleph2",
        aleph(keyframe(range={"start_seconds": 2, "end_seconds": 4})),
        ("keyframes", 0, "range"),
        "the keyframe at 1 s is outside its range of 2 s to 4 s",
    ),
    (
        "video_to_video/aleph2",
        aleph({"at": 0.9, "uri": image(), "range": {"start_seconds": 0, "end_seconds": 4}}),
        ("keyframes", 0, "range"),
        "the keyframe at 4.5 s is outside its range of 0 s to 4 s",
    ),
    (
        "video_to_video/aleph2",
        aleph({"seconds": 9, "uri": image()}),
        ("keyframes", 0),
        "the keyframe at 9 s is after the end of the video (5 s)",
    ),
    (
        "generate/video",
        {
            "config_id": "a",
            "input": {
                "keyframes": [{"at": 0.5, "uri": image()}],
                "reference_videos": [{"role": "reference", "uri": video()}],
            },
        },
        ("input", "keyframes"),
        "`input.keyframes` needs one of `input.reference_videos` with `role:` `source`",
    ),
    (
        "generate/video",
        {"config_id": "a", "input": {"keyframes": [{"at": 0.5, "uri": image()}]}},
        ("input", "keyframes"),
        "`input.keyframes` needs one of `input.reference_videos` with `role:` `source`",
    ),
    (
        "generate/video",
        {"config_id": "a", "input": {"reference_images": [{"role": "first", "uri": image()}] * 2}},
        ("input", "reference_images"),
        "`input.reference_images` has 2 items with `role: first`; at most one may have it",
    ),
    (
        "text_to_video/kling3.0_pro",
        {"ratio": "1920:1080", "provider_settings": settings(10, 6)},
        ("provider_settings", "multi_prompt"),
        "the `duration` of `provider_settings.multi_prompt` adds up to 16; it must be 3 to 15",
    ),
    (
        "text_to_video/kling3.0_pro",
        {"ratio": "1920:1080", "provider_settings": settings(5, shot_type="intelligence")},
        ("provider_settings", "shot_type"),
        "`provider_settings.shot_type: intelligence` needs `prompt_text`",
    ),
    (
        "text_to_video/kling3.0_pro",
        {"ratio": "1920:1080", "provider_settings": {"multi_prompt": []}},
        ("provider_settings", "multi_prompt"),
        "the `duration` of `provider_settings.multi_prompt` adds up to 0; it must be 3 to 15",
    ),
    (
        "text_to_image/gpt_image_2",
        {"prompt_text": "x", "ratio": "auto", "reference_images": [{"uri": image(), "tag": "one"}] * 2},
        ("reference_images", 1),
        "two of `reference_images` have the `tag` `one`; gpt_image_2 (text_to_image) takes each once",
    ),
    (
        "text_to_image/gemini_image3_pro",
        {**STILL, "reference_images": [{"uri": image(), "subject": "human"}] * 6},
        ("reference_images",),
        "6 of `reference_images` have `subject: human`; at most 5 may",
    ),
    (
        "image_to_video/kling_4",
        {"prompt_image": image(), "references": [image()] * 10},
        ("references",),
        "`prompt_image` or `references` have 11 items together; at most 10 may be",
    ),
    (
        "image_upscale/magnific_precision_upscaler_v2",
        {"image_uri": image(4000, 4000), "scale_factor": 2},
        ("image_uri",),
        TOO_LARGE,
    ),
    (
        "text_to_image/seedream5_lite",
        {"prompt_text": "x", "ratio": "wide"},
        ("ratio",),
        "`wide` is not a ratio of seedream5_lite (text_to_image)",
    ),
    (
        "text_to_image/seedream5_lite",
        {"prompt_text": "x", "ratio": "1000:1000"},
        ("ratio",),
        "`1000:1000` has 1,000,000 pixels; seedream5_lite (text_to_image) takes 3,686,400 to 16,777,216",
    ),
]


@pytest.mark.parametrize(("uses", "given", "path", "message"), BROKEN, ids=[each[3][:40] for each in BROKEN])
def test_rule_that_is_broken(uses: str, given: Mapping[str, object], path: Path, message: str) -> None:
    """A rule that is broken says so at the parameter that is too much, too little or wrong."""
    found = only_finding(uses, given)
    assert found.message == message
    assert found.path == path
