"""Rules of advice: a mistake is answered with the right form, made of the author's own words."""

from __future__ import annotations

import pytest

from runway_flow.spec.builder import build_flow
from runway_flow.spec.expression_offers import loop_name, offer_condition, offer_list
from runway_flow.spec.reader import read_document
from runway_flow.spec.reference import step_of_path
from runway_flow.spec.structure import check_structure


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("yes", "write `when: true`"),
        ("Off", "write `when: false`"),
        ("inputs.dark", "write it as an expression: `when: ${{ inputs.dark }}`"),
        ("key == 'a'", "write it as an expression: `when: ${{ key == 'a' }}`"),
        ("{{ inputs.dark }}", "write it as an expression: `when: ${{ inputs.dark }}`"),
        ("inputs.mood = night", "write a comparison: `when: ${{ inputs.mood == 'night' }}`"),
        ("inputs.mood is night", "write a comparison: `when: ${{ inputs.mood == 'night' }}`"),
        ("inputs.mood is  not night", "write a comparison: `when: ${{ inputs.mood != 'night' }}`"),
        ("inputs.mood <> 'night'", "write a comparison: `when: ${{ inputs.mood != 'night' }}`"),
        ("inputs.n = 3", "write a comparison: `when: ${{ inputs.n == 3 }}`"),
        ("inputs.a = inputs.b", "write a comparison: `when: ${{ inputs.a == inputs.b }}`"),
        ("${{ inputs.mood }} == it's", "write a comparison: `when: ${{ inputs.mood == 'its' }}`"),
        ("${{ a }} and ${{ b }}", "write one expression: `when: ${{ a and b }}`"),
        ("${{ a b", "a condition compares: `when: ${{ inputs.NAME == 'a b' }}`"),
        ("night", "a condition compares: `when: ${{ inputs.NAME == 'night' }}`"),
        ("success()", "a condition compares: `when: ${{ inputs.NAME == … }}`"),
        ("it's night", "a condition compares: `when: ${{ inputs.NAME == … }}`"),
        ("", "a condition compares: `when: ${{ inputs.NAME == … }}`"),
        ("n" * 50, "a condition compares: `when: ${{ inputs.NAME == … }}`"),
    ],
)
def test_a_condition_is_offered_with_the_authors_words(text: str, help_: str) -> None:
    """What was meant as a condition is written out as one."""
    assert offer_condition("when", text) == help_


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("lang in inputs.langs", 'write `{lang: "${{ inputs.langs }}"}`'),
        ("for lang in ${{ inputs.langs }}", 'write `{lang: "${{ inputs.langs }}"}`'),
        ("inputs.langs", "write a list, or one expression: `${{ inputs.langs }}`"),
        ("es, fr", "write a list: `[es, fr]`, or an expression that gives one"),
        ("es", "write a list: `[es]`, or an expression that gives one"),
        ("all the shots", "write a list, or one expression that gives one: `${{ inputs.shots }}`"),
        ("es, " * 20, "write a list, or one expression that gives one: `${{ inputs.shots }}`"),
    ],
)
def test_a_list_is_offered_with_the_authors_words(text: str, help_: str) -> None:
    """What was meant as a list of `foreach` is written out as one."""
    assert offer_list(text) == help_


def test_a_loop_written_as_elsewhere_still_defines_its_name() -> None:
    """`foreach: lang in inputs.langs` is one mistake: `lang` is not undefined as well."""
    assert loop_name("lang in inputs.langs") == "lang"
    assert loop_name("inputs.langs") is None
    document, _ = read_document("steps: {a: {uses: x, foreach: lang in inputs.langs}}", "f")
    assert document is not None
    assert [loop.name for loop in build_flow(document)[0].steps["a"].foreach] == ["lang"]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("steps.clip", "clip"),
        ("steps.clip.output", "clip"),
        ("steps.clip[wide].outputs", "clip"),
        ("${{ steps.clip }}", "clip"),
        ("clip", None),
        ("steps", None),
    ],
)
def test_a_path_names_its_step(text: str, step: str | None) -> None:
    """A reference that stands where an address belongs tells which step is meant."""
    assert step_of_path(text) == step


@pytest.mark.parametrize(
    ("need", "help_"),
    [
        ("steps.a", None),
        ("${{ steps.a }}", "write the id alone: `needs: a`"),
        ("a, b", "several are written as a list: `needs: [a, b]`"),
        ("My Clip", "ids have lower-case letters, digits and `_`: `needs: my_clip`"),
        ("clip-1", "ids have lower-case letters, digits and `_`: `needs: clip_1`"),
        ("a;b", "write the id of a step, or of one instance: `clip[wide]`"),
        ("1", "write the id of a step, or of one instance: `clip[wide]`"),
    ],
)
def test_what_is_no_address_is_answered_with_one(need: str, help_: str | None) -> None:
    """`needs` takes ids; what was meant as one is offered. `steps.a` may be the key `a` of a step `steps`."""
    document, _ = read_document(f"steps: {{a: {{uses: x, needs: '{need}'}}}}", "f")
    assert document is not None
    assert [item.hint for item in build_flow(document)[1]] == ([] if help_ is None else [help_])


def helps_of(text: str) -> list[str]:
    """Give the help of every finding of the structure check."""
    document, found = read_document(text, "f")
    assert document is not None
    assert found == ()
    return [str(item.hint) for item in check_structure(document)]


STEPS = "version: 1\nsteps: {a: {uses: x}}\n"


