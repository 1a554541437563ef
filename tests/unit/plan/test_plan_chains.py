"""Chained takes with `prev`, and circles of instances."""

from __future__ import annotations

from runway_flow.kernel import codes
from tests.fakes.flows import STILL, flow_of, plan_of, refusals_of

CLIP = "ratio: 1280:720, prompt_text: A, duration: 5"


CHAIN = f"""
clip:
  foreach: {{beat: [a, b, c]}}
  uses: gen4.5
  with:
    {CLIP.replace(", ", chr(10) + "    ")}
    prompt_image: ${{{{ steps.tail[prev()].output | default('lamp.png') }}}}
tail:
  foreach: {{clip: "${{{{ steps.clip }}}}"}}
  uses: media/frame
  with: {{video: "${{{{ clip.output }}}}"}}
"""


def test_prev_chains_takes_across_steps() -> None:
    """`steps.tail[prev()]` is the tail before; before the first it is null."""
    plan = plan_of(flow_of(CHAIN))
    assert list(plan.steps) == ["clip[a]", "tail[a]", "clip[b]", "tail[b]", "clip[c]", "tail[c]"]
    assert [plan.steps[name].needs for name in plan.steps] == [
        (),
        ("clip[a]",),
        ("tail[a]",),
        ("clip[b]",),
        ("tail[b]",),
        ("clip[c]",),
    ]


def test_prev_takes_a_distance() -> None:
    """`prev(2)` is the key two items before."""
    plan = plan_of(flow_of(CHAIN.replace("prev()", "prev(2)")))
    assert [plan.steps[f"clip[{key}]"].needs for key in "abc"] == [(), (), ("tail[a]",)]


def test_prev_is_only_known_in_a_fan_out() -> None:
    """A single step has no neighbour, nor has a list that is being made."""
    single = CHAIN.replace("  foreach: {beat: [a, b, c]}\n", "")
    assert codes.FILTER_MISUSE in {item.code for item in refusals_of(flow_of(single))}
    in_key = flow_of(f"still: {{foreach: [a], key: '${{{{ prev() }}}}', {STILL}}}")
    assert [item.code for item in refusals_of(in_key)] == [codes.FILTER_MISUSE]


def test_a_circle_of_instances_names_each_edge() -> None:
    """The circle is told with the place of each edge, those of `needs` among them."""
    text = flow_of(
        f"""
        a: {{needs: "b[x]", {STILL}}}
        b: {{foreach: [x, y], needs: c, {STILL}}}
        c: {{uses: media/frame, with: {{video: "${{{{ steps.d.output }}}}"}}}}
        d: {{foreach: [x], when: "${{{{ steps.a.output.width > 1 }}}}", uses: gen4.5, with: {{{CLIP}}}}}
        """
    ).replace("steps.d.output", "steps.d['x'].output")
    found = refusals_of(text)
    assert [item.code for item in found] == [codes.CYCLE]
    assert found[0].message.endswith("a → b[x] → c → d[x] → a")
    assert [note.partition(" (")[0] for note in found[0].notes] == [
        "a needs b[x]",
        "b[x] needs c",
        "c needs d[x]",
        "d[x] needs a",
    ]
    assert all("flow.yaml:" in note for note in found[0].notes)


def test_a_step_that_needs_itself_is_a_circle() -> None:
    """`needs` of a whole fan-out names its own instances too."""
    found = refusals_of(flow_of(f"a: {{foreach: [x], needs: a, {STILL}}}"))
    assert [(item.code, item.message) for item in found] == [
        (codes.CYCLE, "these instances need each other in a circle: a[x] → a[x]")
    ]
    assert "flow.yaml:5:28" in found[0].notes[0]


def test_a_circle_is_found_behind_other_expressions() -> None:
    """Expressions that read something else, or that have no value, are not the edge; defaults may be."""
    head = """
    inputs: {word: {type: string, default: x}}
    defaults: {gen4_image: {reference_images: ["${{ steps.b.output }}"]}}
    """
    text = flow_of(
        """
        a:
          uses: gen4_image
          with: {ratio: 1280:720, prompt_text: A lamp}
        b: {uses: media/frame, with: {video: "${{ steps.c.output }}"}}
        c:
          uses: gen4.5
          with:
            prompt_text: ${{ inputs.word + 1 }} ${{ inputs.word }}
            prompt_image: ${{ steps.a.output }}
            ratio: 1280:720
            duration: 5
        """,
        head,
    )
    found = {item.code: item for item in refusals_of(text)}
    assert set(found) == {codes.CYCLE, codes.EXPRESSION_TYPE}
    assert found[codes.CYCLE].message.endswith("a → b → c → a")
    assert found[codes.CYCLE].notes[0] == "a needs b (flow.yaml:4:45)"


def test_a_circle_hides_no_other_finding() -> None:
    """All findings come in one pass."""
    text = flow_of(
        f"""
        a: {{needs: b, {STILL}}}
        b: {{needs: a, {STILL}}}
        c: {{when: "${{{{ flow.name }}}}", {STILL}}}
        """
    )
    assert [item.code for item in refusals_of(text)] == [codes.CYCLE, codes.CONDITION_NOT_BOOLEAN]
