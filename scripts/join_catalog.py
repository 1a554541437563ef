"""Joins what a source says with what the overlay says to the capability table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scripts.readings import Node, Row, children_of, row_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.readings import Reading

Table = dict[str, Any]

_COPIED = ("date", "api_version", "retired", "planned", "typical_seconds")
_SIZE_TIERS: dict[str, tuple[tuple[float, str], ...]] = {
    "video": ((600e3, "480p"), (1.3e6, "720p"), (2.2e6, "1080p"), (float("inf"), "4k")),
    "image": ((400e3, "512"), (2.5e6, "1k"), (9e6, "2k"), (float("inf"), "4k")),
    "megapixels": ((1.2e6, "1mp"), (float("inf"), "4mp")),
}
"""Name of a size by the pixels up to which it reaches. Ours: Runway names sizes, but states no areas."""


@dataclass
class Joining:
    """The overlay, what of it was used, and what someone has to say in it still."""

    overlay: Mapping[str, Any]
    used: set[str] = field(default_factory=set)
    unsaid: list[str] = field(default_factory=list)


def join(reading: Reading, overlay: Mapping[str, Any]) -> tuple[Table, list[str]]:
    """Give the table, and what the overlay leaves unsaid; while there is any, the table is not to be used.

    Unsaid are: endpoints and media that are new, and what the overlay says of what is gone.
    """
    joining = Joining(overlay, unsaid=[f"`endpoints`: what {each} is" for each in reading.unknown])
    for row in reading.rows:
        _apply(row, joining)
    joining.unsaid += _unused({row_key(row) for row in reading.rows}, joining)
    rows = [
        *reading.rows,
        *({"variant": "*", "path": "", "local": True, **row} for row in overlay["operations"]),
    ]
    table = {**{key: overlay[key] for key in _COPIED}, **reading.told, "rows": rows}
    return table, joining.unsaid


def _unused(rows: set[str], joining: Joining) -> list[str]:
    """Name what the overlay says of what the source does not have."""
    overlay, used = joining.overlay, joining.used
    told = {f"`common` {path}" for path in overlay["common"]} | {
        f"`media` {path}" for path in overlay["media"]
    }
    for row, entry in overlay["rows"].items():
        told |= (
            {f"`rows` {row} {path}" for path in entry.get("params", {})} if row in rows else {f"`rows` {row}"}
        )
    prices = {entry.get("price", "unknown") for entry in overlay["rows"].values()}
    told |= {f"`prices` {name}" for name in overlay["prices"] if name not in prices}
    known = {f"`rows` {row}" for row in rows}
    return [f"{each} speaks of nothing" for each in sorted(told - used - known)]


def _apply(row: Row, joining: Joining) -> None:
    """Put the overlay's facts at their places in a row, and the row's own facts on the row."""
    overlay, name = joining.overlay, row_key(row)
    own = overlay["rows"].get(name, {})
    for node in row["params"]:
        _apply_at(node, node["name"], row, own.get("params", {}), joining)
    _push_media_limits(row["params"])
    defaults = overlay["endpoints"][row["endpoint"]]
    row["output"] = {**defaults["output"], **own.get("output", {})}
    row["price"] = overlay["prices"][own.get("price", "unknown")]
    for key in ("rules", "since", "description"):
        if key in own:
            row[key] = own[key]
    for param, tiers in own.get("tiers", {"ratio": defaults.get("tiers", "video")}).items():
        _add_tiers(row, param, tiers)


def _apply_at(node: Node, path: str, row: Row, own: Mapping[str, Any], joining: Joining) -> None:
    """Put facts at a node and walk on below it."""
    overlay, name = joining.overlay, row_key(row)
    for source, told in ((overlay["common"], f"`common` {path}"), (own, f"`rows` {name} {path}")):
        if path in source:
            joining.used.add(told)
            node.update(source[path])
    if path in overlay["media"]:
        joining.used.add(f"`media` {path}")
        node["media"] = overlay["media"][path].split()
    if "media" in node:
        node["type"] = "media"
    _mark_seconds(node)
    for child, child_path in children_of(node, path):
        _apply_at(child, child_path, row, own, joining)
    if path.rpartition(".")[2].partition("|")[0] in overlay["positive"]:
        _bound_below(node)
    if _is_unclear(node, path):
        joining.unsaid.append(f"`media`, or `rows` {name}: what `{path}` is")


def _mark_seconds(node: Node) -> None:
    """Say of a duration's numbers that they are seconds, and so may be written `5s`."""
    if node.get("name") == "duration":
        for each in (node, *node.get("variants", ())):
            if each["type"] in ("integer", "number"):
                each["seconds"] = True


def _bound_below(node: Node) -> None:
    """Keep counts and lengths above zero, also where nobody states a least one."""
    if node["type"] in ("integer", "number") and not {"min", "values"} & node.keys():
        node.update({"min": 1} if node["type"] == "integer" else {"above": 0})


def _is_unclear(node: Node, path: str) -> bool:
    """Whether a source leaves open what a value is: any object, or a text that seems to be an address."""
    name = path.rpartition(".")[2].rstrip("[]")
    is_address = name == "uri" or name.endswith(("_uri", "_image", "_video"))
    return node["type"] == "unknown" or (node["type"] == "string" and is_address)


_MEASURES = ("seconds", "side_px", "aspect")
_OF_EACH = tuple(f"{name}_{bound}" for name in _MEASURES for bound in ("min", "max", "exclusive"))


def _push_media_limits(params: list[Node]) -> None:
    """Move limits of each medium, stated for a list or a union, down to the media themselves."""
    for node in params:
        limits = node.get("limits", {})
        if node["type"] != "media" and (each := {key: limits[key] for key in _OF_EACH if key in limits}):
            node["limits"] = {key: value for key, value in limits.items() if key not in each}
            if not node["limits"]:
                del node["limits"]
            _limit_below(node, each)
        _push_media_limits([child for child, _ in children_of(node, "")])


def _limit_below(node: Node, limits: dict[str, float]) -> None:
    if node["type"] == "media":
        node["limits"] = {**limits, **node.get("limits", {})}
    for child, _ in children_of(node, ""):
        _limit_below(child, limits)


def _add_tiers(row: Row, name: str, tiers: str | dict[str, str]) -> None:
    param = next((param for param in row["params"] if param["name"] == name), None)
    values = _values_of(param) if param else []
    named: dict[str, list[str]] = {}
    for value in values:
        tier = _tier_by_size(value, tiers) if isinstance(tiers, str) else _tier_by_list(value, tiers)
        if tier:
            named.setdefault(tier, []).append(value)
    if param and named:
        param["tiers"] = named


def _values_of(param: Node) -> list[str]:
    variants = param.get("variants", [param])
    return [value for variant in variants for value in variant.get("values", ()) if isinstance(value, str)]


def _tier_by_list(value: str, tiers: dict[str, str]) -> str | None:
    return next((tier for tier, listed in tiers.items() if value in listed.split()), None)


def _tier_by_size(value: str, scheme: str) -> str | None:
    """Name the size of `1280:720`, or of `auto_720p`; aspects such as `16:9` have none."""
    if value.startswith("auto_"):
        return value.removeprefix("auto_")
    width, _, height = value.partition(":")
    if not (width.isdigit() and height.isdigit()) or int(width) < 100:  # noqa: PLR2004 - no output is so small
        return None
    area = int(width) * int(height)
    return next(tier for reach, tier in _SIZE_TIERS[scheme] if area <= reach)
