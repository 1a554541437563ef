"""Retired and unknown models, and those of the user's own table, in a plan: same keys, open prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.catalog import Catalog
from runway_flow.catalog.loader import load_catalog
from runway_flow.check.user_tables import read_tables
from tests.fakes.flows import check_text, flow_of, plan_text

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.plan import PlannedStep

SHIPPED = load_catalog()
OPEN = SHIPPED.admitting(retired=True, unknown=True)
WITHOUT = Catalog.of([row for row in SHIPPED.rows if row.model != "gen4.5"], api_version=SHIPPED.api_version)
"""The table as it was before it learned of gen4.5."""

STILL = "still: {uses: gen4_image, with: {prompt_text: A lamp, ratio: 1280:720}}"


def step_of(text: str, catalog: Catalog, name: str = "clip") -> PlannedStep:
    """Plan a flow by a catalogue, and give one of its steps."""
    made = plan_text(text, catalog=catalog)
    assert made.plan is not None, [item.message for item in made.diagnostics]
    return made.plan.steps[name]


def key_of(text: str, catalog: Catalog) -> str:
    """Give the key of the step `clip`."""
    action = step_of(text, catalog).action
    assert action is not None
    return action.key


def errors_of(text: str, catalog: Catalog) -> list[Diagnostic]:
    """Give the errors of a flow."""
    return [item for item in check_text(text, catalog)[1] if item.is_error]


CLIP = (
    "clip: {uses: text_to_video/gen4.5, with: {prompt_text: A lamp, ratio: 1280x720, duration: 5s, seed: 7}}"
)
BARE = "clip: {uses: gen4.5, with: {prompt_text: A lamp, ratio: 1280:720, duration: 5, seed: 7}}"


def test_the_key_is_that_of_the_request() -> None:
    """Whether the table knows a model or not, the same request has the same key; no flag is in it."""
    known = key_of(flow_of(CLIP), SHIPPED)
    assert key_of(flow_of(CLIP), OPEN) == known
    assert key_of(flow_of(CLIP), WITHOUT.admitting(unknown=True)) == known
    assert key_of(flow_of(BARE), SHIPPED) == known


def test_own_rows_and_prices_are_not_in_the_key() -> None:
    """A row of the user's own changes what is checked and what is shown, not what is the same."""
    text = (
        "version: 1\nrows: {text_to_video/gen4.5: {params: {duration: {max: 30}}}}\nprices: {gen4.5: null}\n"
    )
    own, found = read_tables(text, "own.yaml", SHIPPED)
    assert own is not None, found
    assert key_of(flow_of(CLIP), own) == key_of(flow_of(CLIP), SHIPPED)
    assert not step_of(flow_of(CLIP), own).estimate.is_known
    longer = flow_of(CLIP.replace("5s", "30s"))
    assert [item.code.id for item in errors_of(longer, SHIPPED)] == ["RF310"]
    assert step_of(longer, own).params["duration"] == 30


def test_a_name_of_older_texts_is_the_model_that_it_means() -> None:
    """`aleph` is sent, and keyed, as gen4_aleph."""
    step = "clip: {uses: NAME, with: {prompt_text: At night, video_uri: 'https://example.com/a.mp4'}}"
    keys = {name: key_of(flow_of(step.replace("NAME", name)), OPEN) for name in ("aleph", "gen4_aleph")}
    assert len(set(keys.values())) == 1
    action = step_of(flow_of(step.replace("NAME", "aleph")), OPEN).action
    assert action is not None
    assert action.request["model"] == "gen4_aleph"


def test_outputs_of_other_steps_go_into_new_parameters() -> None:
    """A parameter that no model has takes what another step gives, and waits for it."""
    text = flow_of(
        f"{STILL}\n"
        "clip: {uses: text_to_video/gen9, with: {prompt_text: x, style_image: '${{ steps.still.output }}'}}"
    )
    clip = step_of(text, OPEN)
    assert clip.needs == ("still",)
    assert not clip.estimate.is_known


def test_what_an_unknown_model_gives_has_the_endpoints_kind() -> None:
    """Steps that read a model which nobody knows are judged by the kind that its endpoint gives."""
    text = flow_of(
        "gen9: {uses: text_to_video/gen9, with: {prompt_text: A lamp}}\n"
        "clip: {uses: gen4_turbo, with: {prompt_image: '${{ steps.gen9.output }}', ratio: '16:9'}}"
    )
    assert [item.code.id for item in errors_of(text, OPEN)] == ["RF314"]


def test_the_flows_seed_is_not_sent_to_the_unknown() -> None:
    """Nothing is filled in for a model that nobody knows: the flow's seed goes where it is written."""
    text = flow_of("clip: {uses: text_to_video/gen9, with: {prompt_text: A lamp}}", "seed: 7")
    assert "seed" not in step_of(text, OPEN).params
    written = text.replace("A lamp}", "A lamp, seed: '${{ flow.seed }}'}")
    assert step_of(written, OPEN).params["seed"] == 7
    warnings = {item.code.id for item in check_text(text, OPEN)[1]}
    assert warnings == {"RF301", "RF320"}
    assert {item.code.id for item in check_text(written, OPEN)[1]} == {"RF301"}


def test_defaults_of_the_unknown() -> None:
    """Defaults for a model that nobody knows count as written, and null takes one out."""
    head = "defaults:\n  gen9: {mode: slow}\n  text_to_video/gen9: {negative_prompt: rain}\n"
    text = flow_of("clip: {uses: text_to_video/gen9, with: {prompt_text: A lamp, mode: null}}", head)
    assert step_of(text, OPEN).params == {"prompt_text": "A lamp", "negative_prompt": "rain"}


def test_help_speaks_of_the_users_models() -> None:
    """What takes a value elsewhere is looked for in the user's own table too."""
    text = (
        "version: 1\nrows: {text_to_video/gen9: {like: text_to_video/gen4.5, params: {duration: {max: 99}}}}"
    )
    own, found = read_tables(text, "own.yaml", SHIPPED)
    assert own is not None, found
    (error,) = errors_of(flow_of(CLIP.replace("5s", "99s")), own)
    assert str(error.hint).startswith("text_to_video models that take 99: gen9 ")
