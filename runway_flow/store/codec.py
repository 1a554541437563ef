"""Facts and artifacts as JSON columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = {kind.value: kind for kind in MediaKind}


def write_facts(facts: MediaFacts) -> str:
    """Write facts as JSON."""
    return _write_json(_facts_fields(facts))


def read_facts(text: str) -> MediaFacts:
    """Read what `write_facts` wrote."""
    return _make_facts(json.loads(text))


def write_artifacts(artifacts: Iterable[Artifact]) -> str:
    """Write artifacts as JSON, in order."""
    return _write_json([{"sha256": one.digest, **_facts_fields(one.facts)} for one in artifacts])


def read_artifacts(text: str) -> tuple[Artifact, ...]:
    """Read what `write_artifacts` wrote."""
    return tuple([Artifact(Digest(one["sha256"]), _make_facts(one)) for one in json.loads(text)])


def _facts_fields(facts: MediaFacts) -> dict[str, object]:
    return {name: value for name, value in asdict(facts).items() if value is not None}


def _make_facts(fields: dict[str, Any]) -> MediaFacts:
    get = fields.get
    return MediaFacts(
        _KINDS[fields["kind"]],
        fields["media_type"],
        fields["bytes"],
        get("width"),
        get("height"),
        get("duration"),
        get("fps"),
        get("has_audio"),
    )


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
