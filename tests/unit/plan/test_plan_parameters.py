"""Parameters of instances: nulls, defaults, the endpoint, seeds, media."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.media import FileMedium, InlineMedium, PinnedMedium, RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.flows import (
    STILL,
    check_text,
    flow_of,
    params_of,
    plan_of,
    plan_text,
    refusals_of,
    stored_through,
)

PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def clip(parameters: str, uses: str = "gen4.5") -> str:
    """Write a clip with parameters beside a prompt, a ratio and a length."""
    return f"clip: {{uses: {uses}, with: {{prompt_text: A, ratio: 1280:720, duration: 5, {parameters}}}}}"


HEAD = (
    "inputs: {none: {type: string}, hero: {type: image, default: lamp.png}, tags: {type: list, of: string}}"
)


@pytest.mark.parametrize(
    "value", ["null", "~", "'${{ inputs.none }}'", "'${{ null }}'", "'${{ steps.a[null].output }}'"]
)
def test_null_removes_a_parameter(value: str) -> None:
    """A parameter that is null is left out before anything is checked, even one that the row lacks."""
    steps = f"a: {{foreach: [x], {STILL}}}\n" + clip(f"seed: {value}, no_such: null")
    assert set(params_of(flow_of(steps, HEAD), "clip")) == {"prompt_text", "ratio", "duration"}


def test_null_removes_list_items_and_entries() -> None:
    """So are list items and entries of mappings, at any depth."""
    steps = """
    sheet:
      uses: gen4_image
      with:
        ratio: 1280:720
        prompt_text: A
        reference_images: ["${{ inputs.none }}", {uri: a.png, tag: "${{ inputs.none }}"}, b.png]
    """
    references = params_of(flow_of(steps, HEAD), "sheet")["reference_images"]
    assert isinstance(references, tuple)
    assert [set(item) for item in references] == [{"uri"}, {"uri"}]


def test_null_removes_a_default() -> None:
    """An explicit null takes out what `defaults` and the flow's seed would give."""
    head = "seed: 7\ndefaults: {gen4.5: {content_moderation: {public_figure_threshold: low}}}"
    given = params_of(flow_of(clip("seed: ~, content_moderation: ~"), head), "clip")
    assert "seed" not in given
    assert "content_moderation" not in given
    kept = params_of(flow_of(clip("output_format: ~"), head), "clip")
    assert (kept["seed"], "content_moderation" in kept) == (7, True)


def test_null_in_text_is_an_error() -> None:
    """Inside text null cannot be joined."""
    assert [
        item.code for item in refusals_of(flow_of(clip("").replace("A,", "'A ${{ inputs.none }}',"), HEAD))
    ] == [codes.NOT_TEXT]


def test_defaults_go_from_the_model_to_the_endpoint_to_the_step() -> None:
    """A bare model's, then the pinned endpoint's, then `with`; whole parameters replace each other."""
    head = """
    defaults:
      image_to_video/gen4.5: {duration: 8, seed: 2}
      text_to_video/gen4.5: {duration: 9, seed: 3}
      gen4.5: {duration: 6, seed: 1, ratio: 720:1280}
    """
    base = "clip: {uses: USES, with: {prompt_text: A, MORE}}"

    def given(uses: str, more: str) -> tuple[object, ...]:
        text = flow_of(base.replace("USES", uses).replace("MORE", more), head)
        return tuple(params_of(text, "clip")[name] for name in ("duration", "seed", "ratio"))

    assert given("gen4.5", "prompt_image: a.png") == (8, 2, "720:1280")
    assert given("gen4.5", "output_format: mp4") == (9, 3, "720:1280")
    assert given("image_to_video/gen4.5", "prompt_image: a.png, seed: 5") == (8, 5, "720:1280")
    assert given("text_to_video/gen4.5", "duration: 4") == (4, 3, "720:1280")


def test_a_step_may_live_on_defaults_alone() -> None:
    """Without `with` a step has what `defaults` give, and needs what they read."""
    head = """
    defaults:
      gen4.5: {prompt_text: A, ratio: 1280:720, duration: 5, prompt_image: "${{ steps.still.output }}"}
    """
    plan = plan_of(flow_of(f"clip: {{uses: gen4.5}}\nstill: {{{STILL}}}", head))
    assert list(plan.steps) == ["still", "clip"]
    assert plan.steps["clip"].needs == ("still",)


def test_an_operation_has_defaults_too() -> None:
    """`defaults` of one of our own operations apply to its steps."""
    head = "defaults: {media/frame: {at: first}}"
    frame = "uses: media/frame, with: {video: a.mp4"
    steps = f"one: {{{frame}}}}}\ntwo: {{{frame}, at: last}}}}"
    text = flow_of(steps, head)
    assert [params_of(text, name)["at"] for name in ("one", "two")] == ["first", "last"]


