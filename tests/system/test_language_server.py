"""The schema for editors in the language server that they use: completion, hover, findings, speed.

The server is the last one that runs on every Node there is; 2.0 asks for Node 22.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runway_flow.catalog.loader import load_catalog
from runway_flow.report.yaml_text import yaml_lines
from tests.fakes.editor import named_rows, without_nulls_in_lists
from tests.oracles.generator import valid_requests
from tests.oracles.shortening import short_requests
from tests.system.language_server import Finding, LanguageServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability

ROOT = Path(__file__).parents[2]
HEAD = f"# yaml-language-server: $schema={ROOT}/schemas/flow.schema.json\nversion: 1\n"
STEP = f"{HEAD}steps:\n  shot:\n"
IMAGE = f"{STEP}    uses: gen4_image\n    with:\n"
CLIP = f"{STEP}    uses: gen4.5\n    with:\n"
REACTION_S = 3.0
"""How long a user may wait for a flow of 1,000 steps; a machine under load included."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """Give a server that all tests talk to."""
    with LanguageServer(tmp_path_factory.mktemp("flows")) as running:
        yield running


def test_uses_is_completed_with_every_name(server: LanguageServer) -> None:
    """Models, endpoints with a model, routers and our own operations are offered, with words about each."""
    offered = server.completions(f"{STEP}    uses: |\n")
    catalog = load_catalog()
    assert {*catalog.model_names(), *catalog.operation_names()} <= set(offered)
    assert {row.uses for row in catalog.rows if row.model is not None} <= set(offered)
    assert "generate/video" in offered
    assert offered["gen4_image"].about.startswith("Makes images from words")
    assert "text_to_video, image_to_video" in offered["gen4.5"].about
    assert "veo3" not in offered


def test_with_brings_what_the_model_needs(server: LanguageServer) -> None:
    """After `uses` the key `with` comes with the parameters that the model cannot do without."""
    offered = server.completions(f"{STEP}    uses: gen4_image\n    w|\n")
    assert offered["with"].inserts == "with:\n  prompt_text: $1\n  ratio: $2"


def test_ratios_are_completed_of_the_model_that_was_chosen(server: LanguageServer) -> None:
    """All values and their short names are offered, with what each means, and none of another model's."""
    offered = server.completions(f"{STEP}    uses: image_to_video/gen4.5\n    with:\n      ratio: |\n")
    row = load_catalog().find("image_to_video", "gen4.5")
    assert row is not None
    values = row.by_name["ratio"].shape.values or ()
    assert [label for label in offered if "@" not in label][: len(values)] == list(values)
    assert offered["1280:720"].about.startswith("16:9")
    assert {"16:9", "16:9@720p", "1:1"} <= set(offered)
    assert offered["16:9"].about == "1280:720"
    assert "1920:1080" not in offered


def test_a_model_is_not_taken_for_one_whose_name_it_begins(server: LanguageServer) -> None:
    """`gen4_image` is offered nothing of `gen4_image_turbo`, which needs reference images."""
    assert "prompt_text: $1\nratio: $2" in {
        item.inserts for item in server.completions(f"{IMAGE}      |\n").values()
    }


def test_parameters_of_every_endpoint_are_offered_until_one_is_chosen(server: LanguageServer) -> None:
    """A bare model of two endpoints is offered `prompt_image`, which chooses the second one."""
    written = '      prompt_text: Push in.\n      ratio: "16:9"\n      duration: 5\n'
    assert "prompt_image" in server.completions(f"{CLIP}{written}      |\n")
    assert "prompt_image" in server.completions(f"{CLIP}      |\n")


def test_our_own_operations_are_completed_too(server: LanguageServer) -> None:
    """Parameters and values of `media/concat` are offered."""
    offered = server.completions(f"{STEP}    uses: media/concat\n    with:\n      transition: |\n")
    assert {"cut", "fade", "dissolve"} <= set(offered)


def test_names_of_media_are_completed_with_examples(server: LanguageServer) -> None:
    """Where one medium belongs a path and an expression show what may stand."""
    offered = server.completions(f"{IMAGE}      reference_images: {{hero: |}}\n")
    assert "${{ steps.NAME.output }}" in offered


def test_keys_of_the_language_are_completed(server: LanguageServer) -> None:
    """Keys of a step and types of inputs are offered, but not what is not supported yet."""
    offered = server.completions(f"{STEP}    |\n")
    assert {"uses", "foreach", "when", "retry"} <= set(offered)
    assert "takes" not in offered
    assert {"text", "image"} <= set(server.completions(f"{HEAD}inputs:\n  hero: {{type: |}}\n"))


def test_defaults_are_completed_by_model(server: LanguageServer) -> None:
    """Under `defaults` the models are offered, and below one its parameters."""
    assert "gen4.5" in server.completions(f"{HEAD}defaults:\n  |\n")
    assert "ratio" in server.completions(f"{HEAD}defaults:\n  gen4.5:\n    |\n")


@pytest.mark.parametrize(
    ("flow", "shown"),
    [
        (f"{IMAGE}      ra|tio: 1280:720\n", ("#### ratio", "Width and height", "`1920:1080`: 16:9, 1080p")),
        (f"{CLIP}      dura|tion: 5\n", ("#### duration", "in seconds. 2 to 10.")),
        (f"{STEP}    us|es: gen4_image\n", ("#### uses", "What runs")),
        (f"{HEAD}see|d: 7\n", ("#### seed", "The seed of every step")),
        (f"{HEAD}inputs: {{hero: {{ty|pe: image}}}}\n", ("#### type", "`image`: A path or an address")),
    ],
)
def test_hover_shows_what_a_key_means(server: LanguageServer, flow: str, shown: tuple[str, ...]) -> None:
    """Name, meaning and accepted values of a key are shown, once."""
    text = server.hover(flow).replace("\\", "")
    assert [words for words in shown if words not in text] == []
    assert " || " not in text


