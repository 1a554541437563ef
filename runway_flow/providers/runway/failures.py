"""Tells what an error of the SDK, of httpx or an HTTP status means: for a paid POST, and for a question."""

from __future__ import annotations

import httpx
import runwayml

from runway_flow.engine.service import Ambiguous, Refused, Rejected
from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.kernel.redaction import excerpt, redact
from runway_flow.providers.runway import answers
from runway_flow.providers.runway.client import DAMAGE

NOTHING_SENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
"""Raised before the first byte of a request is written: no connection (DNS and TLS included), no place in
the pool, or a proxy that refused the tunnel (httpcore 1.0.9 raises it on the answer to CONNECT)."""

BUSY_STATUSES = frozenset({429, 503})
"""Documented as «nothing was created, try again» (API documentation, «HTTP Errors»)."""

REJECTED_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 422})

_KEY_STATUSES = frozenset({401, 403})
_NOT_FOUND = 404
_TOO_MANY = 429
_RETRYABLE_4XX = frozenset({408, 409, 425, 429})
_CLIENT_ERRORS = range(400, 500)


class NotFound(ProviderError):
    """The service does not know what was asked for (404)."""

    default_code = codes.REQUEST_REJECTED


class NotFoundByStranger(NotFound):
    """A 404 that is not in the API's form: a proxy or a portal answered, and knows nothing of the task."""


def classify(error: Exception, now: float, *secrets: str) -> Refused | Rejected | Ambiguous:
    """Say what became of a POST that ended in an error: by status first, then by the cause.

    Whatever is not known to be harmless is `Ambiguous`: a task may have been created and billed.
    """
    response = getattr(error, "response", None)
    if isinstance(response, httpx.Response):
        return classify_status(response, now, *secrets)
    cause = root(error)
    if isinstance(cause, NOTHING_SENT):
        return Refused(f"no connection to the API: {describe(cause, *secrets)}")
    return Ambiguous(f"the connection failed before an answer came: {describe(cause, *secrets)}")


def classify_status(response: httpx.Response, now: float, *secrets: str) -> Refused | Rejected | Ambiguous:
    """Say what an answer means that is not a 2xx with a task in it."""
    status = response.status_code
    said = said_by(response, *secrets)
    if status in BUSY_STATUSES:
        return Refused(said, answers.retry_after(response.headers.get("retry-after"), now), is_busy=True)
    if status in REJECTED_STATUSES:
        return Rejected(said, status, answers.issues(answers.read_object(response.content)))
    return Ambiguous(said)


def said_by(response: httpx.Response, *secrets: str) -> str:
    """Put an answer into words: the status, and the service's own complaint where there is one."""
    body = answers.read_object(response.content)
    reason = answers.complaint(body) or ("" if body is not None else _unreadable(response))
    text = f"the API answered {response.status_code}"
    return redact(f"{text}: {reason}" if reason else text, *secrets)


def _unreadable(response: httpx.Response) -> str:
    damage = response.extensions.get(DAMAGE)
    if damage:
        return f"the body cannot be used: {damage}"
    if not response.content:
        return "the body is empty"
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    return f"the body is not a JSON object ({excerpt(kind, 60) or 'no type given'})"


def root(error: BaseException) -> BaseException:
    """Give what the SDK wrapped, where it wrapped something."""
    if isinstance(error, runwayml.APIConnectionError) and error.__cause__ is not None:
        return error.__cause__
    return error


def describe(error: BaseException, *secrets: str) -> str:
    """Put an exception into words without addresses' secrets; its class, and what it says."""
    text = excerpt(redact(str(error), *secrets))
    name = type(error).__name__
    return f"{name} ({text})" if text else name


def trouble(error: Exception, what: str, now: float, *secrets: str) -> ProviderError:
    """Say what it means that a question failed; asking again is free, so most of it may pass.

    `what` opens the sentence: «asking for task … failed».
    """
    response = getattr(error, "response", None)
    if isinstance(response, httpx.Response):
        return trouble_of_status(response, what, now, *secrets)
    return Unreachable(f"{what}: {describe(root(error), *secrets)}")


def trouble_of_status(response: httpx.Response, what: str, now: float, *secrets: str) -> ProviderError:
    """Say what an answer means that is not the one asked for."""
    status = response.status_code
    text = f"{what}: {said_by(response, *secrets)}"
    if status in _KEY_STATUSES:
        return ProviderError(
            text,
            code=codes.KEY_REJECTED,
            hint="check RUNWAYML_API_SECRET: the key is wrong, revoked, or not allowed to do this",
        )
    if status == _NOT_FOUND:
        is_of_api = answers.read_object(response.content) is not None
        return NotFound(text) if is_of_api else NotFoundByStranger(text)
    if status in _CLIENT_ERRORS and status not in _RETRYABLE_4XX:
        return ProviderError(text, code=codes.REQUEST_REJECTED)
    code = codes.THROTTLED if status == _TOO_MANY else codes.UNAVAILABLE
    wait = answers.retry_after(response.headers.get("retry-after"), now)
    return Unreachable(text, code=code, retry_after_s=wait)
