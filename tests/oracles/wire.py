"""What the SDK's own methods put on the wire for a row: the method, its arguments, the body that went out."""

from __future__ import annotations

import json
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import httpx
import runwayml

from runway_flow.kernel.media import RemoteMedium

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.catalog.capability import Capability

WORKFLOW_ID = "5f0c1a7e-0000-4000-8000-000000000000"


def call_sdk(client: runwayml.RunwayML, row: Capability, request: Mapping[str, Any]) -> httpx.Response:
    """Send a request by the SDK's method for the row's endpoint; give the answer.

    What the method has no name for goes as it is: that is how users of the SDK send what it does not know.
    Raises the SDK's `APIStatusError` for an answer other than 2xx, and `TypeError` where it misses something.
    """
    arguments = dict(request) if row.model is None else {"model": row.model, **request}
    method = _method(client, row)
    unknown = {name: arguments.pop(name) for name in request if name not in signature(method).parameters}
    answer: httpx.Response = method(**arguments, extra_body=unknown or None).http_response
    return answer


def plain(value: object) -> object:
    """Give a request of ours with addresses where it holds media."""
    if isinstance(value, RemoteMedium):
        return value.uri
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """Read the JSON body that was sent."""
    found: dict[str, Any] = json.loads(answer.request.content or b"{}")
    return found


def writing_client() -> runwayml.RunwayML:
    """Give a client that sends nothing: every request is answered as if a task had been made."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": WORKFLOW_ID}, request=request)

    transport = httpx.Client(transport=httpx.MockTransport(answer))
    return runwayml.RunwayML(api_key="key", base_url="http://127.0.0.1", max_retries=0, http_client=transport)


def _method(client: runwayml.RunwayML, row: Capability) -> Callable[..., Any]:
    family, _, name = row.endpoint.partition("/")
    resource: Any = getattr(client, family)
    if family == "workflows":
        return partial(resource.with_raw_response.run, WORKFLOW_ID)
    if family == "recipes":
        found: Callable[..., Any] = getattr(resource.with_raw_response, name)
        return found
    create: Callable[..., Any] = (getattr(resource, name) if name else resource).with_raw_response.create
    return create
