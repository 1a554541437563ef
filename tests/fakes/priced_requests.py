"""Requests whose price was worked out by hand, and the media that they name."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.amounts import UNKNOWN_PRICE, Estimate
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import FileMedium, MediaFacts, MediaKind

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability

PRICES = Path(__file__).parents[1] / "unit" / "catalog" / "prices.json"

_KINDS = {
    "png": (MediaKind.IMAGE, "image/png"),
    "mp4": (MediaKind.VIDEO, "video/mp4"),
    "mp3": (MediaKind.AUDIO, "audio/mpeg"),
}
_SIZE = re.compile(r"(\d+)x(\d+)")
_SECONDS = re.compile(r"([\d.]+)s\b")


class Priced(Struct, frozen=True):
    """A request for a row, by the names that authors use, and what it costs."""

    row: Capability
    given: dict[str, Any]
    cost: Estimate
    sum: str

    def __str__(self) -> str:
        return f"{self.row.endpoint}/{self.row.variant}: {self.sum}"


@cache
def _document() -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads(PRICES.read_text(encoding="utf-8"))


def priced_requests() -> list[Priced]:
    """Give every worked example."""
    return [
        Priced(row_named(name), each["with"], _cost(each["credits"]), each["sum"])
        for name, examples in _document()["priced"].items()
        for each in examples
    ]


def unpriced_rows() -> list[str]:
    """Name the rows whose price nobody states."""
    return list(_document()["unknown"])


def row_named(name: str) -> Capability:
    """Give the row of `endpoint/variant`."""
    endpoint, _, variant = name.rpartition("/")
    found = load_catalog().find(endpoint, variant)
    assert found is not None, name
    return found


def _cost(credits_: int | list[int] | None) -> Estimate:
    if credits_ is None:
        return UNKNOWN_PRICE
    low, high = credits_ if isinstance(credits_, list) else (credits_, credits_)
    return Estimate(Decimal(low), Decimal(high))


def open_described(value: object) -> FileMedium:
    """Open a medium that its name describes: `clip 5s 3840x2160.mp4`, `still.png`, `talk 12.1s.mp3`."""
    name = str(getattr(value, "path", value))
    kind, media_type = _KINDS[name.rpartition(".")[2]]
    size = _SIZE.search(name)
    width, height = map(int, size.groups()) if size else (1280, 720)
    seconds = _SECONDS.search(name)
    facts = MediaFacts(
        kind,
        media_type,
        1000,
        None if kind is MediaKind.AUDIO else width,
        None if kind is MediaKind.AUDIO else height,
        float(seconds.group(1)) if seconds else None,
        24.0 if kind is MediaKind.VIDEO else None,
    )
    return FileMedium(name, digest_bytes(name.encode()), facts)
