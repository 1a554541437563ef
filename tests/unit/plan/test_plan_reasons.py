"""What the plan says: what each instance asks for, why, and for how much."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.kernel.amounts import FREE
from runway_flow.plan.describe import describe_params
from runway_flow.plan.plan import Change, PlanState
from tests.fakes.flows import STILL, FakeLookup, flow_of, plan_of, stored_through

SHEET = "ratio: 1280:720, prompt_text: A"


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("uses: gen4_image, with: {ratio: 1280:720, prompt_text: A, seed: 7}", "1280:720 · seed 7"),
        ("uses: gen4.5, with: {ratio: 1280:720, prompt_text: A, duration: 2.0}", "1280:720 · 2 s"),
        ("uses: eleven_multilingual_v2, with: {prompt_text: Hello, voice: Maya}", "5 characters · Maya"),
        (
            "uses: eleven_multilingual_v2, with: {prompt_text: '${{ steps.a.output.sha256 }}', voice: Maya}",
            "? characters · Maya",
        ),
        ("uses: text_to_speech/seed_audio, with: {prompt_text: Hi, voice: own.mp3}", "2 characters"),
        ("uses: media/concat, with: {clips: [a.mp4]}", "1 clip"),
        ("uses: media/concat, with: {clips: [a.mp4, b.mp4], transition: fade}", "2 clips · fade"),
        ("uses: media/frame, with: {video: a.mp4, at: 1.5}", "1.5"),
        (
            "uses: gen4.5, with: {ratio: 1280:720, prompt_text: A, duration: '${{ steps.a.output.width }}'}",
            "1280:720 · ?",
        ),
        (
            "uses: gen4_image, with: {ratio: 1280:720, prompt_text: A, seed: '${{ steps.a.output.width }}'}",
            "1280:720 · seed ?",
        ),
    ],
)
def test_a_step_is_described_in_one_line(step: str, what: str) -> None:
    """The most telling parameters come first; `?` is what only a run can tell."""
    plan = plan_of(flow_of(f"a: {{{STILL}}}\nstep: {{{step}}}"))
    assert plan.steps["step"].what == what


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("['lamp.png']", "sha256"),
        ("['https://example.com/a.png?token=secret']", "https://example.com/a.png"),
        ("'${{ [steps.a.output] }}'", None),
    ],
)
def test_params_are_plain_data_for_programs(value: str, data: str | None) -> None:
    """Media are their digests or addresses without what may be secret; null is what is not known."""
    steps = f"a: {{{STILL}}}\nb: {{uses: gen4_image, with: {{{SHEET}, reference_images: {value}}}}}"
    found = describe_params(dict(plan_of(flow_of(steps)).steps["b"].params))
    assert isinstance(found, dict)
    uri = found["reference_images"][0]["uri"]
    assert (set(uri) == {"sha256"}) if data == "sha256" else (uri == data)
    assert found["ratio"] == "1280:720"


def test_a_result_is_read_as_an_artifact() -> None:
    """What a stored step gave stands in its reader's parameters as its digest."""
    text = flow_of(f"a: {{{STILL}}}\nb: {{uses: media/frame, with: {{video: v.mp4, at: first}}}}")
    plan = plan_of(text, stored_through(text, "a"))
    result = plan.steps["a"].result
    assert result is not None
    assert describe_params(result.outputs) == [{"sha256": result.outputs[0].digest}]


CLIP = "uses: gen4.5, with: {ratio: 1280:720, duration: 5, prompt_text: A, prompt_image: a.png}"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("duration: 5", "duration: 6", "duration changed"),
        ("prompt_text: A", "prompt_text: B", "prompt_text changed"),
        ("prompt_image: a.png", "prompt_image: b.png", "prompt_image changed"),
        (", prompt_image: a.png", "", "operation, prompt_image changed"),
        ("prompt_text: A", "prompt_text: A, seed: 3", "seed changed"),
        ("uses: gen4.5", "salt: x, uses: gen4.5", "salt changed"),
        (
            "duration: 5, prompt_text: A",
            "duration: 6, prompt_text: B, seed: 1",
            "duration, prompt_text, seed changed",
        ),
        (
            "duration: 5, prompt_text: A, prompt_image: a.png",
            "duration: 6, prompt_text: B, seed: 1, prompt_image: b.png",
            "duration, prompt_image, prompt_text and 1 more changed",
        ),
    ],
)
def test_it_says_which_field_changed(old: str, new: str, why: str) -> None:
    """The reason names what differs from what the instance last was, by the names of the language."""
    text = flow_of(f"clip: {{{CLIP}}}")
    plan = plan_of(text.replace(old, new), stored_through(text, "clip"))
    assert plan.steps["clip"].state is PlanState.RUN
    assert plan.steps["clip"].change is Change.CHANGED
    assert plan.steps["clip"].why == why


