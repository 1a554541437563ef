"""Every module of the package."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

import runway_flow

MODULES = [
    module.name for module in pkgutil.walk_packages(runway_flow.__path__, "runway_flow.") if not module.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported_and_says_its_job(name: str) -> None:
    """Each module loads on its own and opens with a sentence."""
    assert (import_module(name).__doc__ or "").strip()
