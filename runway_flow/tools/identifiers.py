"""Ids of runs and attempts: sortable by time, unique without asking anyone (the form of ULIDs)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runway_flow.kernel.clock import Clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_LENGTH = 26
_MILLISECONDS = 1000


def new_id(clock: Clock) -> str:
    """Make an id of 26 characters: 48 bits of milliseconds, then 80 random bits."""
    number = int(clock.now() * _MILLISECONDS) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[number >> 5 * at & 31] for at in reversed(range(_LENGTH)))
