"""How a key is written, said with the author's own words where it has a value of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from runway_flow.spec.document import Mapping, Node, Scalar, Sequence
from runway_flow.spec.flow import InputKind
from runway_flow.spec.yaml_offers import in_quotes

if TYPE_CHECKING:
    from runway_flow.spec.document import Entry

Form = Callable[[str, Node], str | None]
"""Gives the help for a key and the value that it has."""

_SHOWN = 40
_KINDS = frozenset(kind.value for kind in InputKind)
_OTHER_KINDS = {
    **dict.fromkeys(("str", "char", "word", "name", "url", "link"), "string"),
    **dict.fromkeys(("int", "count", "long"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "seconds"), "number"),
    **dict.fromkeys(("bool", "flag", "switch", "checkbox"), "boolean"),
    **dict.fromkeys(("array", "tuple", "strings", "images", "texts"), "list"),
    **dict.fromkeys(("dict", "map", "mapping", "struct"), "object"),
    **dict.fromkeys(("picture", "photo", "img", "png", "jpg"), "image"),
    **dict.fromkeys(("clip", "movie", "film", "mp4"), "video"),
    **dict.fromkeys(("sound", "music", "voice", "mp3", "wav"), "audio"),
    **dict.fromkeys(("multiline", "markdown", "prompt"), "text"),
}


def offer_form(owner: str, key: str, node: Node) -> str | None:
    """Give the help for a key of a `flow`, `step`, `input` or `retry` whose value has the wrong type.

    An empty owner stands for a whole step or input: `key` is its name then, and `owner` is `a step`.
    """
    form = _FORMS.get((owner, key)) or _FORMS.get((owner, ""))
    return None if form is None else form(key, node)


def offer_kind(node: Node) -> str | None:
    """Give the help for what is no type of inputs, where it has another name elsewhere."""
    word = _text(node).lower()
    if word in ("file", "path", "media", "medium", "upload"):
        return "a medium is `image`, `video` or `audio`; a text in a file is `{type: text, file: PATH}`"
    return f"write `type: {_OTHER_KINDS[word]}`" if word in _OTHER_KINDS else None


def _text(node: Node) -> str:
    """Give a short plain value as it may be written again, else nothing."""
    if not isinstance(node, Scalar) or node.value is None:
        return ""
    text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value).strip()
    return text if len(text) <= _SHOWN and "\n" not in text else ""


def _fixed(form: str) -> Form:
    return lambda _, __: form


def _first_entry(node: Node) -> Entry | None:
    """Give the first entry of the mapping that is the first item of a list."""
    item = node.items[0] if isinstance(node, Sequence) and node.items else None
    return item.entries[0] if isinstance(item, Mapping) and item.entries else None


def _inputs(_: str, node: Node) -> str:
    entry = _first_entry(node)
    name, kind = (entry.key, _text(entry.value)) if entry is not None else ("", "")
    shown = f"{name or 'product'}: {{type: {kind if kind in _KINDS else 'string'}}}"
    return f"write each input under its name, without `- `: `{shown}`"


def _steps(_: str, node: Node) -> str:
    entry = _first_entry(node)
    name = _text(entry.value) if entry is not None and entry.key in ("id", "name", "step") else ""
    name = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "still"
    without = ", without `- `" if isinstance(node, Sequence) else ""
    return f"write each step under its name{without}:\nsteps:\n  {name}:\n    uses: gen4_image"


def _outputs(_: str, node: Node) -> str:
    item = node.items[0] if isinstance(node, Sequence) and node.items else node
    text = _text(item)
    if "${{" not in text:
        name = text if re.fullmatch(r"[a-z][a-z0-9_]*", text) else "NAME"
        text = f"${{{{ steps.{name}.output }}}}"
    return f"give each output a name:\noutputs:\n  film: {text}"


def _step(key: str, node: Node) -> str:
    return f"name what it uses: `{key}: {{uses: {_text(node) or 'gen4_image'}}}`"


def _with(_: str, node: Node) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return f"name the parameter: `with: {{prompt_text: {in_quotes(_text(node) or '…')}}}`"
    entry = _first_entry(node)
    shown = f"{entry.key}: {_text(entry.value) or '…'}" if entry is not None else "prompt_text: …"
    return f"write parameters without `- `: `{shown}`"


def _foreach(_: str, node: Node) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return f"{node.value} instances are written `foreach: ${{{{ range({node.value}) }}}}`"
    return "write a list, or one expression that gives one: `${{ inputs.shots }}`"


def _condition(key: str, _: Node) -> str:
    return f"write a condition: `{key}: ${{{{ inputs.NAME == 'night' }}}}`, or leave it out"


def _needs(_: str, node: Node) -> str:
    names = [entry.key for entry in node.entries] if isinstance(node, Mapping) else ["clip", "voice"]
    return f"write the ids of steps: `needs: [{', '.join(names)}]`"


def _retry(_: str, node: Node) -> str:
    number = node.value if isinstance(node, Scalar) else None
    most = int(number) if isinstance(number, (int, float)) else 2
    return f"write `retry: {{max: {most}}}`"


def _budget(key: str, node: Node) -> str:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:\s*credits?)?", _text(node))
    number = found[1] if found is not None else "600"
    return f"write credits as a number: `{key}: {number}` (100 credits are $1)"


def _input(key: str, node: Node) -> str:
    text = _text(node)
    if text in _KINDS:
        return f"write `{key}: {{type: {text}}}`"
    if isinstance(node, Sequence):
        items = [_text(item) for item in node.items]
        shown = f"[{', '.join(items)}]" if all(items) and len(", ".join(items)) <= _SHOWN else "[…]"
        return f"write `{key}: {{type: list, default: {shown}}}`"
    if not text or "${{" in text:
        return f"write `{key}: {{type: string}}`"
    return f"write `{key}: {{type: {_kind_of(node, text)}, default: {text}}}`"


_ENDINGS = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp"), "image"),
    **dict.fromkeys(("mp4", "mov", "webm"), "video"),
    **dict.fromkeys(("mp3", "wav", "m4a", "flac", "ogg"), "audio"),
}


def _kind_of(node: Node, text: str) -> str:
    """Guess the type of an input from the value that stands for its declaration."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    return _ENDINGS.get(text.rpartition(".")[2].lower(), "string")