GOOD = "ratio: 1280:720, prompt_text: x"


@pytest.mark.parametrize(
    ("flow", "finding"),
    [
        (
            f"{STEP}    uses: gen4_image\n    with: {{{GOOD}, colour: red}}\n",
            Finding("colour", "Property colour is not allowed."),
        ),
        (
            f"{STEP}    uses: gen4_image\n    with: {{{GOOD}, seed: many}}\n",
            Finding("many", 'Incorrect type. Expected "integer".'),
        ),
        (
            f"{STEP}    uses: text_to_video/gen4.5\n    with: {{{GOOD}, duration: 11}}\n",
            Finding("11", "Value is above the maximum of 10."),
        ),
        (
            f"{STEP}    uses: gen4_image\n    with: {{ratio: 1280:720}}\n",
            Finding("with", 'Missing property "prompt_text".'),
        ),
        (
            f"{STEP}    uses: gen4_image\n    with: {{{GOOD}}}\n    colour: red\n",
            Finding("colour", "Property colour is not allowed."),
        ),
        (
            f"{STEP}    uses: gen4_image\n    with: {{{GOOD}}}\n    takes: 2\n",
            Finding("takes: 2", "`takes` is not supported yet."),
        ),
        (
            f"{STEP}    uses: veo3\n",
            Finding("veo3", "veo3 is retired since 2026-08-13; write veo3.1."),
        ),
        (
            f"{STEP}    uses: gen9\n",
            Finding(
                "gen9",
                "No model, endpoint/model or operation has this name; `runway-flow models` lists them.",
            ),
        ),
        (
            f"{STEP}    uses: seed_audio\n    with: {{prompt_text: x}}\n",
            Finding(
                "seed_audio",
                "Value is not accepted. Valid values: "
                '"text_to_speech/seed_audio", "sound_effect/seed_audio".',
            ),
        ),
    ],
)
def test_each_kind_of_mistake_is_marked_once(server: LanguageServer, flow: str, finding: Finding) -> None:
    """Unknown keys, wrong types, bounds, what is missing, names of models: one finding, at its place."""
    assert server.findings(flow) == [finding]


def test_a_value_out_of_the_set_is_marked_with_the_set(server: LanguageServer) -> None:
    """The finding about a ratio lists those of the model."""
    flow = f"{STEP}    uses: text_to_video/gen4.5\n    with: {{ratio: 1:9, prompt_text: x, duration: 5}}\n"
    (found,) = server.findings(flow.replace("1:9", "1920:1080"))
    assert found.text == "1920:1080"
    assert found.message.startswith('Value is not accepted. Valid values: "1280:720", "720:1280", "16:9"')


@pytest.mark.parametrize("path", sorted((ROOT / "examples/flows").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_clean(server: LanguageServer, path: Path) -> None:
    """Every example names the schema in its first line, and has no finding."""
    text = path.read_text(encoding="utf-8")
    line, _, rest = text.partition("\n")
    assert line == "# yaml-language-server: $schema=../../schemas/flow.schema.json"
    assert (path.parent / line.partition("=")[2]).resolve() == ROOT / "schemas/flow.schema.json"
    assert server.findings(HEAD.partition("\n")[0] + "\n" + rest) == []


def test_good_steps_of_every_row_are_clean(server: LanguageServer) -> None:
    """The server judges as Python does: what the table takes is not marked, short forms included."""
    steps = {
        f"shot_{number}_of_{row_number}": {"uses": uses, "with": request}
        for row_number, (uses, row) in enumerate(named_rows().items())
        for number, request in enumerate(requests_of(row))
    }
    lines = "\n".join(yaml_lines({"steps": steps}))
    assert server.findings(f"{HEAD}{lines}\n") == []


def requests_of(row: Capability) -> Iterator[dict[str, Any]]:
    """Make some good requests, as they are and in short forms; a list that is full has no nulls beside."""
    for short, meant in short_requests(row, 8, 3):
        yield meant
        yield without_nulls_in_lists(short)


def test_patterns_mean_something_in_javascript() -> None:
    """Each pattern of the schema is one for editors, too, which read them as those of JavaScript."""
    program = """
        const walk = part => Object.entries(part ?? {}).forEach(([key, value]) => {
            if (key === "pattern" && typeof value === "string") new RegExp(value, "u");
            if (typeof value === "object") walk(value);
        });
        walk(JSON.parse(require("fs").readFileSync(0, "utf8")));
    """
    text = (ROOT / "schemas/flow.schema.json").read_text(encoding="utf-8")
    done = subprocess.run(["node", "-e", program], input=text, text=True, capture_output=True, check=False)
    assert done.stderr == ""


def test_a_large_flow_is_judged_quickly(server: LanguageServer) -> None:
    """A flow of 1,000 steps over 25 models is checked and completed while one types."""
    rows = [row for row in load_catalog().rows if row.model is not None][:25]
    steps = {
        f"shot_{number}_of_{model}": {"uses": row.uses, "with": next(valid_requests(row, 1, number))}
        for number in range(40)
        for model, row in enumerate(rows)
    }
    assert len(steps) == 1000
    lines = "\n".join(yaml_lines({"steps": steps}))
    began = time.monotonic()
    assert server.findings(f"{HEAD}{lines}\n") == []
    checked = time.monotonic()
    assert "gen4.5" in server.completions(f"{HEAD}{lines}\n  last:\n    uses: |\n")
    completed = time.monotonic()
    assert max(checked - began, completed - checked) < REACTION_S
