"""A key and signatures that a hostile service echoes wherever it can: none of it gets to be seen or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.fakes.faulty_runway import SIGNATURE, Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import CANARY, png
from tests.fakes.watched_program import Programs
from tests.fakes.whole_runs import STILL
from tests.fakes.workspace import Finished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RUN = ("run", "flow.yaml", "--speed", "1000", "--events", "events.jsonl")
ECHO = f"you sent Authorization: Bearer {CANARY} for https://cdn.example/x.png?_jwt={SIGNATURE}.9"
FLOW = STILL.replace("    with:", "    with:\n      reference_images: {lamp: lamp.png}")


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API that tells everything it knows."""
    async with FakeServer() as server:
        yield FaultyRunway(server)


@pytest.fixture
def programs(api: FaultyRunway, tmp_path: Path) -> Programs:
    """Give programs in a folder with a flow that uploads."""
    (tmp_path / "lamp.png").write_bytes(png(b"lamp", 6_000_000))
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    return Programs(tmp_path, api.server.url)


def leaks(programs: Programs, ended: Finished) -> list[str]:
    """Give the places where a secret is."""
    texts = {"stdout": ended.out.encode(), "stderr": ended.err.encode()}
    for path in programs.folder.rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(programs.folder))] = path.read_bytes()
    secrets = (CANARY.encode(), CANARY[4:40].encode(), SIGNATURE.encode())
    return [name for name, data in texts.items() if any(secret in data for secret in secrets)]


TROUBLE: dict[str, dict[str, list[object]]] = {
    "400": {
        "creates": [
            Create(
                json_reply({"error": ECHO, "issues": [{"path": ["promptText"], "message": ECHO}]}, 400),
            )
        ]
    },
    "401": {"creates": [Create(json_reply({"error": ECHO}, 401))]},
    "500": {"creates": [Create(json_reply({"error": ECHO}, 500), makes=True)]},
    "no json": {"creates": [Create(Reply(200, ECHO.encode(), (("Content-Type", ECHO),)), makes=True)]},
    "redirect": {"creates": [Create(Reply(307, b"", (("Location", f"/x?key={CANARY}"),)))]},
    "busy": {"creates": [Create(json_reply({"error": ECHO}, 429)), Create(json_reply({"error": ECHO}, 429))]},
    "strange id": {"creates": [Create(json_reply({"id": ECHO}), makes=True)]},
    "account": {"accounts": [json_reply({"error": ECHO}, 500)]},
    "poll": {"polls": [json_reply({"error": ECHO}, 500), json_reply({"error": ECHO}, 404)]},
    "poll refused": {"polls": [json_reply({"error": ECHO}, 403)]},
    "failed": {"ends": [{"status": "FAILED", "failure": ECHO, "failureCode": "SAFETY.INPUT.TEXT"}]},
    "strange code": {"ends": [{"status": "FAILED", "failure": ECHO, "failureCode": ECHO}]},
    "strange state": {"polls": [{"status": ECHO}]},
    "upload": {"uploads": [Reply(500, ECHO.encode()), Reply(400, ECHO.encode())]},
    "expired": {"downloads": [Reply(403, ECHO.encode()) for _ in range(9)]},
    "wrong type": {"downloads": [Reply(200, ECHO.encode(), (("Content-Type", f"text/{CANARY}"),))]},
    "elsewhere": {"downloads": [Reply(302, b"", (("Location", f"https://e.example/?_jwt={SIGNATURE}"),))]},
    "other link": {
        "polls": [{"status": "SUCCEEDED", "output": [f"https://a.example/{CANARY}?_jwt={SIGNATURE}"]}]
    },
    "no link": {"polls": [{"status": "SUCCEEDED", "output": [f"not a link {ECHO}"]}]},
    "fine": {},
}


def test_a_leak_would_be_found(programs: Programs) -> None:
    """The search finds a secret in a file and in what was said."""
    (programs.folder / "note").write_text(f"--{SIGNATURE}--", encoding="utf-8")
    assert leaks(programs, Finished(0, "", CANARY)) == ["stderr", "note"]


@pytest.mark.parametrize("name", TROUBLE)
async def test_no_secret_is_seen_or_kept(api: FaultyRunway, programs: Programs, name: str) -> None:
    """Neither stdout, stderr, events, store nor outputs hold the key or a signature."""
    for queue, answers in TROUBLE[name].items():
        getattr(api, queue).extend(answers)
    ended = await programs.run(*RUN, "-v")
    assert "Traceback" not in ended.err
    assert ended.code in (0, 1, 4, 9), ended.err
    assert api.server.seen
    assert leaks(programs, ended) == []
    shown = await programs.run("runs", "ls", "--json")
    assert leaks(programs, shown) == []
