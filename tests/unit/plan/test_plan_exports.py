"""Exports: which files the named outputs of a flow become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.media import Artifact
from runway_flow.plan.exports import expect_exports, resolve_exports, resolve_results
from runway_flow.plan.settings import PlanSettings, Reach, Selection
from tests.fakes.flows import (
    STILL,
    FakeLookup,
    flow_of,
    invent_result,
    plan_of,
    plan_text,
    refusals_of,
    stored_through,
)

if TYPE_CHECKING:
    from runway_flow.plan.action import ActionResult

STEPS = f"""
still:
  foreach: {{shot: [{{id: Wide, scene: x}}, {{id: b/c, scene: y}}, {{id: last, scene: x}}]}}
  when: ${{{{ key != 'last' or inputs.all }}}}
  {STILL.replace(", with", chr(10) + "  with")}
many: {{uses: gpt_image_2, with: {{prompt_text: A, ratio: auto, output_count: 2}}}}
voice: {{uses: eleven_multilingual_v2, with: {{prompt_text: Hi, voice: Maya}}}}
gone: {{when: false, {STILL}}}
"""


A_IS_WIDE = "${{ steps.a.output.width > 0 }}"
ROUTED = "{config_id: c, input: {prompt_text: A lamp}}"
FRAME = "uses: media/frame, with: {video: v.mp4}"


def exported(outputs: str, *, is_all: bool = True) -> list[str]:
    """Give the files of a flow with some outputs, everything being stored."""
    text = flow_of(STEPS, f"inputs: {{all: {{type: boolean, default: {str(is_all).lower()}}}}}\n{outputs}")
    return exported_by(text)


def exported_by(text: str) -> list[str]:
    """Give the files of a flow once everything is stored."""
    lookup, results = FakeLookup(), dict[str, "ActionResult | None"]()
    made = plan_text(text, lookup=lookup)
    assert made.plan is not None, [item.message for item in made.diagnostics]
    for address in made.plan.steps:
        action = plan_of(text, lookup).steps[address].action
        results[address] = invent_result(action, made.plan.saved) if action is not None else None
        if action is not None:
            lookup.keep(action, made.plan.saved, address)
    return [export.path for export in resolve_exports(made.world, results)]


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("${{ steps.voice.output }}", ["film.mp3"]),
        ("${{ steps.still['Wide'].output }}", ["film.png"]),
        ("${{ steps.still.outputs }}", ["film/Wide.png", "film/b-c.png", "film/last.png"]),
        ("${{ steps.still }}", ["film/Wide.png", "film/b-c.png", "film/last.png"]),
        ("${{ steps.voice }}", ["film.mp3"]),
        ("${{ steps.many.outputs }}", ["film/01.png", "film/02.png"]),
        (
            "${{ steps.still | map(attribute='output') | list }}",
            ["film/01.png", "film/02.png", "film/03.png"],
        ),
        (
            "${{ steps.still | selectattr('shot.scene', 'eq', 'x') | list }}",
            ["film/Wide.png", "film/last.png"],
        ),
        ("['${{ steps.voice.output }}', '${{ steps.gone.output }}']", ["film/01.mp3"]),
        ("['${{ null }}', '${{ steps.voice.output }}']", ["film/02.mp3"]),
        ("{a b: '${{ steps.voice.output }}', c: ~}", ["film/a-b.mp3"]),
        (
            "{first: '${{ steps.still }}', x: ['${{ steps.many }}']}",
            ["film/first/Wide.png", "film/first/b-c.png", "film/first/last.png", "film/x/01.png"],
        ),
        ("${{ steps.gone.output }}", []),
        ("${{ null }}", []),
        ("${{ steps.gone.output | default(steps.voice.output) }}", ["film.mp3"]),
    ],
)
def test_an_output_becomes_files(value: str, files: list[str]) -> None:
    """A medium is a file; a list a folder of files by key, else by number; a mapping one by name."""
    assert exported(f"outputs:\n      film: {value}") == files


def test_skipped_instances_are_not_exported() -> None:
    """What is skipped is left out; the others keep their names."""
    assert exported("outputs: {film: '${{ steps.still.outputs }}'}", is_all=False) == [
        "film/Wide.png",
        "film/b-c.png",
    ]


def test_numbers_are_as_wide_as_the_longest() -> None:
    """Files sort by name as their items do."""
    still = STILL.replace("A lamp", "'${{ item }}!'")
    text = flow_of(
        f'still: {{foreach: "${{{{ range(100) }}}}", {still}}}',
        "outputs: {all: \"${{ steps.still | map(attribute='output') | list }}\"}",
    )
    names = exported_by(text)
    assert (names[0], names[-1]) == ("all/001.png", "all/100.png")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("just text", codes.OUTPUT_NOT_MEDIA),
        ("${{ steps.voice.output.bytes }}", None),
        ("${{ 3 }}", codes.OUTPUT_NOT_MEDIA),
        ("['${{ steps.voice.output }}', x]", codes.OUTPUT_NOT_MEDIA),
        ("${{ inputs.hero }}", codes.OUTPUT_NOT_MEDIA),
        ("${{ inputs.hero.width + 'x' }}", codes.UNKNOWN_FIELD),
        ("{a/b: '${{ steps.voice.output }}', A-B: '${{ steps.voice.output }}'}", codes.EXPORT_COLLISION),
        ("{é: '${{ steps.voice.output }}', É: '${{ steps.voice.output }}'}", codes.EXPORT_COLLISION),
        ("${{ steps.still }}", codes.EXPORT_COLLISION),
    ],
)
def test_what_cannot_be_written_is_refused_in_the_plan(value: str, code: codes.Code | None) -> None:
    """Outputs hold results of steps, and no two go to one file (also when only case differs)."""
    text = flow_of(
        f"still: {{foreach: ['x:', 'X ?'], {STILL}}}\n"
        "voice: {uses: eleven_multilingual_v2, with: {prompt_text: Hi, voice: Maya}}",
        f"inputs: {{hero: {{type: image, default: a.png}}}}\noutputs:\n      film: {value}",
    ).replace("    film:", "  film:")
    if code is None:
        plan_of(text)
    else:
        assert [item.code for item in refusals_of(text)] == [code]


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        (f"a: {{{STILL}}}\nb: {{uses: media/frame, with: {{video: v.mp4}}}}", ["a.png", "b.png"]),
        (f"a: {{foreach: [x, y], {STILL}}}", ["a/x.png", "a/y.png"]),
        (
            "a: {uses: gpt_image_2, with: {prompt_text: A, ratio: auto, output_count: 2}}",
            ["a/01.png", "a/02.png"],
        ),
        (
            "a: {foreach: [x], uses: gpt_image_2, with: {prompt_text: A, ratio: auto, output_count: 2}}",
            ["a/x/01.png", "a/x/02.png"],
        ),
        (
            f"a: {{{STILL}}}\nb: {{needs: a, {STILL}}}\nc: {{when: '{A_IS_WIDE}', {FRAME}}}",
            ["b.png", "c.png"],
        ),
        (f"a: {{when: false, {STILL}}}\nb: {{{STILL}}}", ["b.png"]),
    ],
)
def test_without_outputs_the_results_of_the_last_steps_are_exported(steps: str, files: list[str]) -> None:
    """The last steps are those that no other one reads."""
    assert exported_by(flow_of(steps)) == files


def test_a_step_that_a_default_reads_is_not_last() -> None:
    """Defaults read for the steps that they apply to."""
    head = "defaults: {gen4_image: {reference_images: ['${{ steps.first.output }}']}}"
    text = flow_of(f"first: {{uses: generate/image, with: {ROUTED}}}\nlast: {{{STILL}}}", head)
    assert exported_by(text) == ["last.png"]


def test_chained_takes_are_last_steps_together() -> None:
    """Two steps that read each other, instance by instance, are both last if nobody else reads them."""
    chain = """
    clip:
      foreach: [a, b]
      uses: gen4.5
      with:
        ratio: 1280:720
        duration: 5
        prompt_text: A
        prompt_image: ${{ steps.tail[prev()].output | default('lamp.png') }}
    tail: {foreach: {clip: "${{ steps.clip }}"}, uses: media/frame, with: {video: "${{ clip.output }}"}}
    """
    assert exported_by(flow_of(chain)) == ["clip/a.mp4", "clip/b.mp4", "tail/a.png", "tail/b.png"]
    joined = flow_of(chain) + '  cut: {uses: media/concat, with: {clips: "${{ steps.clip.outputs }}"}}\n'
    assert exported_by(joined) == ["cut.mp4"]


def selected(*addresses: str, outputs: str = "", reach: Reach = Reach.ONLY) -> list[tuple[str, str]]:
    """Give (instance, file) of what a selection writes beside the named outputs, everything being stored."""
    text = flow_of(STEPS, f"inputs: {{all: {{type: boolean, default: true}}}}\n{outputs}")
    lookup = stored_through(text, "still[Wide]", "still[b/c]", "still[last]", "many", "voice")
    made = plan_text(text, lookup=lookup, settings=PlanSettings("runway", Selection(reach, addresses)))
    assert made.plan is not None
    results = {name: step.result for name, step in made.plan.steps.items()}
    outputs_of_flow = resolve_exports(made.world, results)
    return [
        (found.name, found.path)
        for found in resolve_results(made.world, made.plan.named, results, outputs_of_flow)
    ]


VOICE = "voice: {uses: eleven_multilingual_v2, with: {prompt_text: Hi, voice: Maya}}"
OUTPUTS = "outputs: {film: '${{ steps.many.output }}'}"


def test_a_selection_writes_what_it_names() -> None:
    """The results of the steps that a selection names are files of their own, by step and key."""
    assert selected("voice", outputs=OUTPUTS) == [("voice", "steps/voice.mp3")]
    assert selected("still", outputs=OUTPUTS) == [
        ("still[Wide]", "steps/still/Wide.png"),
        ("still[b/c]", "steps/still/b-c.png"),
        ("still[last]", "steps/still/last.png"),
    ]
    assert selected("still[b/c]", "voice", outputs=OUTPUTS) == [
        ("still[b/c]", "steps/still/b-c.png"),
        ("voice", "steps/voice.mp3"),
    ]
    assert selected("gone", outputs=OUTPUTS) == []


def test_what_is_an_output_already_is_not_written_twice() -> None:
    """Of a step with several results only those are added that no named output holds."""
    assert selected("many", outputs=OUTPUTS) == [("many", "steps/many/02.png")]
    assert selected("voice") == []


def test_a_selection_names_only_itself() -> None:
    """What is taken along for it, before or after, is no result that was asked for."""
    text = f"still: {{{STILL}}}\nframe: {{uses: media/frame, with: {{video: a.mp4}}, needs: [still]}}"
    for reach, name in ((Reach.UNTIL, "frame"), (Reach.FROM, "still")):
        plan = plan_of(flow_of(text), settings=PlanSettings("runway", Selection(reach, (name,))))
        assert (set(plan.steps), plan.named) == ({"still", "frame"}, (name,))
    assert plan_of(flow_of(text)).named == ()


def test_keys_that_make_one_name_are_told_apart() -> None:
    """Files of instances whose keys differ only in case or unsafe characters get numbers."""
    text = flow_of(
        f"still: {{foreach: [a/b, A-b, c], {STILL.replace('A lamp', '$')}}}".replace("$", '"${{ item }}"'),
        "outputs: {steps: {still: {c: '${{ steps.still[\"a/b\"].output }}'}}}",
    )
    lookup = stored_through(text, "still[a/b]", "still[A-b]", "still[c]")
    settings = PlanSettings("runway", Selection(Reach.ONLY, ("still",)))
    made = plan_text(text, lookup=lookup, settings=settings)
    assert made.plan is not None
    results = {name: step.result for name, step in made.plan.steps.items()}
    exports = resolve_exports(made.world, results)
    assert [item.path for item in exports] == ["steps/still/c.png"]
    found = resolve_results(made.world, made.plan.named, results, exports)
    assert [(one.name, one.path) for one in found] == [
        ("still[A-b]", "steps/still/A-b-2.png"),
        ("still[c]", "steps/still/c-2.png"),
    ]


def expected(text: str, selection: Selection | None = None, *stored: str) -> list[tuple[str, bool]]:
    """Give (file, whether its content is known) of what a run would write."""
    made = plan_text(text, lookup=stored_through(text, *stored), settings=PlanSettings("runway", selection))
    assert made.plan is not None
    return [(one.path, isinstance(one.artifact, Artifact)) for one in expect_exports(made.world, made.plan)]


def test_files_that_a_run_would_write() -> None:
    """Before anything runs it is known where outputs will go; of what is stored also what they hold."""
    text = flow_of(
        f"still: {{{STILL}}}\n{VOICE}\ncut: {{uses: media/concat, with: {{clips: [a.mp4]}}}}\n"
        f"sounds: {{uses: media/concat, with: {{clips: [a.mp3]}}}}\ngone: {{when: false, {STILL}}}",
        "outputs:\n  picture: ${{ steps.still.output }}\n  both: ['${{ steps.voice }}', '${{ steps.cut }}']\n"
        "  not: ${{ steps.gone.output }}\n  joined: ${{ steps.sounds.output }}",
    )
    assert expected(text) == [("picture.png", False), ("both/01.mp3", False), ("both/02.mp4", False)]
    assert expected(text, None, "voice")[1] == ("both/01.mp3", True)
    assert expected(text, Selection(Reach.ONLY, ("voice",))) == [("both/01.mp3", False)]


def test_files_of_a_selection_that_a_run_would_write() -> None:
    """Results of selected steps have their places too, unless an output is that very result."""
    text = flow_of(f"still: {{{STILL}}}\n{VOICE}", "outputs: {picture: '${{ steps.still.output }}'}")
    both = Selection(Reach.ONLY, ("still", "voice"))
    assert expected(text, both) == [("picture.png", False), ("steps/voice.mp3", False)]
    assert expected(text, both, "voice") == [("picture.png", False), ("steps/voice.mp3", True)]


def test_what_nobody_knows_the_place_of_is_not_expected() -> None:
    """A value that is computed from results to come has no place yet."""
    text = flow_of(
        f"a: {{{STILL}}}\nb: {{{STILL}, salt: x}}",
        f"outputs: {{one: '${{{{ steps.a.output if {A_IS_WIDE[4:-3]} else steps.b.output }}}}'}}",
    )
    assert expected(text) == []