def test_defaults_may_use_expressions() -> None:
    """A default is evaluated in each step that it applies to."""
    head = """
    inputs: {seconds: {type: integer, default: 3}}
    defaults: {gen4.5: {duration: "${{ inputs.seconds + n }}"}}
    """
    steps = "clip: {foreach: {n: [1, 2]}, uses: gen4.5, with: {prompt_text: A, ratio: 1280:720}}"
    text = flow_of(steps, head)
    assert [params_of(text, f"clip[{n}]")["duration"] for n in (1, 2)] == [4, 5]
    assert [item.code for item in refusals_of(text.replace("+ n", "+ m"))] == [codes.UNDEFINED_NAME]
    assert [item.code for item in refusals_of(text.replace("inputs.seconds", "inputs.second"))] == [
        codes.UNDEFINED_NAME
    ]


def test_a_default_that_the_endpoint_lacks_is_dropped_with_a_warning() -> None:
    """It is told once, with the nearest name; where another endpoint takes it, for the steps that do not."""
    head = "defaults: {kling_4: {keyframes: [a.png], durattion: 5}, gen4.5: {ratio: 720:1280}}"
    text = flow_of("clip: {uses: kling_4, with: {prompt_text: A}}", head)
    made = plan_text(text)
    assert made.plan is not None, made.diagnostics
    dropped = [item for item in made.plan.diagnostics if item.code is codes.DEFAULT_DROPPED]
    assert [item.message.partition("`")[2].partition("`")[0] for item in dropped] == [
        "keyframes",
        "durattion",
    ]
    assert dropped[1].hint == "did you mean `duration`?"
    assert set(made.plan.steps["clip"].params) == {"prompt_text"}


def test_a_parameter_given_at_three_places_is_given_once() -> None:
    """The same parameter in `defaults` and `with` is no contradiction, and no finding."""
    head = "defaults: {gen4.5: {duration: 5}, text_to_video/gen4.5: {duration: 6}}"
    _, found = check_text(flow_of(clip(""), head))
    assert found == ()


@pytest.mark.parametrize(
    ("parameters", "endpoint"),
    [
        ("prompt_image: a.png", "image_to_video"),
        ("prompt_image: '${{ steps.a.output }}'", "image_to_video"),
        ("prompt_image: ~", "text_to_video"),
        ("prompt_image: '${{ inputs.none }}'", "text_to_video"),
        ("prompt_image: '${{ steps.a.output | default(null) }}'", "image_to_video"),
        ("prompt_image: '${{ steps.gone.output | default(null) }}'", "text_to_video"),
        ("prompt_image: '${{ inputs.hero }}'", "image_to_video"),
    ],
)
def test_the_names_that_are_given_choose_the_endpoint(parameters: str, endpoint: str) -> None:
    """Null is not given; what only a run can tell is given, whatever it will be."""
    steps = f"a: {{{STILL}}}\ngone: {{when: false, {STILL}}}\n" + clip(parameters)
    assert plan_of(flow_of(steps, HEAD)).steps["clip"].capability.endpoint == endpoint


def test_each_instance_chooses_its_endpoint() -> None:
    """One step may mean one endpoint for some items and another for others."""
    steps = """
    clip:
      foreach: {shot: [{id: a, image: x.png}, {id: b, image: null}]}
      uses: gen4.5
      with: {prompt_text: A, ratio: 720:1280, duration: 5, prompt_image: "${{ shot.image }}"}
    """
    plan = plan_of(flow_of(steps))
    assert [step.capability.endpoint for step in plan.steps.values()] == ["image_to_video", "text_to_video"]


def test_what_may_be_null_is_not_judged_before_it_is_known() -> None:
    """A value that only one endpoint takes is refused in the plan, for the instances that choose another."""
    steps = """
    clip:
      foreach: {shot: [{id: a, image: x.png}, {id: b}]}
      uses: gen4.5
      with: {ratio: RATIO, duration: SECONDS, prompt_text: A,
             prompt_image: "${{ shot.image | default(null) }}"}
    """
    text = flow_of(steps).replace("RATIO", "1104:832").replace("SECONDS", "5")
    checked, found = check_text(text)
    assert checked is not None, found
    assert [(item.code, item.step) for item in refusals_of(text)] == [(codes.VALUE_NOT_ACCEPTED, "clip[b]")]
    # What no endpoint takes is told at once.
    checked, found = check_text(flow_of(steps).replace("RATIO", "1:9").replace("SECONDS", "50"))
    assert checked is None
    assert [item.code for item in found] == [codes.VALUE_NOT_ACCEPTED, codes.OUT_OF_RANGE]


