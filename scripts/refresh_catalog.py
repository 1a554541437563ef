"""Writes the capability table: the installed SDK's types joined with our overlay of what they do not say.

`--check` writes nothing and exits 1 if the written table is out of step.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scripts.sdk_types import Node, fields_of, load_type, task_type_names, variants_of

DATA = Path(__file__).parents[1] / "runway_flow" / "catalog" / "data"
OVERLAY = DATA / "overlay.json"
TABLE = DATA / "capabilities.json"

Row = dict[str, Any]

_SIZE_TIERS: dict[str, tuple[tuple[float, str], ...]] = {
    "video": ((600e3, "480p"), (1.3e6, "720p"), (2.2e6, "1080p"), (float("inf"), "4k")),
    "image": ((400e3, "512"), (2.5e6, "1k"), (9e6, "2k"), (float("inf"), "4k")),
    "megapixels": ((1.2e6, "1mp"), (float("inf"), "4mp")),
}
"""Name of a size by the pixels up to which it reaches. Ours: Runway names sizes, but states no areas."""


def main() -> int:
    """Write the table, or with `--check` tell whether it is in step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if out of step")
    arguments = parser.parse_args()
    text = render(build(json.loads(OVERLAY.read_text(encoding="utf-8"))))
    if not arguments.check:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
        print(f"{TABLE.name}: {len(text)} bytes")
        return 0
    if TABLE.is_file() and TABLE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TABLE.name} is out of step with the SDK or the overlay: run scripts/refresh_catalog.py")
    return 1


def build(overlay: dict[str, Any]) -> dict[str, Any]:
    """Join what the SDK says with what the overlay says.

    Raises `ValueError` where the two do not meet: an endpoint or a medium that the overlay does not know,
    or a place in the overlay that the SDK does not have.
    """
    _refuse_new_endpoints(overlay)
    rows: list[Row] = []
    used: set[str] = set()
    for endpoint, entry in overlay["endpoints"].items():
        for parameters in variants_of(load_type(entry["type"])):
            row = _sdk_row(endpoint, entry, fields_of(parameters))
            _apply(row, overlay, used)
            rows.append(row)
    _refuse_unused(overlay, {f"{row['endpoint']}/{row['variant']}" for row in rows}, used)
    rows += [{"variant": "*", "path": "", "local": True, **row} for row in overlay["operations"]]
    copied = ("date", "api_version", "retired", "planned", "typical_seconds")
    return {**{key: overlay[key] for key in copied}, "sdk": version("runwayml"), "rows": rows}


def _refuse_new_endpoints(overlay: dict[str, Any]) -> None:
    known = {entry["type"] for entry in overlay["endpoints"].values()} | set(overlay["other_types"])
    unknown = [name for name in task_type_names() if name not in known]
    if unknown:
        message = f"the SDK has types that the overlay does not know: {', '.join(unknown)}"
        raise ValueError(message)


def _refuse_unused(overlay: dict[str, Any], rows: set[str], used: set[str]) -> None:
    vanished = set(overlay["rows"]) - rows
    unused = {f"common {path}" for path in overlay["common"]} | {f"media {path}" for path in overlay["media"]}
    rules = {entry.get("price", "unknown") for entry in overlay["rows"].values()}
    vanished |= {f"price {name}" for name in overlay["prices"] if name not in rules}
    unused |= {f"{row} {path}" for row, entry in overlay["rows"].items() for path in entry.get("params", {})}
    left = sorted(vanished | (unused - used))
    if left:
        message = f"the overlay speaks of what the SDK does not have: {', '.join(left)}"
        raise ValueError(message)


def _sdk_row(endpoint: str, entry: dict[str, Any], fields: list[Node]) -> Row:
    """Name a row by its constant: the model, the mode of a recipe, or `*` where there is none."""
    model: str | None = None
    variant = "*"
    if entry.get("discriminator"):
        constant = next(field for field in fields if field["name"] == entry["discriminator"])
        (variant,) = constant["values"]
        if entry["discriminator"] == "model":
            model = variant
            fields = [field for field in fields if field is not constant]
    return {"endpoint": endpoint, "variant": variant, "model": model, "path": entry["path"], "params": fields}


