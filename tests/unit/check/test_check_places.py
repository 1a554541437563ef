"""Where findings about parameters point: the narrowest stretch that the author wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.check.places import value_at
from runway_flow.kernel import codes
from runway_flow.spec.media_path import MediaPath
from tests.fakes.flows import flow_of, pointed_at, refusals_of

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic


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


def judged(path: str, default: str) -> tuple[Diagnostic, ...]:
    """Give the errors of a flow whose reference is an input's value."""
    head = f"inputs: {{hero: {{type: image, default: {default}}}}}"
    text = flow_of(
        "here: {uses: gen4_image, with: {ratio: 1280:720, prompt_text: A, reference_images: "
        "{hero: '${{ inputs.hero }}', other: '${{ inputs.hero }}'}}}",
        head,
    )
    value = MediaPath(path, path, None, "-i hero=…") if path else None
    return refusals_of(text, None if value is None else {"hero": value})


def test_a_file_of_an_input_is_shown_where_its_path_is_written() -> None:
    """The default is wrong, not the places that use it; one of them is named."""
    (found,) = judged("", "missing.png")
    assert found.span is not None
    assert (found.span.line, found.span.column) == (3, 39)
    assert found.notes == ("used at flow.yaml:5:93",)


def test_a_file_of_the_command_line_is_shown_by_its_input() -> None:
    """It stands in no file: the option is named."""
    (found,) = judged("missing.png", "a.png")
    assert (found.span, found.step) == (None, None)
    assert found.message == "-i hero=…: missing.png does not exist"


@pytest.mark.parametrize(
    ("path", "default", "note"),
    [("", "a.mp4", "the file: flow.yaml:3:39"), ("b.mp4", "a.png", "the file is given by `-i hero=…`")],
)
def test_a_medium_that_its_use_does_not_take_is_shown_where_it_is_used(
    path: str, default: str, note: str
) -> None:
    """The file itself is right; a note says where it comes from."""
    found, _ = judged(path, default)
    assert found.code == codes.MEDIA_KIND
    assert found.span is not None
    assert found.span.line == 5
    assert found.notes == (note,)


@pytest.mark.parametrize(
    ("path", "values", "found"),
    [
        ((), 5, 5),
        (("a", 1), {"a": (1, 2)}, 2),
        (("a", 5), {"a": (1, 2)}, (1, 2)),
        (("a", "b"), {"a": {}}, None),
        (("a", "uri"), {"a": "text"}, "text"),
    ],
)
def test_a_path_leads_into_the_values(path: tuple[str | int, ...], values: object, found: object) -> None:
    """As far as it goes: of a short form, the value that stands for the whole."""
    assert value_at(path, values) == found
