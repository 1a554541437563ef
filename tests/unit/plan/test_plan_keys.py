"""Action keys: golden vectors, what changes a key, what does not."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, PinnedMedium, RemoteMedium
from runway_flow.plan.keys import key_document, without_bytes
from runway_flow.plan.lookup import StoredResult
from runway_flow.plan.plan import PlanState
from runway_flow.plan.settings import PlanSettings
from tests.fakes.flows import (
    IMAGE,
    STILL,
    FakeLookup,
    flow_of,
    invent_result,
    plan_of,
    stored_through,
)

if TYPE_CHECKING:
    from runway_flow.plan.action import Action

CASES = Path(__file__).resolve().parents[2] / "cases" / "keys"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
DIGEST = digest_bytes(b"x")


def action_of(text: str, address: str, realm: str = "runway", lookup: FakeLookup | None = None) -> Action:
    """Give the action that an instance of a valid flow is."""
    action = plan_of(text, lookup, PlanSettings(realm)).steps[address].action
    assert action is not None
    return action


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_a_request_never_changes(name: str) -> None:
    """A changed key is a broken promise to whoever paid.

    Each case is a flow, the instances that are stored before, and the document and digest of one instance.
    `UPDATE_CASES=1` writes them anew: only for a new case, or with a new `KEY_SCHEMA`.
    """
    path = CASES / f"{name}.json"
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join(case["flow"]) + "\n"
    lookup = stored_through(text, *case.get("stored", []))
    action = action_of(text, case["step"], case.get("realm", "runway"), lookup)
    if os.environ.get("UPDATE_CASES"):
        case |= {"document": action.document, "key": action.key}
        path.write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert action.document == case["document"]
    assert action.key == case["key"]


@pytest.mark.parametrize("name", NAMES)
def test_the_key_is_the_digest_of_canonical_json(name: str) -> None:
    """Computed another way: Python writes the numbers of these cases alike, but for `2.0`."""

    def number(text: str) -> float:
        return int(float(text)) if float(text).is_integer() else float(text)

    text = (CASES / f"{name}.json").read_text(encoding="utf-8")
    case: dict[str, Any] = json.loads(text, parse_float=number)
    plain = json.dumps(case["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(plain.encode("utf-8")).hexdigest() == case["key"]


CLIP = """
clip:
  uses: gen4.5
  with: {ratio: 1280:720, duration: 5, prompt_text: A lamp, prompt_image: a.png, seed: 7}
