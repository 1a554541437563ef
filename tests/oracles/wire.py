"""What the SDK's own methods put on the wire for a row: the method, its arguments, the body that went out."""

from __future__ import annotations

import json
from functools import partial
from inspect import signature
from itertools import islice
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import runwayml

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.selection import rows_by_path
from runway_flow.kernel.media import RemoteMedium
from tests.oracles.generator import mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.emulator.emulation import Emulation

PATHS = rows_by_path(load_catalog())
UNSEEN = ("wire_name", "wrong_medium", "rule_0_tags", "rule_1_tags")
"""Faults that the wire does not show: a name that is right there, what lies at an address, and tags in a
prompt that nobody gave: the API takes any text, so only we refuse them."""
SNAKE_ON_THE_WIRE = ("start_seconds", "end_seconds")
"""The only names that stay as they are (measured: every other one is written in camelCase)."""
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


def check_faults(row: Capability, emulation: Emulation, writer: runwayml.RunwayML, *, every: int) -> None:
    """Send every n-th fault that the row can have to the emulator: each is a 400 that says why."""
    for mutant in islice(mutants(row, seed=3), 0, None, every):
        if mutant.kind.startswith(UNSEEN):
            continue
        try:
            body = body_of(call_sdk(writer, row, mutant.request))
        except (TypeError, ValueError):  # the SDK misses something, or JSON cannot carry it
            continue
        with pytest.raises(RequestDeclined) as caught:
            emulation.create(PATHS[row.path], body)
        assert caught.value.status == 400, (mutant.kind, body)
        assert caught.value.issues, (mutant.kind, body)
        for issue in caught.value.issues:
            assert issue.code
            assert issue.message
            assert not any("_" in str(part) for part in issue.path if part not in SNAKE_ON_THE_WIRE), issue


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