def _of(_: str, node: Node) -> str:
    item = _text(node.items[0]) if isinstance(node, Sequence) and node.items else ""
    return f"write `of: {item or 'string'}`, or the members of an object: `of: {{id: string}}`"


def _choices(_: str, node: Node) -> str:
    return f"write a list: `choices: [{_text(node) or 'a, b'}]`"


def _quoted(key: str, node: Node) -> str | None:
    text = _text(node)
    return f"put it in quotes: `{key}: {in_quotes(text)}`" if text else f"write a text, or leave `{key}` out"


_FORMS: dict[tuple[str, str], Form] = {
    ("flow", "inputs"): _inputs,
    ("flow", "seed"): _fixed("write a whole number: `seed: 7`; leave it out if any will do"),
    ("flow", "budget"): _budget,
    ("flow", "defaults"): _fixed("write them by model: `defaults: {gen4.5: {ratio: 1280:720}}`"),
    ("flow", "steps"): _steps,
    ("flow", "outputs"): _outputs,
    ("flow", ""): _quoted,
    ("a flow", ""): _fixed("a flow begins with `version: 1` and has `steps`"),
    ("a step", ""): _step,
    ("an input", ""): _input,
    ("a default", ""): lambda key, _: f"name the parameter: `{key}: {{ratio: 1280:720}}`",
    ("step", "uses"): _fixed("name the model or operation: `uses: gen4.5`"),
    ("step", "with"): _with,
    ("step", "foreach"): _foreach,
    ("step", "where"): _condition,
    ("step", "when"): _condition,
    ("step", "key"): _fixed("write a text or an expression: `key: ${{ shot.id }}`"),
    ("step", "needs"): _needs,
    ("step", "retry"): _retry,
    ("step", "timeout"): _fixed("write it like `90s`, `20m`, `2h`"),
    ("step", "budget"): _budget,
    ("step", ""): _quoted,
    ("retry", "max"): _fixed("write a whole number: `max: 2`"),
    ("input", "of"): _of,
    ("input", "choices"): _choices,
    ("input", "min"): lambda key, _: f"write a number: `{key}: 1`",
    ("input", "max"): lambda key, _: f"write a number: `{key}: 10`",
    ("input", "required"): _fixed("write `true` or `false`"),
    ("input", ""): _quoted,
}
