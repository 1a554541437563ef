"""What an author who wrote an unknown key most likely meant."""

from __future__ import annotations

import re

from runway_flow.kernel.suggest import did_you_mean

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


def means(key: str, kind: str) -> str | None:
    """Give the key that another word stands for: `model` for a step's `uses`."""
    return _MEANT.get(key) if kind == "step" else None


_MEANT = {"model": "uses", "run": "uses"}


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
    return did_you_mean(key, FLOW_KEYS) or f"data of your own may stand under `x-{key}`"


def _hint_in_step(key: str) -> str:
    if key in _OTHER_WORDS_IN_STEPS:
        return _OTHER_WORDS_IN_STEPS[key]
    if key in _PARAMETERS:
        return f"`{key}` belongs under `with`"
    meant = did_you_mean(key, STEP_KEYS)
    return meant or f"if `{key}` is a parameter of what runs, it belongs under `with`"
