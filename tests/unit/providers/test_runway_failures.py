from __future__ import annotations

import httpx
import pytest
import runwayml
from runwayml import _exceptions as sdk
from runwayml import _response

from runway_flow.engine.service import Ambiguous, Refused, Rejected
from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.providers.runway.failures import NotFound, classify, classify_status, describe, trouble
from tests.fakes.runway_api import CANARY

NOW = 1_000_000.0
SENT = httpx.Request("POST", "https://api.dev.runwayml.com/v1/text_to_video")


def answer(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> httpx.Response:
    """Make an answer of the API."""
    return httpx.Response(status, content=body, headers=headers, request=SENT)


def with_status(kind: type[sdk.APIStatusError], status: int) -> Exception:
    """Make an error of the SDK as it makes it itself."""
    return kind("said no", response=answer(status), body=None)


# What each class of the SDK means when a paid POST ends in it. A class that is new must be added here.
SDK_ERRORS: dict[type[Exception], tuple[Exception, type[object]]] = {
    sdk.RunwayMLError: (sdk.RunwayMLError("?"), Ambiguous),
    sdk.APIError: (sdk.APIError("?", SENT, body=None), Ambiguous),
    sdk.APIStatusError: (with_status(sdk.APIStatusError, 302), Ambiguous),
    sdk.APIConnectionError: (sdk.APIConnectionError(request=SENT), Ambiguous),
    sdk.APITimeoutError: (sdk.APITimeoutError(SENT), Ambiguous),
    sdk.APIResponseValidationError: (sdk.APIResponseValidationError(answer(200), {}), Ambiguous),
    sdk.BadRequestError: (with_status(sdk.BadRequestError, 400), Rejected),
    sdk.AuthenticationError: (with_status(sdk.AuthenticationError, 401), Rejected),
    sdk.PermissionDeniedError: (with_status(sdk.PermissionDeniedError, 403), Rejected),
    sdk.NotFoundError: (with_status(sdk.NotFoundError, 404), Rejected),
    sdk.UnprocessableEntityError: (with_status(sdk.UnprocessableEntityError, 422), Rejected),
    sdk.ConflictError: (with_status(sdk.ConflictError, 409), Ambiguous),
    sdk.RateLimitError: (with_status(sdk.RateLimitError, 429), Refused),
    sdk.InternalServerError: (with_status(sdk.InternalServerError, 500), Ambiguous),
    _response.StreamAlreadyConsumed: (_response.StreamAlreadyConsumed(), Ambiguous),
}

# Raised only by the SDK's own waiter, which is not used: it never ends on CANCELLED.
WAITERS: set[type[Exception]] = {
    runwayml.TaskFailedError,
    runwayml.TaskTimeoutError,
    runwayml.WorkflowInvocationFailedError,
    runwayml.WorkflowInvocationTimeoutError,
}

# What each class of httpx means as the cause of a connection error of the SDK.
HTTPX_ERRORS: dict[type[Exception], tuple[Exception, type[object]]] = {
    httpx.HTTPError: (httpx.HTTPError("?"), Ambiguous),
    httpx.RequestError: (httpx.RequestError("?"), Ambiguous),
    httpx.TransportError: (httpx.TransportError("?"), Ambiguous),
    httpx.TimeoutException: (httpx.TimeoutException("?"), Ambiguous),
    httpx.ConnectTimeout: (httpx.ConnectTimeout("?"), Refused),
    httpx.ReadTimeout: (httpx.ReadTimeout("?"), Ambiguous),
    httpx.WriteTimeout: (httpx.WriteTimeout("?"), Ambiguous),
    httpx.PoolTimeout: (httpx.PoolTimeout("?"), Refused),
    httpx.NetworkError: (httpx.NetworkError("?"), Ambiguous),
    httpx.ConnectError: (httpx.ConnectError("?"), Refused),
    httpx.ReadError: (httpx.ReadError("?"), Ambiguous),
    httpx.WriteError: (httpx.WriteError("?"), Ambiguous),
    httpx.CloseError: (httpx.CloseError("?"), Ambiguous),
    httpx.ProtocolError: (httpx.ProtocolError("?"), Ambiguous),
    httpx.LocalProtocolError: (httpx.LocalProtocolError("?"), Ambiguous),
    httpx.RemoteProtocolError: (httpx.RemoteProtocolError("?"), Ambiguous),
    httpx.ProxyError: (httpx.ProxyError("?"), Refused),
    httpx.UnsupportedProtocol: (httpx.UnsupportedProtocol("?"), Ambiguous),
    httpx.DecodingError: (httpx.DecodingError("?"), Ambiguous),
    httpx.TooManyRedirects: (httpx.TooManyRedirects("?"), Ambiguous),
    httpx.HTTPStatusError: (httpx.HTTPStatusError("?", request=SENT, response=answer(500)), Ambiguous),
    httpx.InvalidURL: (httpx.InvalidURL("?"), Ambiguous),
    httpx.CookieConflict: (httpx.CookieConflict("?"), Ambiguous),
    httpx.StreamError: (httpx.StreamError("?"), Ambiguous),
    httpx.StreamConsumed: (httpx.StreamConsumed(), Ambiguous),
    httpx.StreamClosed: (httpx.StreamClosed(), Ambiguous),
    httpx.ResponseNotRead: (httpx.ResponseNotRead(), Ambiguous),
    httpx.RequestNotRead: (httpx.RequestNotRead(), Ambiguous),
}


def exceptions_of(module: object) -> set[type[Exception]]:
    """Find every exception class that a module defines or shows."""
    found = {item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Exception)}
    pending = list(found)
    while pending:
        for kind in pending.pop().__subclasses__():
            if kind not in found and kind.__module__.partition(".")[0] in ("httpx", "runwayml"):
                found.add(kind)
                pending.append(kind)
    return found


