"""Trouble of every kind that a service can make, drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.faulty_runway import Create
from tests.fakes.http_server import Reply, json_reply
from tests.fakes.runway_api import png

if TYPE_CHECKING:
    import random

    from tests.fakes.faulty_runway import FaultyRunway

HTML = (("Content-Type", "text/html"),)
PNG = (("Content-Type", "image/png"),)
PASSING = (
    json_reply({"error": "busy"}, 429, Retry_After="0.02"),
    json_reply({"error": "busy"}, 503),
    Reply(429, b"busy", HTML, cut=2),
)
LOST = (
    Reply(hangs=True),
    Reply(resets=True),
    Reply(200, b'{"id": "17f2', cut=9),
    Reply(502, b"<html>", HTML),
    Reply(200, b"<html>", HTML),
    Reply(307, b"", (("Location", "/v1/text_to_image"),)),
    json_reply({"error": "?"}, 500),
    json_reply({"error": "?"}, 409),
)
REFUSALS = (
    json_reply({"error": "Validation of body failed"}, 400),
    json_reply({"error": "Unauthorized"}, 401),
    Reply(404, b"<html>", HTML),
)
_STATES: tuple[dict[str, object], ...] = (
    {"status": "THROTTLED"},
    {"status": "RUNNING"},
    {"status": "DREAMING"},
)
LOOKS: tuple[Reply | dict[str, object], ...] = (
    *PASSING,
    Reply(resets=True),
    Reply(200, b"<html>", HTML),
    Reply(404, b"<html>", HTML),
    json_reply({"error": "no"}, 400),
    *_STATES,
)
FETCHES = (
    Reply(403),
    Reply(500),
    Reply(resets=True),
    Reply(200, png(b"x", 900), PNG, cut=500),
    Reply(200, png(b"x", 900)[:500], PNG, length=-1),
    Reply(200, b"<html>", HTML),
    Reply(200, b"", PNG),
)
UPLOADS = (Reply(500), Reply(resets=True), Reply(403))
ACCOUNTS = (Reply(500), Reply(resets=True), Reply(200, b"<html>", HTML))
ENDS: tuple[dict[str, object], ...] = (
    {"status": "FAILED", "failureCode": "INTERNAL"},
    {"status": "FAILED", "failureCode": "SAFETY.INPUT.TEXT"},
    {"status": "CANCELLED"},
)


def make_trouble(api: FaultyRunway, draw: random.Random) -> None:
    """Order some trouble of every kind."""
    creates = [Create(draw.choice(PASSING)) for _ in range(draw.randrange(4))]
    if draw.random() < 0.4:
        creates.append(Create(draw.choice(LOST), makes=draw.random() < 0.7))
    if draw.random() < 0.15:
        creates.append(Create(draw.choice(REFUSALS)))
    draw.shuffle(creates)
    api.creates.extend(creates)
    api.polls.extend(draw.choice(LOOKS) for _ in range(draw.randrange(8)))
    api.downloads.extend(draw.choice(FETCHES) for _ in range(draw.randrange(4)))
    api.uploads.extend(draw.choice(UPLOADS) for _ in range(draw.randrange(2)))
    api.accounts.extend(draw.choice(ACCOUNTS) for _ in range(draw.randrange(2)))
    if draw.random() < 0.3:
        api.ends.append(draw.choice(ENDS))


def calm_down(api: FaultyRunway) -> None:
    """End all trouble."""
    for queue in (api.creates, api.polls, api.downloads, api.uploads, api.accounts, api.ends):
        queue.clear()
