"""One short line for what an action asks for: `1280:720 · 5 s`, `142 characters`, `3 clips`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, MediaKind, PinnedMedium, RemoteMedium
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability

_SHOWN = (
    "ratio",
    "size",
    "resolution",
    "target_lang",
    "target_language",
    "scale_factor",
    "transition",
    "at",
    "fit",
)


def describe(capability: Capability, params: Mapping[str, object]) -> str:
    """Write what the parameters ask for, the most telling first; `?` for what is not known yet."""
    parts = []
    clips = params.get("clips")
    if isinstance(clips, (tuple, list)):
        parts.append(f"{len(clips)} clips" if len(clips) != 1 else "1 clip")
    parts += [
        _short(params[name]) for name in _SHOWN if name in params and _is_telling(capability, params, name)
    ]
    if "duration" in params:
        duration = params["duration"]
        parts.append(f"{duration:g} s" if isinstance(duration, (int, float)) else _short(duration))
    text = params.get("prompt_text")
    if capability.output.kind is MediaKind.AUDIO and text is not None:
        parts.append(f"{len(text)} characters" if isinstance(text, str) else "? characters")
    voice = params.get("voice")
    if isinstance(voice, dict):
        parts.append(_short(voice.get("preset_id") or next(iter(voice.values()), "")))
    if params.get("seed") is not None:
        parts.append(f"seed {_short(params['seed'])}")
    return " · ".join(part for part in parts if part)


def _is_telling(capability: Capability, params: Mapping[str, object], name: str) -> bool:
    """Whether a parameter says something: the defaults that are filled in for our own operations do not."""
    param = capability.find(name)
    return not capability.is_local or name == "at" or param is None or params[name] != param.default


def _short(value: object) -> str:
    if isinstance(value, Deferred):
        return "?"
    if isinstance(value, (str, int, float)):
        return str(value)
    return ""


def describe_params(value: object) -> object:
    """Give parameters as plain data for JSON: media by digest or address, unknown values as null."""
    if isinstance(value, (Artifact, FileMedium, InlineMedium, PinnedMedium)):
        return {"sha256": value.digest}
    if isinstance(value, RemoteMedium):
        return value.uri.partition("?")[0]
    if isinstance(value, Deferred):
        return None
    if isinstance(value, (tuple, list)):
        return [describe_params(item) for item in value]
    if isinstance(value, dict):
        return {key: describe_params(item) for key, item in value.items()}
    return value
