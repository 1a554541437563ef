"""Outputs of steps in expressions: what they are, what reading them needs, what skipping does."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.media import Artifact, MediaKind
from runway_flow.kernel.values import Deferred
from runway_flow.plan.plan import PlanState
from tests.fakes.flows import STILL, flow_of, params_of, plan_of, refusals_of, stored_through

CLIP = "ratio: 1280:720, prompt_text: A, duration: 5"
SHEET = "ratio: 1280:720, prompt_text: A"

SCENES = f"""
still:
  foreach: {{shot: [{{id: a, scene: x}}, {{id: b, scene: y}}, {{id: c, scene: x}}]}}
  when: ${{{{ shot.id != inputs.left_out }}}}
  {STILL.replace(", with", chr(10) + "  with")}
"""
HEAD = "inputs: {left_out: {type: string, default: none}}"


def clip_of(value: str) -> str:
    """Write the scenes, and a clip whose references are `value`."""
    return flow_of(
        SCENES
        + f"""
sheet:
  uses: gen4_image
  with:
    ratio: 1280:720
    prompt_text: A
    reference_images: "${{{{ {value} }}}}"
""",
        HEAD,
    )


def needs_of(value: str) -> tuple[str, ...]:
    """Give what a step that reads `value` needs."""
    return plan_of(clip_of(value)).steps["sheet"].needs


@pytest.mark.parametrize(
    ("value", "needs"),
    [
        ("steps.still['a'].output", ("still[a]",)),
        ("steps.still['a'].outputs", ("still[a]",)),
        ("steps.still['a'].takes", ("still[a]",)),
        ("steps.still.outputs", ("still[a]", "still[b]", "still[c]")),
        (
            "steps.still | selectattr('shot.scene', 'eq', 'x') | map(attribute='output') | list",
            ("still[a]", "still[c]"),
        ),
        ("steps.still | map(attribute='output') | first", ("still[a]",)),
        ("(steps.still | last).output", ("still[c]",)),
        ("steps.still.outputs[1]", ("still[b]",)),
        ("[steps.still['b'].output] if (steps.still | length) > 2 else steps.still.outputs", ("still[b]",)),
        ("steps.still[(steps.still | first).key].output", ("still[a]",)),
        ("'lamp.png' if 'a' in (steps.still | map(attribute='key') | list) else steps.still['a'].output", ()),
    ],
)
def test_only_reading_an_output_makes_a_dependency(value: str, needs: tuple[str, ...]) -> None:
    """A fan-out is a list of its instances; keys, counts and loop values need no run."""
    assert needs_of(value) == needs


def test_outputs_keep_the_order_of_the_instances() -> None:
    """`steps.S.outputs` is the first output of each instance, in order."""
    text = clip_of("steps.still.outputs")
    lookup = stored_through(text, "still[c]", "still[a]", "still[b]")
    plan = plan_of(text, lookup)
    expected = [plan.steps[f"still[{key}]"].result for key in "abc"]
    references = plan.steps["sheet"].params["reference_images"]
    assert isinstance(references, tuple)
    assert [item["uri"] for item in references] == [result.outputs[0] for result in expected if result]


def test_skipped_instances_are_left_out_of_outputs() -> None:
    """What is skipped is no item of `.outputs`."""
    text = clip_of("steps.still.outputs").replace("default: none", "default: b")
    plan = plan_of(text, stored_through(text, "still[a]", "still[c]"))
    assert plan.steps["still[b]"].state is PlanState.SKIPPED
    references = plan.steps["sheet"].params["reference_images"]
    assert isinstance(references, tuple)
    assert len(references) == 2


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("steps.still['b'].output", PlanState.SKIPPED),
        ("[steps.still['b'].output, steps.still['a'].output]", PlanState.SKIPPED),
        ("steps.still['b'].output.sha256", PlanState.SKIPPED),
        ("steps.still['b'].outputs", PlanState.SKIPPED),
        ("steps.still['b'].output | default('lamp.png')", PlanState.RUN),
        ("steps.still['b'].output or 'lamp.png'", PlanState.RUN),
        ("'a.png' if steps.still['b'].output is defined else 'lamp.png'", PlanState.RUN),
        ("steps.still['b'].output | default(null)", PlanState.RUN),
    ],
)
def test_reading_a_skipped_output_skips_the_reader(value: str, state: PlanState) -> None:
    """Except under `default(…)`, `is defined` or an `or`."""
    step = plan_of(clip_of(value).replace("default: none", "default: b")).steps["sheet"]
    assert step.state is state
    assert (step.why == "still[b] is skipped") == (state is PlanState.SKIPPED)


def test_a_single_step_has_an_output_and_a_list_of_them() -> None:
    """`steps.S.output` is the first, `steps.S.outputs` are all, in order."""
    text = flow_of(
        f"""
        many: {{uses: gpt_image_2, with: {{prompt_text: A, ratio: auto, quality: low, output_count: 3}}}}
        one: {{uses: gen4.5, with: {{{CLIP}, prompt_image: "${{{{ steps.many.output }}}}"}}}}
        last: {{uses: gen4.5, with: {{{CLIP}, prompt_image: "${{{{ steps.many.outputs[2] }}}}"}}}}
        all: {{uses: gen4_image, with: {{{SHEET}, reference_images: "${{{{ steps.many.outputs }}}}"}}}}
        """
    )
    references = params_of(text, "all")["reference_images"]
    assert isinstance(references, tuple)
    to_come = Deferred(frozenset({"many"}), MediaKind.IMAGE, output_of="many")
    assert [item["uri"] for item in references] == [to_come] * 3
    assert params_of(text, "last")["prompt_image"] == to_come
    plan = plan_of(text, stored_through(text, "many"))
    assert isinstance(plan.steps["one"].params["prompt_image"], Artifact)
    found = refusals_of(text.replace("outputs[2]", "outputs[3]"))
    assert [item.code for item in found] == [codes.UNKNOWN_FIELD]


def test_a_number_of_outputs_that_is_not_known_makes_the_list_unknown() -> None:
    """How many outputs come may be something that only a run can tell."""
    text = flow_of(
        f"""
        still: {{{STILL}}}
        many:
          uses: gpt_image_2
          with: {{prompt_text: A, ratio: auto, output_count: "${{{{ steps.still.output.width // 640 }}}}"}}
        all: {{uses: gen4_image, with: {{{SHEET}, reference_images: "${{{{ steps.many.outputs }}}}"}}}}
        """
    )
    plan = plan_of(text)
    assert plan.steps["all"].needs == ("many",)
    assert plan.steps["all"].params["reference_images"] == Deferred(frozenset({"many"}))


@pytest.mark.parametrize(
    ("clips", "code"),
    [("[steps.voice.output, steps.voice.output]", codes.MEDIA_KIND), ("['a.mp4', 'b.mp4']", None)],
)
def test_the_kind_of_a_join_follows_from_what_is_joined(clips: str, code: codes.Code | None) -> None:
    """Joined audio is audio, so it cannot stand where a video belongs."""
    text = flow_of(
        f"""
        voice: {{uses: eleven_multilingual_v2, with: {{prompt_text: Hi, voice: Maya}}}}
        cut: {{uses: media/concat, with: {{clips: "${{{{ {clips} }}}}"}}}}
        film: {{uses: media/mux, with: {{video: "${{{{ steps.cut.output }}}}", audio: a.mp3}}}}
        """
    )
    if code is None:
        assert plan_of(text).steps["film"].needs == ("cut",)
    else:
        assert [item.code for item in refusals_of(text)] == [code]


def test_fields_of_an_output_are_known_when_it_is_stored() -> None:
    """An artifact has a kind, a media type, a size and a length."""
    fields = ["kind", "media_type", "bytes", "sha256", "width", "height", "duration", "fps"]
    prompt = " ".join(f"${{{{ steps.clip.output.{name} }}}}" for name in fields)
    text = flow_of(
        f"""
        clip: {{uses: gen4.5, with: {{{CLIP}}}}}
        still: {{uses: gen4_image, with: {{ratio: 1280:720, prompt_text: "{prompt}"}}}}
        """
    )
    plan = plan_of(text)
    assert plan.steps["still"].state is PlanState.UNKNOWN
    plan = plan_of(text, stored_through(text, "clip"))
    result = plan.steps["clip"].result
    assert result is not None
    expected = f"video video/mp4 5000 {result.outputs[0].digest} 1280 720 5 24"
    assert plan.steps["still"].params["prompt_text"] == expected


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("'${{ steps.still }}'", "write `${{ steps.still.outputs }}`"),
        ("['${{ steps.still }}']", "write `${{ steps.still.outputs }}`"),
        ("'${{ steps.single }}'", "write `${{ steps.single.output }}`"),
        ("{hero: '${{ steps.single }}'}", "write `${{ steps.single.output }}`"),
        ("'${{ [steps.single] }}'", "read its `.output`"),
        ("'${{ {\"a\": steps.single} }}'", "read its `.output`"),
        ("[{uri: \"${{ steps.still['a'] }}\"}]", "write `${{ steps.still['a'].output }}`"),
        ("'${{ steps.still | first }}'", "read its `.output`"),
    ],
)
def test_a_step_is_not_what_it_gives(value: str, hint: str) -> None:
    """Where a step stands and its output is meant, that is said, once."""
    text = clip_of("'x'").replace("\"${{ 'x' }}\"", value).replace("sheet:", f"single: {{{STILL}}}\n  sheet:")
    found = refusals_of(text)
    assert [(item.code, item.hint) for item in found] == [(codes.PARAMETER_TYPE, hint)], found


def test_a_key_that_no_instance_has_is_refused() -> None:
    """The nearest key is suggested."""
    found = refusals_of(clip_of("steps.still['d'].output"))
    assert [(item.code, item.step) for item in found] == [(codes.UNKNOWN_INSTANCE, "sheet")]
    assert found[0].hint is not None


def test_null_as_a_key_is_null_with_all_its_fields() -> None:
    """`steps.S[null].output` is null, so the parameter is not given."""
    assert "reference_images" not in params_of(clip_of("steps.still[null].output"), "sheet")