@pytest.mark.parametrize(
    ("section", "help_"),
    [
        (
            "inputs: [{product: string}]",
            "write each input under its name, without `- `: `product: {type: string}`",
        ),
        ("inputs: [{hero: image}]", "write each input under its name, without `- `: `hero: {type: image}`"),
        ("inputs: [{name: x}]", "write each input under its name, without `- `: `name: {type: string}`"),
        ("inputs: [hero]", "write each input under its name, without `- `: `product: {type: string}`"),
        ("inputs: {a: lamp}", "write `a: {type: string, default: lamp}`"),
        ("inputs: {a: image}", "write `a: {type: image}`"),
        ("inputs: {a: true}", "write `a: {type: boolean, default: true}`"),
        ("inputs: {a: 3}", "write `a: {type: integer, default: 3}`"),
        ("inputs: {a: 3.5}", "write `a: {type: number, default: 3.5}`"),
        ("inputs: {a: b/hero.JPG}", "write `a: {type: image, default: b/hero.JPG}`"),
        ("inputs: {a: b.mp3}", "write `a: {type: audio, default: b.mp3}`"),
        ("inputs: {a: [es, fr]}", "write `a: {type: list, default: [es, fr]}`"),
        ("inputs: {a: [{b: c}]}", "write `a: {type: list, default: […]}`"),
        ("inputs: {a: '${{ b }}'}", "`a` takes no expression; write `a: {type: string}`"),
        ("inputs: {a: }", "write `a: {type: string}`"),
        ("inputs: {a: {type: int}}", "write `type: integer`"),
        ("inputs: {a: {type: photo}}", "write `type: image`"),
        ("inputs: {a: {type: bolean}}", "did you mean `boolean`?"),
        (
            "inputs: {a: {type: file}}",
            "a medium is `image`, `video` or `audio`; a text in a file is `{type: text, file: PATH}`",
        ),
        ("inputs: {a: {type: [x]}}", "write one"),
        (
            "inputs: {a: {type: list, of: []}}",
            "write `of: string`, or the members of an object: `of: {id: string}`",
        ),
        ("inputs: {a: {type: string, choices: 'a, b'}}", "write a list: `choices: [a, b]`"),
        ("inputs: {a: {type: integer, max: x}}", "write a number: `max: 10`"),
        ("inputs: {a: {type: string, required: maybe}}", "write `true` or `false`"),
        ("inputs: {a: {type: string, required: yes}}", "write `true`"),
        ("budget: 50 credits", "write credits as a number: `budget: 50` (100 credits are $1)"),
        ("budget: $5", "write credits as a number: `budget: 600` (100 credits are $1)"),
        ("defaults: {gen4.5: 1280:720}", "name the parameter: `gen4.5: {ratio: 1280:720}`"),
        ("name: [a]", "write a text, or leave `name` out"),
        ("name: true", 'put it in quotes: `name: "true"`'),
        ("outputs: clip", "give each output a name:\noutputs:\n  film: ${{ steps.clip.output }}"),
        ("outputs: [The film]", "give each output a name:\noutputs:\n  film: ${{ steps.NAME.output }}"),
    ],
)
def test_a_section_of_the_wrong_type_gets_its_right_form(section: str, help_: str) -> None:
    """What is offered for a key of the flow or an input is what the author seems to have meant."""
    assert helps_of(STEPS + section) == [help_]


@pytest.mark.parametrize(
    ("step", "help_"),
    [
        ("with: [prompt_text]", "write parameters without `- `: `prompt_text: …`"),
        ("with: [{ratio: 1:1}]", "write parameters without `- `: `ratio: 1:1`"),
        ("with: 3", "write parameters without `- `: `prompt_text: …`"),
        ("with: 'a\n\n  b'", 'name the parameter: `with: {prompt_text: "…"}`'),
        ("foreach: true", "write a list, or one expression that gives one: `${{ inputs.shots }}`"),
        ("needs: {a: true, b: true}", "write the ids of steps: `needs: [a, b]`"),
        ("retry: true", "write `retry: {max: 1}`"),
        ("retry: twice", "write `retry: {max: 2}`"),
        ("retry: {max: twice}", "write a whole number: `max: 2`"),
        ("description: 5", 'put it in quotes: `description: "5"`'),
        ("model: gen4.5", "the model is written `uses`"),
    ],
)
def test_a_key_of_a_step_of_the_wrong_type_gets_its_right_form(step: str, help_: str) -> None:
    """What is offered for a key of a step is what the author seems to have meant."""
    uses = "" if step.startswith("model") else "uses: x, "
    assert helps_of(f"version: 1\nsteps: {{a: {{{uses}{step}}}}}") == [help_]


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ("steps: [{name: My Still}]", "my_still"),
        ("steps: [{uses: x}]", "still"),
        ("steps: film", "still"),
    ],
)
def test_steps_without_names_are_shown_with_one(steps: str, name: str) -> None:
    """A list of steps is shown as a mapping, under the name that the first one has."""
    (help_,) = helps_of(f"version: 1\n{steps}")
    assert help_.endswith(f":\nsteps:\n  {name}:\n    uses: gen4_image")
    assert ("without `- `" in help_) is steps.startswith("steps: [")


def test_a_step_beside_steps_is_to_be_indented() -> None:
    """A step that stands at the top level is not called data of one's own."""
    assert helps_of("version: 1\nsteps:\nstill: {uses: x}\nmore: {a: b}\n") == [
        "indent it, so that it stands below `steps:`",
        "data of your own may stand under `x-more`",
    ]
