"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run: coverage bounds and failures must not depend on chance.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")
