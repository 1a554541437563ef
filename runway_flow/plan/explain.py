"""Why an action differs from what its instance was before: the fields of the two key documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability

_BODIES = ("request", "options")
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")


def _lower(found: re.Match[str]) -> str:
    return f"_{found.group().lower()}"


def changed_fields(
    before: Mapping[str, object], after: Mapping[str, object], capability: Capability
) -> tuple[str, ...]:
    """Name what differs between two key documents: parameters by snake_case names, then the rest."""
    names = {param.wire: param.name for param in capability.params}
    found: list[str] = []
    for part in dict.fromkeys([*after, *before]):
        old, new = before.get(part), after.get(part)
        if old == new:
            continue
        if part in _BODIES and isinstance(old, Mapping) and isinstance(new, Mapping):
            found += [
                names.get(str(field)) or _CAPITAL.sub(_lower, str(field))
                for field in dict.fromkeys([*new, *old])
                if old.get(field) != new.get(field)
            ]
        else:
            found.append(part)
    return tuple(dict.fromkeys(found))
