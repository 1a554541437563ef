"""`foreach where key`: which instances there are, and what they are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel import codes
from tests.fakes.flows import STILL, flow_of, params_of, plan_of, plan_text, refusals_of

INPUTS = """
inputs:
  shots:
    type: list
    of: {id: string, look: string, seconds?: integer}
    default:
      - {id: wide, look: From afar, seconds: 5}
      - {id: detail, look: Up close}
  langs: {type: list, of: string, default: [es, fr]}
"""


def addresses(steps: str, head: str = INPUTS) -> list[str]:
    """Give the addresses of a flow's instances in plan order."""
    return list(plan_of(flow_of(steps, head)).steps)


def test_a_list_has_its_items_under_the_name_item() -> None:
    """`foreach: LIST` makes one instance for each text, which names it and is called `item`."""
    text = flow_of(
        "still: {foreach: [a, b], uses: gen4_image, with: {ratio: 1280:720, prompt_text: '${{ item }}!'}}"
    )
    assert list(plan_of(text).steps) == ["still[a]", "still[b]"]
    assert params_of(text, "still[b]")["prompt_text"] == "b!"


def test_an_item_is_named_by_its_id() -> None:
    """The default key of a mapping is its `id`."""
    steps = f"still: {{foreach: {{shot: '${{{{ inputs.shots }}}}'}}, {STILL}}}"
    assert addresses(steps) == ["still[wide]", "still[detail]"]


@pytest.mark.parametrize(
    ("items", "keys"),
    [
        ("[1, 2]", ["1", "2"]),
        ("[0.5, 1.0]", ["0.5", "1"]),
        ("[-3, 1e21]", ["-3", "1e+21"]),
        ("[{id: 7}, {id: x}]", ["7", "x"]),
        ("['a b', 'c/d', 'é']", ["a b", "c/d", "é"]),
    ],
)
def test_numbers_and_any_text_are_keys(items: str, keys: list[str]) -> None:
    """A key is any text; a number is written in its shortest form."""
    found = addresses(f"still: {{foreach: {{n: {items}}}, {STILL}}}")
    assert found == [f"still[{key}]" for key in keys]


def test_an_instance_is_found_by_a_number() -> None:
    """`steps.S[2]` is the instance whose key is written `2`, `steps.S[1.0]` the one called `1`."""
    steps = f"""
    still: {{foreach: {{n: [1, 2]}}, {STILL}}}
    cut:
      uses: media/concat
      with: {{clips: ["${{{{ steps.clip[2].output }}}}", "${{{{ steps.clip[1.0].output }}}}"]}}
    clip:
      foreach: {{n: [1, 2]}}
      uses: gen4.5
      with: {{prompt_image: "${{{{ steps.still[n].output }}}}", prompt_text: A, ratio: 1280:720, duration: 5}}
    """
    plan = plan_of(flow_of(steps))
    assert plan.steps["clip[2]"].needs == ("still[2]",)
    assert plan.steps["cut"].needs == ("clip[1]", "clip[2]")


def test_several_names_make_every_combination_the_last_fastest() -> None:
    """Each combination is an instance; its key joins the keys of its items by `-`."""
    steps = f"still: {{foreach: {{a: [x, y], b: [1, 2]}}, {STILL}}}"
    assert addresses(steps) == ["still[x-1]", "still[x-2]", "still[y-1]", "still[y-2]"]


def test_a_later_list_may_use_earlier_names() -> None:
    """`{scene: …, shot: ${{ scene.shots }}}` goes through the shots of each scene."""
    steps = f"""
    still:
      foreach: {{scene: [{{id: a, shots: [1, 2]}}, {{id: b, shots: [3]}}], shot: "${{{{ scene.shots }}}}"}}
      {STILL.replace(", with", chr(10) + "      with")}
    """
    assert addresses(steps) == ["still[a-1]", "still[a-2]", "still[b-3]"]


def test_an_earlier_list_may_not_use_later_names() -> None:
    """A name is defined in the lists after its own."""
    text = flow_of(f"still: {{foreach: {{a: '${{{{ b }}}}', b: [1]}}, {STILL}}}")
    assert [found.code for found in refusals_of(text)] == [codes.UNDEFINED_NAME]


@pytest.mark.parametrize("items", ["[]", "'${{ inputs.nothing }}'", "'${{ [] }}'"])
def test_no_items_make_no_instances(items: str) -> None:
    """An empty list, and one that is not given, makes zero instances."""
    head = "inputs: {nothing: {type: list, of: string}}"
    assert addresses(f"still: {{foreach: {{n: {items}}}, {STILL}}}", head) == []


