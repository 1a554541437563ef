"""Every module of the package."""

from __future__ import annotations

import dataclasses
import pkgutil
from importlib import import_module

import pytest
from msgspec import Struct

import runway_flow

MODULES = [
    module.name for module in pkgutil.walk_packages(runway_flow.__path__, "runway_flow.") if not module.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported_and_says_its_job(name: str) -> None:
    """Each module loads on its own and opens with a sentence."""
    assert (import_module(name).__doc__ or "").strip()


def _structs_below(kind: type[Struct]) -> list[type[Struct]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *_structs_below(sub))]


def test_no_struct_takes_a_field_of_dataclasses_for_a_default() -> None:
    """`dataclasses.field` in a struct would be its value: nothing else would notice."""
    for name in MODULES:
        import_module(name)
    ours = [kind for kind in _structs_below(Struct) if kind.__module__.startswith("runway_flow.")]
    assert ours
    mistaken = [
        kind.__qualname__
        for kind in ours
        if any(isinstance(default, dataclasses.Field) for default in kind.__struct_defaults__)
    ]
    assert mistaken == []