"""

CHANGES = {
    "the text": ("A lamp", "A lamb"),
    "a space": ("A lamp", "A  lamp"),
    "case": ("A lamp", "a lamp"),
    "the ratio": ("1280:720", "720:1280"),
    "the length": ("duration: 5", "duration: 6"),
    "a medium": ("a.png", "b.png"),
    "a medium's address": ("a.png", "'https://example.com/a.png'"),
    "the seed": ("seed: 7", "seed: 8"),
    "no seed": (", seed: 7", ""),
    "one more parameter": ("seed: 7", "seed: 7, output_format: mp4"),
    "the model": ("uses: gen4.5", "uses: gen4_turbo"),
    "the operation": ("prompt_image: a.png, ", ""),
    "a salt": ("uses: gen4.5", "salt: again\n    uses: gen4.5"),
    "an empty salt": ("uses: gen4.5", "salt: ''\n    uses: gen4.5"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_sent_changes_the_key(what: str) -> None:
    """So do the operation, the model and the salt."""
    before, after = CHANGES[what]
    text = flow_of(CLIP)
    assert before in text
    assert action_of(text.replace(before, after), "clip").key != action_of(text, "clip").key


def test_the_realm_and_the_api_version_change_the_key() -> None:
    """A result of the emulator is never taken for one of Runway, nor one of another host."""
    text = flow_of(CLIP)
    keys = {action_of(text, "clip", realm).key for realm in ("runway", "local", "api.example.com")}
    assert len(keys) == 3
    assert action_of(text, "clip").document["api_version"] == load_catalog().api_version


SAME = {
    "the id of the step": ("clip:", "shot:"),
    "the name of the flow": ("name: film", "name: movie"),
    "a description": ("uses: gen4.5", "description: x\n    uses: gen4.5"),
    "retries": ("uses: gen4.5", "retry: {max: 3}\n    uses: gen4.5"),
    "a timeout": ("uses: gen4.5", "timeout: 1m\n    uses: gen4.5"),
    "a budget": ("uses: gen4.5", "budget: 900\n    uses: gen4.5"),
    "the flow's budget": ("name: film", "name: film\nbudget: 900"),
    "what a failure does": ("uses: gen4.5", "on_failure: stop\n    uses: gen4.5"),
    "needs": ("uses: gen4.5", "needs: other\n    uses: gen4.5"),
    "a condition": ("uses: gen4.5", "when: true\n    uses: gen4.5"),
    "the pinned endpoint": ("uses: gen4.5", "uses: image_to_video/gen4.5"),
    "another way to write the ratio": ("1280:720", "1280x720"),
    "the ratio by its name": ("1280:720", "16:9"),
    "the length as a text": ("duration: 5", "duration: 5s"),
    "the length as a number with a point": ("duration: 5", "duration: 5.0"),
    "a line break at the end": ("prompt_text: A lamp", 'prompt_text: "A lamp\\n"'),
    "an expression": ("prompt_text: A lamp", "prompt_text: \"${{ 'A' ~ ' lamp' }}\""),
    "a null": ("seed: 7", "seed: 7, output_format: ~"),
    "the flow's seed": ("name: film", "name: film\nseed: 9"),
    "the order of parameters": ("ratio: 1280:720, duration: 5", "duration: 5, ratio: 1280:720"),
    "a default": ("name: film", "name: film\ndefaults: {gen4.5: {duration: 9}}"),
    "a parameter that is a default": (
        "steps:",
        "defaults: {gen4.5: {seed: 7}}\nsteps:",
    ),
    "a fan-out": ("uses: gen4.5", "foreach: [x]\n    uses: gen4.5"),
}
"""Everything that may change without another key: ids, names, order, how a value is written, what a run does
about failures and money."""


@pytest.mark.parametrize("what", SAME)
def test_nothing_else_changes_the_key(what: str) -> None:
    """Neither names nor order nor spelling, and nothing of how a run behaves."""
    text = flow_of(CLIP) + f"  other: {{{STILL}}}\n"
    before, after = SAME[what]
    assert before in text
    changed = plan_of(text.replace(before, after, 1)).steps
    keys = [step.action.key for step in changed.values() if step.action is not None]
    assert action_of(text, "clip").key in keys


def test_the_seed_of_the_flow_is_the_seed_that_is_sent() -> None:
    """Where the seed comes from does not matter."""
    text = flow_of(CLIP)
    from_flow = text.replace(", seed: 7", "").replace("name: film", "name: film\nseed: 7")
    assert action_of(from_flow, "clip").key == action_of(text, "clip").key


def test_the_path_of_a_medium_is_not_in_the_key() -> None:
    """A medium is its content: the same bytes under another name are the same request."""
    row = load_catalog().find("image_to_video", "gen4.5")
    assert row is not None
    given_ = {"ratio": "1280:720", "duration": 5, "prompt_text": "A"}
    documents = [
        key_document(
            row,
            judge(
                row,
                {**given_, "prompt_image": FileMedium(path, DIGEST, IMAGE)},
                lambda _: FileMedium("never.png", DIGEST, IMAGE),
            ),
            realm="runway",
            api_version="1",
            take=1,
            salt=None,
        )
        for path in ("a.png", "folder/b.png")
    ]
    assert documents[0] == documents[1]


def test_the_order_of_tracks_is_in_the_key() -> None:
    """Which sound comes first decides what a film plays, so a mapping of sounds is more than its entries."""
    text = flow_of("film: {uses: media/mux, with: {video: a.mp4, audio: {fr: f.mp3, es: e.mp3}}}")
    other = text.replace("{fr: f.mp3, es: e.mp3}", "{es: e.mp3, fr: f.mp3}")
    assert action_of(text, "film").key != action_of(other, "film").key


@pytest.mark.parametrize(
    ("medium", "written"),
    [
        (Artifact(DIGEST, IMAGE), {"sha256": DIGEST}),
        (InlineMedium(b"x", DIGEST, IMAGE), {"sha256": DIGEST}),
        (PinnedMedium("https://example.com/a.png", DIGEST), {"sha256": DIGEST}),
        (RemoteMedium("https://example.com/a.png?x=1"), "https://example.com/a.png?x=1"),
        (RemoteMedium("runway://uploads/1"), "runway://uploads/1"),
    ],
)
def test_media_stand_in_the_document_by_content(medium: object, written: object) -> None:
    """Everything whose bytes are known is its digest; what only Runway reads stands there verbatim."""
    assert without_bytes({"a": (medium, {"b": medium})}) == {"a": [written, {"b": written}]}


def test_an_upstream_that_gives_the_same_bytes_stops_the_wave() -> None:
    """Consumers hash what they consume: an edit above that changes no byte leaves them stored."""
    text = flow_of(f"still: {{{STILL}}}\n" + CLIP.replace("a.png", "'${{ steps.still.output }}'").strip("\n"))
    lookup = stored_through(text, "still", "clip")
    edited = text.replace("A lamp", "A red lamp", 1)
    old, new = action_of(text, "still"), action_of(edited, "still")
    assert old.key != new.key
    same = invent_result(old, lookup.results[old.key].result.credits)
    lookup.results[new.key] = StoredResult(replace(same, key=new.key, document=new.document), is_whole=True)
    assert {step.state for step in plan_of(edited, lookup).steps.values()} == {PlanState.STORED}


@given(
    st.dictionaries(
        st.sampled_from(["prompt_text", "seed", "duration", "ratio"]),
        st.integers(0, 3),
        min_size=4,
        max_size=4,
    ),
    st.dictionaries(
        st.sampled_from(["prompt_text", "seed", "duration", "ratio"]),
        st.integers(0, 3),
        min_size=4,
        max_size=4,
    ),
)
def test_keys_are_equal_exactly_when_the_requests_are(first: dict[str, int], second: dict[str, int]) -> None:
    """Two requests have one key if, and only if, the same would be sent."""

    def key(values: dict[str, int]) -> str:
        ratio = ("1280:720", "720:1280", "1280x720", "9:16")[values["ratio"]]
        prompt = ("A", "B", '"A\\n"', "' A'")[values["prompt_text"]]
        seconds = ("5", "6", "5s", "5.0")[values["duration"]]
        step = f"prompt_text: {prompt}, ratio: {ratio}, duration: {seconds}, seed: {values['seed']}"
        return action_of(flow_of(f"clip: {{uses: gen4.5, with: {{{step}}}}}"), "clip").key

    def meant(values: dict[str, int]) -> tuple[int, ...]:
        same_ratio, same_prompt, same_seconds = {2: 0, 3: 1}, {2: 0}, {2: 0, 3: 0}
        return (
            same_ratio.get(values["ratio"], values["ratio"]),
            same_prompt.get(values["prompt_text"], values["prompt_text"]),
            same_seconds.get(values["duration"], values["duration"]),
            values["seed"],
        )

    assert (key(first) == key(second)) == (meant(first) == meant(second))
