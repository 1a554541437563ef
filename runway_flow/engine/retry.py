"""What may be tried again, and when: the only place that decides it."""

from __future__ import annotations

from msgspec import Struct

BASE_S = 1.0
CAP_S = 60.0
"""No wait of our own choice is longer than this."""

PATIENCE_S = 900.0
"""How long a service may be out of reach without a break before the run ends, to be resumed."""

_BASE_LIMIT = 6
"""From this try on the cap holds: 1 s × 2^6 is past it."""


class Wait(Struct, frozen=True):
    """Try again after so many seconds."""

    seconds: float


class GiveUp(Struct, frozen=True):
    """It was tried for long enough."""


class Trouble(Struct, frozen=True):
    """What is known when a free request, or a refused submit, did not get through.

    `tries` before this one; `since_s`: seconds since the first of them failed; `draw` is from 0 to 1.
    """

    tries: int
    since_s: float
    draw: float
    retry_after_s: float | None = None


def decide(trouble: Trouble, patience_s: float = PATIENCE_S, at_least_s: float = 0.0) -> Wait | GiveUp:
    """Say when to try again what provably cost nothing.

    Full jitter: anything up to the doubled wait (AWS Builders' Library, «Timeouts, retries and backoff
    with jitter»), never earlier than the service asked for, never closer than `at_least_s`. A service that
    asks for more time than patience is left is not waited for.
    """
    if trouble.since_s >= patience_s or trouble.since_s + (trouble.retry_after_s or 0.0) > patience_s:
        return GiveUp()
    ceiling = min(CAP_S, BASE_S * 2.0 ** min(trouble.tries, _BASE_LIMIT))
    return Wait(max(trouble.draw * ceiling, trouble.retry_after_s or 0.0, at_least_s))


def may_pay_again(failure_code: str | None, failed: int, retry_max: int) -> bool:
    """Whether a failed generation may be paid for once more: each retry is a new paid attempt.

    `failed`: how many attempts failed so far. Only the codes that Runway documents as retryable
    (API documentation, «Handling task failures»: INTERNAL and INTERNAL.BAD_OUTPUT); never moderation,
    never a code that nobody knows.
    """
    if failed > retry_max or failure_code is None:
        return False
    return failure_code == "INTERNAL" or failure_code.startswith("INTERNAL.")


_REFUSALS = ("moderation", "content policy", "usage policy", "safety")
"""Words of an answer that refuses what a request is about; the API documents no form of its own for it."""


def is_moderated_refusal(reason: str | None) -> bool:
    """Whether the words of a 4xx refuse the content of the request, not its form."""
    return reason is not None and any(word in reason.lower() for word in _REFUSALS)


def is_moderation(failure_code: str | None) -> bool:
    """Whether the service refused the request or its result as unsafe."""
    return failure_code is not None and (failure_code == "SAFETY" or failure_code.startswith("SAFETY."))