def test_where_no_null_makes_one_endpoint_fit_that_is_told_at_once() -> None:
    """Several endpoints take these parameters, whether the unknown one is given or not."""
    steps = "sound: {uses: seed_audio, with: {prompt_text: A bell, pitch_rate: '${{ inputs.none }}'}}"
    _, found = check_text(flow_of(steps, HEAD))
    assert codes.SEVERAL_ENDPOINTS_FIT in {item.code for item in found}


def test_a_seed_is_for_rows_that_take_one() -> None:
    """The flow's seed is given to every step whose model takes one, as it is."""
    steps = f"""
    still: {{foreach: [a, b], {STILL}}}
    own: {{uses: gen4_image, with: {{ratio: 1280:720, prompt_text: A, seed: "${{{{ flow.seed + 1 }}}}"}}}}
    other: {{uses: gpt_image_2, with: {{prompt_text: A, ratio: auto, quality: low}}}}
    """
    plan = plan_of(flow_of(steps, "seed: 20261121"))
    assert [step.params.get("seed") for step in plan.steps.values()] == [20261121, 20261121, 20261122, None]


def test_the_model_that_takes_no_seed_is_named_once() -> None:
    """`validate` says which models take none, once each; nobody expects one of a voice."""
    steps = f"""
    one: {{uses: gpt_image_2, with: {{prompt_text: A, ratio: auto, quality: low}}}}
    two: {{uses: gpt_image_2, with: {{prompt_text: B, ratio: auto, quality: low}}}}
    still: {{{STILL}}}
    voice: {{uses: eleven_multilingual_v2, with: {{prompt_text: Hi, voice: Maya}}}}
    frame: {{uses: media/frame, with: {{video: a.mp4}}}}
    """
    _, found = check_text(flow_of(steps, "seed: 1"))
    assert [(item.code, item.step) for item in found] == [(codes.NO_SEED, "one")]
    assert check_text(flow_of(steps))[1] == ()


def test_take_is_one_while_takes_are_not_supported() -> None:
    """`take` counts from 1 in `with`, and is not defined in `when`."""
    text = flow_of("still: {uses: gen4_image, with: {ratio: 1280:720, prompt_text: 'take ${{ take }}'}}")
    assert params_of(text, "still")["prompt_text"] == "take 1"
    found = refusals_of(text.replace("still: {", "still: {when: '${{ take == 1 }}', "))
    assert [item.code for item in found] == [codes.UNDEFINED_NAME]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("lamp.png", FileMedium),
        ("'${{ inputs.hero }}'", FileMedium),
        ("https://example.com/lamp.png", RemoteMedium),
        ("'runway://upload/1'", RemoteMedium),
        (f"'{PIXEL}'", InlineMedium),
        (f"{{url: https://example.com/lamp.png, sha256: {'a' * 64}}}", PinnedMedium),
        ("'${{ steps.a.output }}'", Deferred),
    ],
)
def test_a_medium_is_named_in_many_ways(value: str, kind: type) -> None:
    """A path, an input, an address, a data URI, a pinned address, or what a step gives."""
    text = flow_of(f"a: {{{STILL}}}\n" + clip(f"prompt_image: {value}"), HEAD)
    assert isinstance(params_of(text, "clip")["prompt_image"], kind)


def test_media_may_stand_in_defaults_and_lists() -> None:
    """Paths of media are relative to the flow file wherever its text names them."""
    head = "defaults: {gen4_image: {reference_images: {hero: assets/hero.png}}}"
    made = plan_text(flow_of(f"still: {{{STILL.replace('A lamp', 'As @hero')}}}", head))
    assert made.plan is not None
    references = made.plan.steps["still"].params["reference_images"]
    assert isinstance(references, tuple)
    assert references[0]["uri"].path == "assets/hero.png"


def test_what_a_run_tells_is_judged_when_it_is_known() -> None:
    """A deferred value that turns out wrong is refused where it is bound."""
    steps = f"a: {{{STILL}}}\n" + clip("seed: '${{ 0 - steps.a.output.width }}'")
    text = flow_of(steps)
    assert plan_of(text).steps["clip"].needs == ("a",)
    made = plan_text(text, lookup=stored_through(text, "a"))
    assert [item.code for item in made.diagnostics] == [codes.OUT_OF_RANGE]


def test_what_a_step_is_told_travels_into_the_plan() -> None:
    """Budgets, timeouts, retries and descriptions of a step stand in each of its instances."""
    keys = "budget: 12.5, timeout: 20m, retry: {max: 2}, on_failure: stop, description: A lamp"
    plan = plan_of(flow_of(f"still: {{foreach: [a, b], {keys}, {STILL}}}"))
    for step in plan.steps.values():
        told = (step.budget, step.timeout_s, step.retry_max, str(step.on_failure), step.description)
        assert told == (Decimal("12.5"), 1200.0, 2, "stop", "A lamp")
