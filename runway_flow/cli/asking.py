"""Questions to whoever sits there; without a terminal there is nobody, and the answer is no."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runway_flow.cli.printing import print_message
from runway_flow.kernel import codes
from runway_flow.kernel.errors import RequestRefused

if TYPE_CHECKING:
    from runway_flow.cli.options import Common


def agree(question: str, common: Common, *, is_agreed: bool) -> None:
    """Ask, unless `-y` was given. Raises `RequestRefused` (exit 5) if nobody is there, or says no."""
    if is_agreed:
        return
    if not common.is_interactive:
        raise RequestRefused(
            f"nobody is there to confirm it: {question}",
            code=codes.CONFIRMATION_NEEDED,
            hint="add `-y`; nothing was changed",
        )
    print_message(f"{question} [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise RequestRefused("not confirmed; nothing was changed", code=codes.CONFIRMATION_NEEDED)
