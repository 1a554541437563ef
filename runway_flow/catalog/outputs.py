"""What a judged step will give: kind, number, format and length of its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.judge_media import media_in
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability

_USUAL_TYPES = {
    MediaKind.IMAGE: "image/png",
    MediaKind.VIDEO: "video/mp4",
    MediaKind.AUDIO: "audio/mpeg",
    MediaKind.TEXT: "text/plain",
}


def output_kind(capability: Capability, params: Mapping[str, object]) -> MediaKind | None:
    """Give the kind of what comes back; None where it depends on media whose kind is not known yet."""
    spec = capability.output
    if spec.kind_of is None:
        return spec.kind
    kinds = [getattr(medium, "kind", None) for medium in media_in(params.get(spec.kind_of))]
    if not kinds or None in kinds:
        return next((kind for kind in kinds if kind is not None), None)
    return MediaKind.AUDIO if all(kind is MediaKind.AUDIO for kind in kinds) else spec.kind


def output_media_type(capability: Capability, params: Mapping[str, object]) -> str:
    """Give the media type that is expected; where nobody states one, the usual one of the kind."""
    spec = capability.output
    if spec.format_param is not None:
        param = capability.find(spec.format_param)
        chosen = params.get(spec.format_param, param.default if param is not None else None)
        found = spec.formats.get(chosen) if isinstance(chosen, str) else None
        if found is not None:
            return found
    kind = output_kind(capability, params) or spec.kind
    return spec.media_type if spec.media_type is not None and kind is spec.kind else _USUAL_TYPES[kind]


def output_count(capability: Capability, params: Mapping[str, object]) -> int | None:
    """Give how many outputs are asked for; None where only the run can tell."""
    count = capability.output.count
    if isinstance(count, int):
        return count or None
    param = capability.find(count)
    value = params.get(count, param.default if param is not None else None)
    if value is None:
        return 1
    return value if isinstance(value, int) else None