def test_every_error_of_the_sdk_is_mapped_on_purpose() -> None:
    """A class that the SDK brings must be given a meaning before it can be met."""
    assert exceptions_of(sdk) == set(SDK_ERRORS)
    shown = {item for item in list(vars(runwayml).values()) if isinstance(item, type)}
    assert {item for item in shown if issubclass(item, Exception)} <= set(SDK_ERRORS) | WAITERS


def test_every_error_of_httpx_is_mapped_on_purpose() -> None:
    """A class that httpx brings must be given a meaning before it can be met."""
    assert exceptions_of(httpx) == set(HTTPX_ERRORS)


@pytest.mark.parametrize("kind", SDK_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_of_the_sdk_says_what_became_of_the_post(kind: type[Exception]) -> None:
    """By the status where there is one; else nothing is known."""
    error, expected = SDK_ERRORS[kind]
    assert type(classify(error, NOW)) is expected


@pytest.mark.parametrize("kind", HTTPX_ERRORS, ids=lambda kind: kind.__name__)
def test_the_cause_says_whether_anything_was_sent(kind: type[Exception]) -> None:
    """Only what is raised before the first byte leaves is harmless."""
    cause, expected = HTTPX_ERRORS[kind]
    error = sdk.APIConnectionError(request=SENT)
    error.__cause__ = cause
    assert type(classify(error, NOW)) is expected


@pytest.mark.parametrize(
    "error", [RuntimeError("?"), OSError("?"), TypeError("?"), ExceptionGroup("?", [OSError()])]
)
def test_an_unknown_error_is_ambiguous(error: Exception) -> None:
    """Nobody knows what happened before it."""
    assert type(classify(error, NOW)) is Ambiguous


EXPECTED = {
    **dict.fromkeys((429, 503), Refused),
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 422), Rejected),
}


@pytest.mark.parametrize("status", [100, 200, 204, *range(300, 309), *range(400, 452), *range(500, 512)])
def test_a_status_decides(status: int) -> None:
    """The documented ones are refused or rejected; every other may have created a task."""
    assert type(classify_status(answer(status), NOW)) is EXPECTED.get(status, Ambiguous)


def test_a_refusal_keeps_the_wait_that_was_asked_for() -> None:
    """Retry-After of a 429 or 503 is passed on."""
    found = classify_status(answer(503, headers={"Retry-After": "7"}), NOW)
    assert found == Refused("the API answered 503", 7.0, is_busy=True)


def test_a_rejection_keeps_the_complaints() -> None:
    """All issues are there, under one reason."""
    body = b'{"error": "Validation failed", "issues": [{"path": ["ratio"], "message": "bad"}]}'
    found = classify_status(answer(400, body), NOW)
    assert isinstance(found, Rejected)
    assert (found.reason, found.status) == ("the API answered 400: Validation failed", 400)
    assert [(issue.path, issue.message) for issue in found.issues] == [(("ratio",), "bad")]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(502, b""), "the API answered 502: the body is empty"),
        (
            answer(502, b"<html>", {"Content-Type": "text/html; charset=utf-8"}),
            "the API answered 502: the body is not a JSON object (text/html)",
        ),
        (answer(502, b"x"), "the API answered 502: the body is not a JSON object (no type given)"),
    ],
)
def test_the_reason_names_what_came_instead(response: httpx.Response, reason: str) -> None:
    """A page or nothing at all is told from an answer of the API."""
    assert classify_status(response, NOW) == Ambiguous(reason)


def test_no_reason_holds_the_key() -> None:
    """The service may repeat what it was sent, and so may an exception."""
    echo = answer(401, f'{{"error": "key {CANARY} and hunter2 unknown"}}'.encode())
    for found in (
        classify_status(echo, NOW, "hunter2"),
        classify(httpx.ConnectError(f"{CANARY} hunter2"), NOW, "hunter2"),
        classify(OSError(f"{CANARY} hunter2"), NOW, "hunter2"),
    ):
        assert CANARY not in repr(found)
        assert "hunter2" not in repr(found)


def test_an_error_is_described_by_class_and_text() -> None:
    """An exception without text is still named."""
    assert describe(ValueError()) == "ValueError"
    assert describe(ValueError("no\nway")) == "ValueError (no way)"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, ProviderError, codes.KEY_REJECTED),
        (403, ProviderError, codes.KEY_REJECTED),
        (404, NotFound, codes.REQUEST_REJECTED),
        (400, ProviderError, codes.REQUEST_REJECTED),
        (429, Unreachable, codes.THROTTLED),
        (408, Unreachable, codes.UNAVAILABLE),
        (302, Unreachable, codes.UNAVAILABLE),
        (500, Unreachable, codes.UNAVAILABLE),
        (503, Unreachable, codes.UNAVAILABLE),
    ],
)
def test_a_failed_question_may_mostly_be_asked_again(status: int, kind: type, code: codes.Code) -> None:
    """Only a refusal of the key or of the question itself is final."""
    found = trouble(with_status(sdk.APIStatusError, status), "asking failed", NOW)
    assert (type(found), found.code) == (kind, code)
    assert found.message.startswith(f"asking failed: the API answered {status}")


def test_a_question_without_answer_may_be_asked_again() -> None:
    """The network is a matter of time."""
    error = sdk.APIConnectionError(request=SENT)
    error.__cause__ = httpx.ReadError("gone")
    found = trouble(error, "asking failed", NOW)
    assert isinstance(found, Unreachable)
    assert found.message == "asking failed: ReadError (gone)"
