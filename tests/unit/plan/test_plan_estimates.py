"""What a plan says that steps cost whose inputs are still to come."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.kernel.amounts import UNKNOWN_PRICE, Estimate
from runway_flow.plan.totals import find_unpriced
from tests.fakes.flows import flow_of, plan_of, stored_through

CLIP = "clip: {uses: gen4.5, with: {ratio: 1280:720, prompt_text: A lamp, duration: 5}}\n"
ACT = "uses: act_two, with: {character: hero.png, reference: {type: video, uri: '${{ steps.%s.output }}'}}"
EITHER = '${{ steps.clip.output if steps.clip.output.fps > 9 else "a.mp4" }}'
VOICE = "voice: {uses: eleven_multilingual_v2, with: {prompt_text: Hello, voice: Maya}}\n"


def cost(steps: str, name: str) -> Estimate:
    """Plan steps, and give what one of them costs."""
    return plan_of(flow_of(steps)).steps[name].estimate


def between(low: int, high: int) -> Estimate:
    """Make the estimate of a price between two."""
    return Estimate(Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        # 4.5 to 5.5 s of input, which begin six seconds
        ("uses: aleph2, with: {video_uri: '${{ steps.clip.output }}'}", between(126, 168)),
        ("uses: aleph2, with: {video_uri: '${{ steps.clip.outputs[0] }}'}", between(126, 168)),
        (ACT % "clip", between(22, 30)),
        # what may be another medium is as long as the table allows, or unknown
        (f"uses: aleph2, with: {{video_uri: '{EITHER}'}}", UNKNOWN_PRICE),
    ],
)
def test_the_length_of_a_clip_to_come(reader: str, expected: Estimate) -> None:
    """A step that is priced by its input's seconds counts those that the input was asked for."""
    assert cost(f"{CLIP}edit: {{{reader}}}", "edit") == expected


def test_the_length_goes_through_a_chain() -> None:
    """What is made of a clip of known length has a known length, too: half a second more or less each."""
    chain = CLIP + "".join(
        f"edit_{at}: {{uses: aleph2, with: {{video_uri: '${{{{ steps.{before}.output }}}}'}}}}\n"
        for at, before in ((1, "clip"), (2, "edit_1"), (3, "edit_2"))
    )
    assert cost(chain, "edit_3") == between(98, 196)  # 3.5 to 6.5 s


def test_a_length_that_nobody_bounds_stays_unknown() -> None:
    """Nobody says how long speech will be, so what dubbing it costs is unknown, and counted as such."""
    dub = "dub: {uses: eleven_voice_dubbing, with: {audio_uri: '${{ steps.voice.output }}', target_lang: es}}"
    plan = plan_of(flow_of(CLIP + VOICE + dub))
    assert plan.steps["dub"].estimate == UNKNOWN_PRICE
    assert (plan.estimate.low, plan.estimate.high, plan.unknown_prices) == (Decimal(61), Decimal(61), 1)


def test_the_bound_of_the_table_holds_where_nothing_else_is_said() -> None:
    """Without a word about its length a medium is as long as the row takes at most."""
    frames = CLIP + "cut: {uses: media/concat, with: {clips: ['${{ steps.clip.output }}']}}\n"
    act = f"act: {{{ACT % 'cut'}}}"
    assert cost(frames + act, "act") == between(15, 150)


def test_a_stored_clip_is_as_long_as_it_is() -> None:
    """What the store has is measured, not guessed."""
    flow = flow_of(CLIP + "edit: {uses: aleph2, with: {video_uri: '${{ steps.clip.output }}'}}")
    assert plan_of(flow, stored_through(flow, "clip")).steps["edit"].estimate == between(140, 140)


UNPRICED = """
frame: {uses: media/frame, with: {video: a.mp4}}
voice: {uses: text_to_speech/seed_audio, with: {prompt_text: Hello}}
far: {uses: eleven_voice_dubbing, with: {audio_uri: "https://example.com/a.mp3", target_lang: es}}
near: {uses: eleven_voice_dubbing, with: {audio_uri: "${{ steps.voice.output }}", target_lang: es}}
kling: {uses: kling3.0_pro, with: {prompt_image: "${{ steps.frame.output }}", duration: 5}}
"""


def test_steps_that_no_budget_can_cover() -> None:
    """What is not priced now or when it is submitted; a length that comes with the input is no such thing."""
    plan = plan_of(flow_of(UNPRICED))
    assert [step.id for step in find_unpriced(plan)] == ["voice", "far", "kling"]
    assert plan.unknown_prices == 4
