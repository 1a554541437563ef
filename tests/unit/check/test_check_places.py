"""Where findings about parameters point: the narrowest stretch that the author wrote."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from tests.fakes.flows import flow_of, pointed_at, refusals_of


def sheet(references: str) -> str:
    """Write a still with references."""
    given = f"ratio: 1280:720, prompt_text: A, reference_images: {references}"
    return flow_of(f"here: {{uses: gen4_image, with: {{{given}}}}}")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (sheet("[a.png, missing.png]"), codes.FILE_UNREADABLE, "missing.png"),
        (sheet("{hero: a.png, other: missing.png}"), codes.FILE_UNREADABLE, "missing.png"),
        (
            sheet("[{uri: a.png, tag: hero}, {uri: missing.png, tag: two}]"),
            codes.FILE_UNREADABLE,
            "missing.png",
        ),
        (sheet("[{uri: a.png, tagg: hero}]"), codes.UNKNOWN_PARAMETER, "tagg"),
        (sheet("[{tag: hero}]"), codes.MISSING_PARAMETER, "{tag: hero}"),
        (sheet("[a.png, '${{ [1] }}']"), codes.PARAMETER_TYPE, "'${{ [1] }}'"),
        (sheet("'${{ [\"missing.png\"] }}'"), codes.FILE_UNREADABLE, "'${{ [\"missing.png\"] }}'"),
        (sheet("[a.png, b.png, c.png, d.png]"), codes.ITEM_COUNT, "[a.png, b.png, c.png, d.png]"),
        (
            flow_of(
                "here: {uses: gen4.5, with: {ratio: {closest: 1:1}, prompt_text: A, duration: {closest: x}}}"
            ),
            codes.PARAMETER_TYPE,
            "{closest: x}",
        ),
        (
            flow_of("here: {uses: media/concat, with: {clips: [a.mp4, {media: b.mp4, start: early}]}}"),
            codes.PARAMETER_TYPE,
            "early",
        ),
    ],
)
def test_a_finding_points_into_lists_and_mappings(text: str, code: codes.Code, place: str) -> None:
    """Down to the item or entry; the key where the key is wrong; the whole where something is missing."""
    found = refusals_of(text)
    assert [(item.code, pointed_at(text, item)) for item in found] == [(code, place)], found


def test_a_finding_about_a_default_points_at_the_default() -> None:
    """The default is what the author wrote."""
    text = flow_of(
        "here: {uses: gen4.5, with: {prompt_text: A, ratio: 1280:720}}", "defaults: {gen4.5: {duration: 50}}"
    )
    assert [pointed_at(text, item) for item in refusals_of(text)] == ["50"]


def test_a_finding_about_what_is_missing_points_at_the_model() -> None:
    """Nothing was written where it should stand."""
    text = flow_of("here: {uses: gen4.5, with: {prompt_text: A, ratio: 1280:720}}")
    assert [pointed_at(text, item) for item in refusals_of(text)] == ["gen4.5"]