def test_over_a_fan_out_instances_pair_up() -> None:
    """A `foreach` over a fan-out has its instances as items, and the same keys."""
    steps = f"""
    still: {{foreach: {{shot: "${{{{ inputs.shots }}}}"}}, {STILL}}}
    clip:
      uses: gen4.5
      foreach: {{still: "${{{{ steps.still }}}}"}}
      with:
        ratio: 1280:720
        prompt_image: ${{{{ still.output }}}}
        prompt_text: ${{{{ still.shot.look }}}} ${{{{ still.key }}}}
        duration: ${{{{ still.shot.seconds | default(4) }}}}
    """
    plan = plan_of(flow_of(steps, INPUTS))
    assert list(plan.steps) == ["still[wide]", "still[detail]", "clip[wide]", "clip[detail]"]
    assert plan.steps["clip[wide]"].needs == ("still[wide]",)
    assert plan.steps["clip[detail]"].params["prompt_text"] == "Up close detail"
    assert plan.steps["clip[detail]"].params["duration"] == 4


def test_over_single_steps_their_ids_are_keys() -> None:
    """A single step among the items is named by its id."""
    steps = f"""
    one: {{{STILL}}}
    two: {{{STILL}}}
    frame:
      foreach: {{still: ["${{{{ steps.one }}}}", "${{{{ steps.two }}}}"]}}
      uses: gen4.5
      with: {{prompt_image: "${{{{ still.output }}}}", prompt_text: A, ratio: 1280:720, duration: 5}}
    """
    plan = plan_of(flow_of(steps))
    assert plan.steps["frame[two]"].needs == ("two",)


def test_where_keeps_combinations() -> None:
    """`where` is asked for each combination, with all loop names."""
    steps = f"still: {{foreach: {{a: [1, 2, 3], b: [1, 2, 3]}}, where: '${{{{ a < b }}}}', {STILL}}}"
    assert addresses(steps) == ["still[1-2]", "still[1-3]", "still[2-3]"]


def test_index_counts_what_where_keeps() -> None:
    """`index` counts instances from 0, in `key` and in `with`; `key` may use the loop names."""
    text = flow_of(
        """
        still:
          foreach: {n: [a, b, c]}
          where: ${{ n != 'a' }}
          key: ${{ n }}${{ index }}
          uses: gen4_image
          with: {ratio: 1280:720, prompt_text: "${{ key }} ${{ index }}", seed: "${{ index }}"}
        """
    )
    assert list(plan_of(text).steps) == ["still[b0]", "still[c1]"]
    assert params_of(text, "still[c1]")["prompt_text"] == "c1 1"
    assert params_of(text, "still[c1]")["seed"] == 1


def test_a_written_key_serves_items_without_names() -> None:
    """Where nothing could name the items, `key` does; a number is taken as it is written in text."""
    steps = f"still: {{foreach: {{n: [{{look: a}}, {{look: b}}]}}, key: '${{{{ index + 1 }}}}', {STILL}}}"
    assert addresses(steps) == ["still[1]", "still[2]"]


def test_a_written_list_may_hold_what_a_run_will_tell() -> None:
    """The length of a written list is known; with a `key`, its items need not be."""
    steps = f"""
    one: {{{STILL}}}
    clip:
      foreach: {{image: ["${{{{ steps.one.output }}}}", lamp.png]}}
      key: ${{{{ index }}}}
      uses: gen4.5
      with: {{prompt_image: "${{{{ image }}}}", prompt_text: A, ratio: 1280:720, duration: 5}}
    """
    plan = plan_of(flow_of(steps))
    assert [plan.steps[name].needs for name in ("clip[0]", "clip[1]")] == [("one",), ()]


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=3))
def test_instances_are_the_product_or_the_keys_are_refused(lists: list[list[int]]) -> None:
    """There is one instance for each combination, and each has a key of its own, or that is told."""
    loops = ", ".join(f"n{at}: {items}" for at, items in enumerate(lists))
    planned = plan_text(flow_of(f"still: {{foreach: {{{loops}}}, {STILL}}}"))
    count = 1
    for items in lists:
        count *= len(items)
    is_unique = count == 0 or all(len(set(items)) == len(items) for items in lists)
    if is_unique:
        assert planned.plan is not None
        keys = [step.key for step in planned.plan.steps.values()]
        assert len(keys) == len(set(keys)) == count
    else:
        assert {item.code for item in planned.diagnostics} == {codes.DUPLICATE_INSTANCE}
