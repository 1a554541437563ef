"""Addresses of instances: `clip`, `clip[wide]`; how they are written and read."""

from __future__ import annotations

import re

_PATH = re.compile(r"(?:\$\{\{)?\s*steps\.([a-z][a-z0-9_]*)(?:\.outputs?|\[.*\](?:\.outputs?)?)?\s*(?:\}\})?")
_ADDRESS = re.compile(r"([a-z][a-z0-9_]*)(?:\[(.+)\]|\.(.+))?", re.DOTALL)


def write_address(step: str, key: str | None) -> str:
    """Write an instance's address: the step's id, and its key in brackets in a fan-out."""
    return step if key is None else f"{step}[{key}]"


def read_address(text: str) -> tuple[str, str | None] | None:
    """Read `clip`, `clip[wide]` or `clip.wide` as (step, key); None if it is no address."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    return found.group(1), found.group(2) or found.group(3)


def step_of_path(text: str) -> str | None:
    """Give the step that `steps.clip`, `steps.clip.output` or an expression of these names; else None."""
    found = _PATH.fullmatch(text.strip())
    return None if found is None else found.group(1)
