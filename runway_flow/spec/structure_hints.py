"""What an author who wrote an unknown key most likely meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runway_flow.kernel.suggest import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.spec.document import Entry, Node

STEP_KEYS = (
    "uses",
    "with",
    "foreach",
    "where",
    "key",
    "max_items",
    "when",
    "takes",
    "pick",
    "needs",
    "retry",
    "timeout",
    "on_failure",
    "budget",
    "salt",
    "description",
)
"""The keys of a step, in the order of FLOW.md's table."""

FLOW_KEYS = (
    "version",
    "name",
    "description",
    "inputs",
    "seed",
    "budget",
    "defaults",
    "profiles",
    "steps",
    "outputs",
)
"""The keys of a flow; `x-…` is free beside them."""

INPUT_KEYS = ("type", "of", "default", "file", "required", "choices", "min", "max", "pattern", "description")
"""The keys of an input."""

RETRY_KEYS = ("max",)
"""The keys of `retry`."""

_OTHER_WORDS_IN_STEPS = {
    "if": "a condition is written `when`",
    "unless": "a condition is written `when`",
    "matrix": "repetition is written `foreach`",
    "parallel": "repetition is written `foreach`; independent steps run side by side anyway",
    "loop": "repetition is written `foreach`",
    "depends_on": "order without data is written `needs`",
    "after": "order without data is written `needs`",
    "model": "the model is written `uses`",
    "run": "what runs is written `uses`",
    "params": "parameters are written under `with`",
    "parameters": "parameters are written under `with`",
    "args": "parameters are written under `with`",
    "inputs": "the parameters of a step are written under `with`",
    "id": "a step's id is its key under `steps`",
    "name": "a step's name is its key under `steps`",
    "retries": "write `retry: {max: N}`",
    "filter": "an expression that keeps a combination is written `where`",
    "continue_on_error": "write `on_failure: continue`",
    "outputs": "`outputs` is a key of the flow",
    "defaults": "`defaults` is a key of the flow",
    "version": "`version` is a key of the flow",
    "profiles": "`profiles` is a key of the flow",
}

# Names of parameters that many endpoints take (SDK 5.24.0).
_PARAMETERS = frozenset(
    (
        "ratio",
        "duration",
        "seed",
        "prompt_text",
        "prompt_image",
        "prompt_video",
        "reference_images",
        "references",
        "audio_uri",
        "video_uri",
        "target_lang",
        "voice",
        "audio",
        "clips",
        "content_moderation",
        "prompt",
        "image",
        "video",
        "resolution",
    )
)
_OTHER_WORDS_IN_INPUTS = {
    "required?": "write `required: true`",
    "enum": "the values that an input takes are written `choices`",
    "options": "the values that an input takes are written `choices`",
    "values": "the values that an input takes are written `choices`",
    "value": "an input's own value is written `default`",
    "items": "the type of a list's items is written `of`",
    "members": "the members of an object are written `of: {name: type}`",
    "properties": "the members of an object are written `of: {name: type}`",
    "minimum": "write `min`",
    "maximum": "write `max`",
    "path": "a file to read the value from is written `file`",
    "optional": "an input is optional unless it has `required: true`",
}


_UNSUPPORTED_USES = re.compile(r"(?:llm|exec|workflow)(?:/.*)?|recipe/.*|.*\.ya?ml", re.DOTALL)


def is_supported(uses: str) -> bool:
    """Tell whether this version runs what a `uses` names, should it exist."""
    return _UNSUPPORTED_USES.fullmatch(uses.strip()) is None


_MEANT_IN_STEPS = {
    **dict.fromkeys(("model", "run"), "uses"),
    **dict.fromkeys(("params", "parameters", "args", "inputs"), "with"),
    **dict.fromkeys(("matrix", "loop"), "foreach"),
    **dict.fromkeys(("depends_on", "after"), "needs"),
    "if": "when",
    "filter": "where",
}
_MEANT_IN_INPUTS = {
    **dict.fromkeys(("enum", "options", "values"), "choices"),
    **dict.fromkeys(("items", "members", "properties"), "of"),
    "value": "default",
    "minimum": "min",
    "maximum": "max",
    "path": "file",
    "required?": "required",
}
_MEANT_IN_FLOWS = {
    **dict.fromkeys(("variables", "vars", "params", "parameters", "arguments", "args"), "inputs"),
    **dict.fromkeys(("jobs", "tasks", "stages", "actions", "pipeline"), "steps"),
    "title": "name",
    "credits": "budget",
}
_KEYS = {"flow": frozenset(FLOW_KEYS), "step": frozenset(STEP_KEYS), "input": frozenset(INPUT_KEYS)}


def means(key: str, kind: str) -> str | None:
    """Give the key of a `flow`, `step` or `input` that a misspelt one, or another word, stands for."""
    if kind == "step" and (key in _MEANT_IN_STEPS or key in _OTHER_WORDS_IN_STEPS or key in _PARAMETERS):
        return _MEANT_IN_STEPS.get(key)
    if kind == "input" and key in _OTHER_WORDS_IN_INPUTS:
        return _MEANT_IN_INPUTS.get(key)
    if kind == "flow" and (
        key in STEP_KEYS or key in INPUT_KEYS or key in _MEANT_IN_FLOWS or key.startswith("x-")
    ):
        return _MEANT_IN_FLOWS.get(key)
    return nearest(key, sorted(_KEYS[kind]))


def read_as_meant(entries: Iterable[Entry], kind: str) -> tuple[dict[str, Node], set[str]]:
    """Give the values of a mapping by key, and the keys that have no meaning.

    A misspelt key, which is a finding already, counts as the one that it stands for, if that is not there.
    """
    parts = {entry.key: entry.value for entry in entries}
    unclear: set[str] = set()
    if parts.keys() <= _KEYS[kind]:
        return parts, unclear
    for key in [key for key in parts if key not in _KEYS[kind]]:
        meant = means(key, kind)
        if meant is not None and meant not in parts:
            parts[meant] = parts[key]
        elif not (kind == "flow" and key.startswith("x-")):
            unclear.add(key)
    return parts, unclear


def hint_for_key(key: str, kind: str) -> str | None:
    """Give what to do about a key that does not belong into a `flow`, `step`, `input` or `retry`."""
    if kind == "flow":
        return _hint_in_flow(key)
    if kind == "step":
        return _hint_in_step(key)
    if kind == "input":
        return _OTHER_WORDS_IN_INPUTS.get(key) or did_you_mean(key, INPUT_KEYS)
    return did_you_mean(key, RETRY_KEYS)


def _hint_in_flow(key: str) -> str:
    if key in STEP_KEYS:
        return f"`{key}` is a key of a step: write it below `steps`"
    if key in INPUT_KEYS:
        return f"`{key}` is a key of an input: write it below `inputs`"
    if key in _MEANT_IN_FLOWS:
        return f"write `{_MEANT_IN_FLOWS[key]}`"
    return did_you_mean(key, FLOW_KEYS) or f"data of your own may stand under `x-{key}`"


def _hint_in_step(key: str) -> str:
    if key in _OTHER_WORDS_IN_STEPS:
        return _OTHER_WORDS_IN_STEPS[key]
    if key in _PARAMETERS:
        return f"`{key}` belongs under `with`"
    meant = did_you_mean(key, STEP_KEYS)
    return meant or f"if `{key}` is a parameter of what runs, it belongs under `with`"
