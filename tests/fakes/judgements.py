"""Judges parameters in one line, for tests of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import (
    Capability,
    OutputSpec,
    Param,
    ParamType,
    Price,
    Rule,
    Shape,
)
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind
from tests.fakes.media_values import image, open_by_name, video

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.verdict import Finding, Verdict

CATALOG = load_catalog()


def row(uses: str) -> Capability:
    """Give a row by the name that pins it."""
    return next(each for each in CATALOG.rows if each.uses == uses)


def verdict_of(uses: str | Capability, given: Mapping[str, object]) -> Verdict:
    """Judge parameters against a row."""
    return judge(row(uses) if isinstance(uses, str) else uses, given, open_by_name)


def only_finding(uses: str | Capability, given: Mapping[str, object]) -> Finding:
    """Judge parameters that have exactly one fault."""
    findings = verdict_of(uses, given).findings
    assert len(findings) == 1, findings
    return findings[0]


def accepted(uses: str | Capability, given: Mapping[str, object]) -> Mapping[str, object]:
    """Judge parameters without a fault, and give their canonical form."""
    verdict = verdict_of(uses, given)
    assert verdict.findings == ()
    return verdict.params


def row_with(*params: Param, rules: tuple[Rule, ...] = (), is_local: bool = False) -> Capability:
    """Make a row of some parameters."""
    model = None if is_local else "model"
    output = OutputSpec(MediaKind.IMAGE)
    return Capability(
        "endpoint", "model", model, "/v1/e", params, output, Price(None), rules=rules, is_local=is_local
    )


def param(name: str, shape: Shape, *, required: bool = False, default: object = None) -> Param:
    """Make a parameter whose wire name is its own."""
    return Param(name, name, shape, required=required, default=default)


TEXT = Shape(ParamType.STRING)
INTEGER = Shape(ParamType.INTEGER)
NUMBER = Shape(ParamType.NUMBER)
BOOLEAN = Shape(ParamType.BOOLEAN)
IMAGE = Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,))
VIDEO = Shape(ParamType.MEDIA, media=(MediaKind.VIDEO,))


def keyframe(**more: object) -> dict[str, object]:
    """Make a keyframe at 1 s."""
    return {"seconds": 1, "uri": image(), **more}


def aleph(*frames: object) -> dict[str, object]:
    """Make the parameters of an edit with keyframes."""
    return {"video_uri": video(), "keyframes": list(frames)}


def settings(*seconds: object, **more: object) -> dict[str, object]:
    """Make Kling's settings with a shot of each length."""
    return {"multi_prompt": [{"duration": each, "prompt": "x"} for each in seconds], **more}