def test_an_option_of_our_own_that_changed_is_named() -> None:
    """A local operation says what differs too."""
    text = flow_of("frame: {uses: media/frame, with: {video: a.mp4, at: first}}")
    plan = plan_of(text.replace("first", "last"), stored_through(text, "frame"))
    assert plan.steps["frame"].why == "at changed"
    assert plan.steps["frame"].state is PlanState.LOCAL


def test_a_result_that_was_removed_makes_the_step_new() -> None:
    """Where nothing differs from the last time and yet nothing is stored, it is new."""
    text = flow_of(f"a: {{{STILL}}}")
    lookup = stored_through(text, "a")
    plan = plan_of(text, FakeLookup(documents=lookup.documents))
    assert (plan.steps["a"].why, plan.steps["a"].change) == ("new", Change.NEW)


def test_a_local_result_without_its_bytes_is_made_again() -> None:
    """Nothing can be collected for it, and it is free."""
    text = flow_of("frame: {uses: media/frame, with: {video: a.mp4}}")
    action = plan_of(text).steps["frame"].action
    assert action is not None
    lookup = FakeLookup()
    lookup.keep(action, Decimal(0), "frame", is_whole=False)
    step = plan_of(text, lookup).steps["frame"]
    assert (step.state, step.why) == (PlanState.LOCAL, "its bytes are gone from the store")


def test_only_what_would_be_paid_has_a_price() -> None:
    """What is stored, in flight, skipped, shared or local costs nothing more."""
    text = flow_of(
        f"""
        stored: {{{STILL}}}
        skipped: {{when: false, {STILL}}}
        paid: {{{STILL.replace("lamp", "torch")}}}
        shared: {{{STILL.replace("lamp", "torch")}}}
        local: {{uses: media/frame, with: {{video: a.mp4}}}}
        """
    )
    plan = plan_of(text, stored_through(text, "stored"))
    priced = {name: step.estimate for name, step in plan.steps.items() if step.estimate != FREE}
    assert list(priced) == ["paid"]
    assert plan.estimate == priced["paid"]


def test_an_unknown_price_is_counted() -> None:
    """The plan says how many steps have a price that nobody knows; the others are summed."""
    plan = plan_of(flow_of(f"a: {{{STILL}}}\nb: {{uses: kling_4, with: {{prompt_text: A}}}}"))
    assert not plan.steps["b"].estimate.is_known
    assert (plan.unknown_prices, plan.estimate.high) == (1, plan.steps["a"].estimate.high)


def test_instances_of_one_fan_out_are_folded_in_reasons() -> None:
    """Several instances of a step are written `clip[…]`, and long lists are cut."""
    names = "abcde"
    stills = "\n".join(f"{name}: {{foreach: [x, y], {STILL}}}" for name in names)
    clips = ", ".join(f"\"${{{{ steps.{name}['{key}'].output }}}}\"" for name in names for key in "xy")
    text = flow_of(f"{stills}\nsheet: {{uses: gen4_image, with: {{{SHEET}, reference_images: [{clips}]}}}}")
    some = text.replace(f"[{clips}]", "[\"${{ steps.a['x'].output }}\", \"${{ steps.b['y'].output }}\"]")
    assert plan_of(some).steps["sheet"].why == "needs a[x], b[y]"
    concat = flow_of(f'{stills}\nfilm: {{uses: media/concat, with: {{clips: "${{{{ steps.c.outputs }}}}"}}}}')
    many = concat.replace("gen4_image", "gen4.5").replace("A lamp", "A lamp, duration: 5")
    assert plan_of(many).steps["film"].why == "local; needs c[…]"


def test_many_steps_are_cut_in_reasons() -> None:
    """Three are named, the others are counted."""
    clip = "uses: gen4.5, with: {ratio: 1280:720, prompt_text: A, duration: 5}"
    clips = "\n".join(f"{name}: {{{clip}}}" for name in "abcde")
    listed = ", ".join(f"'${{{{ steps.{name}.output }}}}'" for name in "abcde")
    text = flow_of(f"{clips}\nfilm: {{uses: media/concat, with: {{clips: [{listed}]}}}}")
    assert plan_of(text).steps["film"].why == "local; needs a, b, c and 2 more"
