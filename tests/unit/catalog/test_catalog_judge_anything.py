"""The judge on anything at all: it always answers, and points into what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.catalog.judge import judge
from runway_flow.catalog.outputs import output_count, output_kind, output_media_type
from runway_flow.catalog.pricing import estimate
from runway_flow.kernel import codes
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import MediaKind, RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import CATALOG, verdict_of
from tests.fakes.media_values import audio, image, video

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.media import Medium

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 40),
    st.floats(),
    st.sampled_from(
        ["", "auto", "16:9", "16:9@2K", "1280x720", "5s", "50%", "@hero", "a.png", "first", "image"]
    ),
    st.sampled_from([image(), video(), audio(), RemoteMedium("https://x.example/a")]),
    st.sampled_from([Deferred(), Deferred(kind=MediaKind.IMAGE), Deferred(kind=MediaKind.TEXT)]),
)
KEYS = st.sampled_from(
    ["uri", "type", "tag", "position", "first", "closest", "url", "sha256", "media", "range", "seconds", "x"]
)
ANYTHING = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3), max_leaves=6
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Capability, dict[str, object]]:
    """Draw a row, and anything for each of some of its parameters."""
    row = draw(st.sampled_from(CATALOG.rows))
    names = draw(st.lists(st.sampled_from([*row.by_name, "colour"]), unique=True, max_size=8))
    return row, {name: draw(ANYTHING) for name in names}


def open_some(value: object) -> Medium | FileProblem | Deferred:
    """Open one name, and nothing else."""
    return image() if value == "a.png" else FileProblem(codes.FILE_UNREADABLE, "no such file")


@settings(max_examples=400, deadline=None)
@given(judged())
def test_judge_always_answers(case: tuple[Capability, dict[str, object]]) -> None:
    """Whatever is written, the judge gives findings at written places, or a request with a price."""
    row, written = case
    verdict = judge(row, written, open_some)
    for finding in verdict.findings:
        assert not finding.path or finding.path[0] in written
    if verdict.is_accepted:
        assert estimate(row, verdict.params).low >= 0
        assert output_media_type(row, verdict.params)
        output_kind(row, verdict.params)
        output_count(row, verdict.params)


def test_judging_twice_changes_nothing() -> None:
    """Canonical parameters are their own canonical form."""
    given_ = {
        "prompt_text": "@hero\n",
        "ratio": "16:9@720p",
        "reference_images": {"hero": image()},
        "seed": 7.0,
    }
    once = verdict_of("text_to_image/gen4_image", given_)
    again = verdict_of("text_to_image/gen4_image", once.params)
    assert once == again


def test_rules_take_refused_values_as_given() -> None:
    """A value that is refused already is not also reported as missing by a rule."""
    given_ = {"prompt_text": "x", "ratio": "1024:1024", "edit": True, "reference_images": [video()]}
    found = verdict_of("text_to_image/grok_imagine_image_2", given_).findings
    assert [each.code.id for each in found] == ["RF314"]
