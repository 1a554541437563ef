"""How long each exchange with the service may take; all in seconds, all injected."""

from __future__ import annotations

from msgspec import Struct


class Timing(Struct, frozen=True):
    """Deadlines of whole calls, since the HTTP library's own limits count anew with every byte.

    `submit_s`: one paid POST; `ask_s`: one question (poll, account, cancel, first leg of an upload);
    `stall_s`: a transfer without any byte; `transfer_s`: a whole transfer. A transfer must also keep up
    with `min_rate` (bytes per second) once `grace_s` has passed.
    """

    submit_s: float = 120.0
    ask_s: float = 60.0
    stall_s: float = 60.0
    transfer_s: float = 3600.0
    grace_s: float = 60.0
    min_rate: float = 16_384.0
