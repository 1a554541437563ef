"""Lengths that are known before anything runs: of films to be made, and what does not fit in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.plan.films import Films
from runway_flow.plan.plan import PlanState
from tests.fakes.flows import flow_of, plan_of, plan_text, pointed_at, stored_through

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic

CLIP = "uses: gen4.5, with: {ratio: 1280:720, duration: 4, prompt_text"
"""Of 4 s; `video.mp4` of the fakes has 5 s, `voice.mp3` has 4 s."""


def joined(clips: str, rest: str = "transition: fade, overlap: 0.5") -> str:
    """Write a flow that joins clips; two of 4 s are made by it."""
    return flow_of(
        f"a: {{{CLIP}: x}}}}\nb: {{{CLIP}: y}}}}\n"
        f"cut: {{uses: media/concat, with: {{clips: {clips}, {rest}}}}}"
    )


def muxed(video: str, audio: str, rest: str = "fit: pad") -> str:
    """Write a flow that lays a sound under a film."""
    return flow_of(
        f"a: {{{CLIP}: x}}}}\n"
        "voice: {uses: eleven_multilingual_v2, with: {prompt_text: Hi, voice: Maya}}\n"
        f"film: {{uses: media/mux, with: {{video: {video}, audio: {audio}, {rest}}}}}"
    )


A, B = '"${{ steps.a.output }}"', '"${{ steps.b.output }}"'


def found_in(text: str) -> list[Diagnostic]:
    """Give what the plan of a flow finds."""
    return list(plan_text(text).diagnostics)


@pytest.mark.parametrize(
    ("clips", "rest", "seconds"),
    [
        (f"[{A}, {B}]", "transition: cut", (7, 9)),
        (f"[{A}, video.mp4]", "transition: fade, overlap: 1", (7.5, 8.5)),
        ("[video.mp4, {media: video.mp4, start: 1}]", "transition: cut", (9, 9)),
        ("[video.mp4, {media: video.mp4, start: 1, end: 2s}]", "transition: cut", (6, 6)),
        ('[video.mp4, "https://example.com/a.mp4"]', "transition: cut", None),
    ],
)
def test_the_length_of_a_joined_film(clips: str, rest: str, seconds: tuple[float, float] | None) -> None:
    """It is the sum of its clips without what overlaps, between the least and the most that they may be."""
    plan = plan_of(joined(clips, rest))
    assert Films(plan.steps).made_by(plan.steps["cut"]) == seconds


def test_the_length_of_a_film_with_sound() -> None:
    """It is the picture's; where the last frame stands for the rest of the sound, it may be the sound's."""
    plan = plan_of(muxed("video.mp4", "voice.mp3"))
    assert Films(plan.steps).made_by(plan.steps["film"]) == (5, 5)
    plan = plan_of(muxed(A, "{en: voice.mp3, es: video.mp3}", "fit: extend"))
    assert Films(plan.steps).made_by(plan.steps["film"]) == (4, 4.5)
    plan = plan_of(muxed(A, '"${{ steps.voice.output }}"', "fit: extend"))
    assert Films(plan.steps).made_by(plan.steps["film"]) is None


def test_what_has_no_length() -> None:
    """A frame, or a medium that nobody knows the length of, has none."""
    plan = plan_of(flow_of("f: {uses: media/frame, with: {video: video.mp4}}"))
    films = Films(plan.steps)
    assert films.made_by(plan.steps["f"]) is None
    assert films.of(None) is None


def test_films_of_films_have_lengths() -> None:
    """What is joined of joined films is as long as they are."""
    text = (
        joined(f"[{A}, {B}]") + "  whole: {uses: media/concat, with: {clips: ['${{ steps.cut.output }}']}}\n"
    )
    plan = plan_of(text)
    assert Films(plan.steps).made_by(plan.steps["whole"]) == (6.5, 8.5)


@pytest.mark.parametrize(
    ("clips", "overlap", "says"),
    [
        (f"[{A}, {B}]", "5", "a is about 4 s long (and 1 more), less than the overlap of 5 s"),
        (
            "[video.mp4, voice.mp4]",
            "5.2s",
            "video.mp4 is 5 s long (and 1 more), less than the overlap of 5.2 s",
        ),
        (
            f"[{A}, {{media: video.mp4, start: 4.5}}]",
            "1",
            "0.5 s of video.mp4 are used, less than the overlap of 1 s",
        ),
    ],
)
def test_an_overlap_that_is_longer_than_a_clip(clips: str, overlap: str, says: str) -> None:
    """It is refused in the plan, at the overlap, before anything is paid for the clips."""
    text = joined(clips, f"transition: fade, overlap: {overlap}")
    made = plan_text(text)
    assert made.plan is None
    (found,) = made.diagnostics
    assert (found.code, found.step, found.message) == (codes.OUT_OF_RANGE, "cut", says)
    assert pointed_at(text, found) == overlap
    assert "`transition: cut`" in str(found.hint)


@pytest.mark.parametrize(
    ("clips", "rest"),
    [
        (f"[{A}, {B}]", "transition: fade, overlap: 4.4"),
        (f"[{A}]", "transition: fade, overlap: 9"),
        (f"[{A}, {B}]", "transition: cut"),
        ('["https://example.com/a.mp4", "https://example.com/b.mp4"]', "transition: fade, overlap: 9"),
    ],
)
def test_an_overlap_that_may_fit(clips: str, rest: str) -> None:
    """Nothing is refused that is not sure to fail."""
    assert found_in(joined(clips, rest)) == []


@pytest.mark.parametrize(
    ("trim", "says"),
    [
        ("end: 6", "video.mp4 is 5 s long: it cannot end at 6 s"),
        ("start: 5", "video.mp4 is 5 s long: it cannot start at 5 s"),
        ("start: 3, end: 2", "nothing is left of video.mp4 between 3 s and 2 s"),
    ],
)
def test_a_trim_that_leaves_the_clip(trim: str, says: str) -> None:
    """What a clip does not have cannot be cut out of it; the plan says so at the clips."""
    text = joined(f"[{{media: video.mp4, {trim}}}]", "transition: cut")
    (found,) = [item for item in found_in(text) if item.is_error]
    assert (found.code, found.message) == (codes.OUT_OF_RANGE, says)
    assert pointed_at(text, found).startswith("[{media")


def test_the_trim_of_a_clip_to_come() -> None:
    """A clip that is asked for with its length is judged by that, as far as it is sure."""
    (found,) = [i for i in found_in(joined(f"[{{media: {A}, end: 9}}]", "transition: cut")) if i.is_error]
    assert found.message == "a is about 4 s long: it cannot end at 9 s"
    assert found_in(joined(f"[{{media: {A}, start: 1, end: 4.5}}]", "transition: cut")) == []


@pytest.mark.parametrize(
    ("video", "audio"),
    [
        (A, "sound.mp3"),
        (A, '"${{ steps.voice.output }}"'),
        ("video.mp4", "voice.mp3"),
        ('"https://example.com/a.mp4"', "voice.mp3"),
    ],
)
def test_sounds_that_fit(video: str, audio: str) -> None:
    """A shorter sound, or one where nobody knows a length, is nothing to warn of."""
    assert found_in(muxed(video, audio)) == []


def test_a_sound_that_is_cut() -> None:
    """A sound that is longer than its film is cut: a warning at `fit`, with the lengths and the ways out."""
    text = joined("[{media: video.mp4, end: 2.5}]", "transition: cut")
    text += (
        "  film: {uses: media/mux, with: {video: '${{ steps.cut.output }}', audio: voice.mp3, fit: pad}}\n"
    )
    made = plan_text(text)
    assert made.plan is not None
    (found,) = made.diagnostics
    assert not found.is_error
    assert (found.code, found.step) == (codes.SOUND_CUT, "film")
    assert found.message == "voice.mp3 is 4 s long, the film 2.5 s: `fit: pad` cuts the last 1.5 s off"
    assert pointed_at(text, found) == "pad"
    assert "`fit: extend`" in str(found.hint)
    plain = text.replace(", fit: pad", "")
    (found,) = found_in(plain)
    assert pointed_at(plain, found) == "voice.mp3"
    for fit in ("trim", "stretch", "extend"):
        assert found_in(text.replace("fit: pad", f"fit: {fit}")) == []


def test_a_stored_voice_is_longer_than_the_film() -> None:
    """Once a voice is there, its length is known; of several tracks each that is cut is named."""
    text = joined("[{media: video.mp4, end: 1}]", "transition: cut")
    text += (
        "  voice: {uses: eleven_multilingual_v2, with: {prompt_text: Hi, voice: Maya}}\n"
        "  film:\n    uses: media/mux\n"
        "    with:\n      video: ${{ steps.cut.output }}\n"
        "      audio: {en: voice.mp3, es: '${{ steps.voice.output }}'}\n"
    )
    (found,) = plan_text(text).diagnostics
    assert found.message.startswith("voice.mp3 is 4 s long")
    lookup = stored_through(text, "voice")
    messages = [item.message for item in plan_text(text, lookup=lookup).diagnostics]
    assert [message.split(" is ")[0] for message in messages] == ["the sound `es`", "voice.mp3"]


def test_what_is_stored_is_not_judged_again() -> None:
    """A film that is there is as it was wanted: no plan warns of it again."""
    text = joined("[{media: video.mp4, end: 2.5}]", "transition: cut")
    text += "  film: {uses: media/mux, with: {video: '${{ steps.cut.output }}', audio: voice.mp3}}\n"
    lookup = stored_through(text, "a", "b", "cut", "film")
    made = plan_text(text, lookup=lookup)
    assert made.plan is not None
    assert made.plan.steps["film"].state is PlanState.STORED
    assert made.diagnostics == ()