def _apply(row: Row, overlay: dict[str, Any], used: set[str]) -> None:
    """Put the overlay's facts at their places in a row, and the row's own facts on the row."""
    name = f"{row['endpoint']}/{row['variant']}"
    own = overlay["rows"].get(name, {})
    params = own.get("params", {})
    for node in row["params"]:
        _apply_at(node, node["name"], name, overlay, params, used)
    _push_media_limits(row["params"])
    defaults = overlay["endpoints"][row["endpoint"]]
    row["output"] = {**defaults["output"], **own.get("output", {})}
    row["price"] = overlay["prices"][own.get("price", "unknown")]
    for key in ("rules", "since", "description"):
        if key in own:
            row[key] = own[key]
    for param, tiers in own.get("tiers", {"ratio": defaults.get("tiers", "video")}).items():
        _add_tiers(row, param, tiers)


def _apply_at(
    node: Node, path: str, row: str, overlay: dict[str, Any], own: dict[str, Any], used: set[str]
) -> None:
    """Put facts at a node and walk on below it."""
    for source, name in ((overlay["common"], f"common {path}"), (own, f"{row} {path}")):
        if path in source:
            used.add(name)
            node.update(source[path])
    if path in overlay["media"]:
        used.add(f"media {path}")
        node.update(type="media", media=overlay["media"][path].split())
    for child, child_path in _children(node, path):
        _apply_at(child, child_path, row, overlay, own, used)
    _refuse_unknown(node, path, row)
    if node["type"] in ("integer", "number") and node.get("name") == "duration":
        node["seconds"] = True
    if path.rpartition(".")[2].partition("|")[0] in overlay["positive"]:
        _bound_below(node)


def _bound_below(node: Node) -> None:
    """Keep counts and lengths above zero, also where nobody states a least one."""
    if node["type"] in ("integer", "number") and not {"min", "values"} & node.keys():
        node.update({"min": 1} if node["type"] == "integer" else {"above": 0})


def _children(node: Node, path: str) -> list[tuple[Node, str]]:
    """Give what is below a node with its path: `a[]` items, `a{}` values, `a.b` fields, `a|x` variants."""
    below = [(field, f"{path}.{field['name']}") for field in node.get("fields", ())]
    if "items" in node:
        below.append((node["items"], f"{path}[]"))
    if "map" in node:
        below.append((node["map"], f"{path}{{}}"))
    for variant in node.get("variants", ()):
        if node.get("name") == "duration" and variant["type"] in ("integer", "number"):
            variant["seconds"] = True
        below.append((variant, f"{path}|{label_of(variant)}"))
    return below


def label_of(variant: Node) -> str:
    """Name a variant of a union: its constant, its first required field, `values`, or its type."""
    fields: list[Node] = variant.get("fields", [])
    for field in fields:
        if len(field.get("values", ())) == 1:
            return str(field["values"][0])
    if fields:
        return str(next(field["name"] for field in fields if field.get("required")))
    return "values" if "values" in variant else str(variant["type"])


def _refuse_unknown(node: Node, path: str, row: str) -> None:
    name = path.rpartition(".")[2].rstrip("[]")
    is_address = name == "uri" or name.endswith(("_uri", "_image", "_video"))
    if node["type"] == "unknown" or (node["type"] == "string" and is_address):
        message = f"{row}: the overlay must say what `{path}` is"
        raise ValueError(message)


_OF_EACH = ("seconds_min", "seconds_max", "side_px_min", "side_px_max", "aspect_min", "aspect_max")


def _push_media_limits(params: list[Node]) -> None:
    """Move limits of each medium, stated for a list or a union, down to the media themselves."""
    for node in params:
        limits = node.get("limits", {})
        if node["type"] != "media" and (each := {key: limits[key] for key in _OF_EACH if key in limits}):
            node["limits"] = {key: value for key, value in limits.items() if key not in each}
            if not node["limits"]:
                del node["limits"]
            _limit_below(node, each)
        _push_media_limits([child for child, _ in _children(node, "")])


def _limit_below(node: Node, limits: dict[str, float]) -> None:
    if node["type"] == "media":
        node["limits"] = {**limits, **node.get("limits", {})}
    for child, _ in _children(node, ""):
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


def render(table: dict[str, Any]) -> str:
    """Write the table with one parameter a line, so that a change is a readable difference."""
    head = {key: value for key, value in table.items() if key != "rows"}
    lines = [f"{_dump(key)}:{_dump(value)}," for key, value in head.items()]
    return "{\n" + "\n".join(lines) + '\n"rows":[\n' + ",\n".join(map(_render_row, table["rows"])) + "\n]}\n"


def _render_row(row: Row) -> str:
    head = _dump({key: value for key, value in row.items() if key != "params"})[:-1]
    params = ",\n  ".join(map(_dump, row["params"]))
    return f'{head},"params":[\n  {params}]}}'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
