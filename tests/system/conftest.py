"""What the system tests share with those of the whole program."""

from __future__ import annotations

from tests.e2e.conftest import workspace

__all__ = ["workspace"]
