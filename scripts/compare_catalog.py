"""Says what appeared, changed and vanished between two tables: rows, parameters, values, limits, prices."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scripts.readings import Node, Row, children_of, row_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OF_ROW = ("path", "model", "output", "price", "rules", "since", "description", "version")
_BELOW = frozenset(("fields", "items", "map", "variants", "params", "name", "values"))


@dataclass
class Differences:
    """A line for each difference. `gone`: rows that the new table does not have, as the old one has them."""

    appeared: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.appeared or self.changed or self.vanished)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Differences:
    """Compare two tables; the order of what is in them plays no part."""
    found = Differences()
    before, after = ({row_key(row): row for row in table["rows"]} for table in (old, new))
    found.appeared += [_row_line(name, row) for name, row in after.items() if name not in before]
    for name, row in before.items():
        if name in after:
            _compare_rows(name, row, after[name], found)
        else:
            found.vanished.append(name)
            found.gone.append(row)
    for key in sorted((old.keys() | new.keys()) - {"rows", "sdk", "description"}):
        if old.get(key) != new.get(key):
            found.changed.append(f"`{key}` of the overlay")
    return found


def _row_line(name: str, row: Row) -> str:
    return f"{name}: {', '.join(_told(node) for node in row['params']) or 'no parameters'}"


def _told(node: Node) -> str:
    return f"`{node['name']}`{' (required)' if node.get('required') else ''}"


def _compare_rows(name: str, old: Row, new: Row, found: Differences) -> None:
    for key in _OF_ROW:
        if old.get(key) != new.get(key):
            found.changed.append(f"{name}: {key} {_plain(old.get(key))} → {_plain(new.get(key))}")
    before, after = (dict(_parts(row["params"])) for row in (old, new))
    found.appeared += [f"{name}: `{path}` {_kind(after[path])}" for path in _highest(after, before)]
    found.vanished += [f"{name}: `{path}` {_kind(before[path])}" for path in _highest(before, after)]
    for path in before.keys() & after.keys():
        _compare_nodes(f"{name}: `{path}`", before[path], after[path], found)


def _highest(ours: Mapping[str, Node], theirs: Mapping[str, Node]) -> Iterator[str]:
    """Go through the paths that only one side has, without those below another of them."""
    alone = [path for path in ours if path not in theirs]
    return (
        path
        for path in alone
        if not any(path.startswith((f"{up}.", f"{up}[", f"{up}|", f"{up}{{")) for up in alone)
    )


def _parts(nodes: list[Node]) -> Iterator[tuple[str, Node]]:
    pending = [(node, str(node["name"])) for node in nodes]
    while pending:
        node, path = pending.pop()
        yield path, node
        pending += children_of(node, path)


def _compare_nodes(place: str, old: Node, new: Node, found: Differences) -> None:
    before, after = old.get("values", []), new.get("values", [])
    if before and after:
        found.appeared += [f"{place}: value {_plain(each)}" for each in after if each not in before]
        found.vanished += [f"{place}: value {_plain(each)}" for each in before if each not in after]
    elif before or after:
        found.changed.append(f"{place}: {_kind(old)} → {_kind(new)}")
    for key in sorted((old.keys() | new.keys()) - _BELOW):
        if _unordered(old.get(key)) != _unordered(new.get(key)):
            found.changed.append(f"{place}: {key} {_plain(old.get(key))} → {_plain(new.get(key))}")


def _unordered(value: object) -> object:
    """Sort lists, which in the table say what belongs together and never what comes first."""
    if isinstance(value, dict):
        return {key: _unordered(item) for key, item in value.items()}
    return sorted(value, key=str) if isinstance(value, list) else value


def _kind(node: Node) -> str:
    """Say what a parameter is: its values, or its type."""
    values = node.get("values")
    return f"one of {_plain(values)}" if values else str(node["type"])


def _plain(value: object) -> str:
    return "not stated" if value is None else json.dumps(value, ensure_ascii=False)
