"""A service, or whoever stands in for it, that answers in order to break, fill or mislead us."""

from __future__ import annotations

import logging
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.service import Accepted, Ambiguous, Refused, Rejected
from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError, ProviderError, RunwayFlowError, Unreachable
from runway_flow.providers.runway.access import check_access, check_key
from runway_flow.providers.runway.addresses import PUBLIC, is_public, locate
from runway_flow.tools.probe import probe
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import CANARY, HANDLE, PATH, REQUEST, TASK, TASK_PATH, provider_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

JSON = (("Content-Type", "application/json"),)
NESTED = b"[" * 200_000
DEEP = b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LONG_NUMBER = b"9" * 6_000


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Give a server that does as it is told."""
    async with FakeServer() as running:
        yield running


HOSTILE_BODIES = {
    "nested": NESTED,
    "nested and closed": DEEP,
    "a number of 6,000 digits": b'{"id": "'
    + TASK.encode()
    + b'", "estimatedCost": {"credits": '
    + LONG_NUMBER
    + b"}}",
    "an infinite price": b'{"id": "' + TASK.encode() + b'", "estimatedCost": {"credits": 1e999}}',
    "no number": b'{"id": "' + TASK.encode() + b'", "estimatedCost": {"credits": NaN}}',
    "less than nothing": b'{"id": "' + TASK.encode() + b'", "estimatedCost": {"credits": -5}}',
    "half a character": b'{"id": "\\ud800"}',
    "no UTF-8": b'{"id": "\xff\xfe"}',
    "a path for an id": b'{"id": "../../v1/organization"}',
}


@pytest.mark.parametrize("name", HOSTILE_BODIES)
async def test_hostile_answers_to_a_submit(server: FakeServer, name: str) -> None:
    """Whatever comes back, a submit has one of its four outcomes; nothing is raised, nothing hangs."""
    server.on("POST", PATH, Reply(200, HOSTILE_BODIES[name], JSON))
    async with provider_at(server.url) as provider:
        found = await provider.submit(REQUEST)
    assert isinstance(found, (Accepted, Ambiguous))
    if isinstance(found, Accepted):
        assert found.estimate is None or found.estimate >= 0
    assert server.count("POST") == 1


@pytest.mark.parametrize(
    "wait", ["9" * 6_000, "-1", "1e999", "nan", "Fri, 99 Foo 99999 99:99:99 GMT", "\x7f"]
)
async def test_hostile_waits(server: FakeServer, wait: str) -> None:
    """A `Retry-After` that is none is none."""
    server.on("POST", PATH, json_reply({"error": "busy"}, 429, Retry_After=wait))
    async with provider_at(server.url) as provider:
        found = await provider.submit(REQUEST)
    assert isinstance(found, Refused)
    assert found.retry_after_s is None or 0 <= found.retry_after_s < 1e9


@pytest.mark.parametrize(
    "body", [NESTED, DEEP, b'{"status": 5}', b'{"status": "' + b"x" * 100_000 + b'"}', b"[]"]
)
async def test_hostile_answers_to_a_poll(server: FakeServer, body: bytes) -> None:
    """A look at a task that tells nothing is a matter of time, never a crash."""
    server.on("GET", TASK_PATH, *[Reply(200, body, JSON) for _ in range(5)])
    async with provider_at(server.url) as provider:
        try:
            told = repr(await provider.poll(HANDLE))
        except RunwayFlowError as error:
            told = str(error)
    assert len(told) < 5_000


async def test_long_refusals(server: FakeServer) -> None:
    """A refusal of megabytes is told in a line."""
    body = {"error": "A" * 5_000_000, "issues": [{"path": ["x"] * 50, "message": "B" * 100_000}] * 20}
    server.on("POST", PATH, json_reply(body, 400))
    async with provider_at(server.url) as provider:
        found = await provider.submit(REQUEST)
    assert isinstance(found, Rejected)
    assert len(repr(found)) < 60_000


LOCAL_FORMS = [
    *(
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "localhost",
    ),
    *("LOCALHOST", "localhost.", "0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"),  # noqa: S104 - refused
    *("[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::1]"),
    *("[fec0::1]", "[fe80::1]", "[fc00::1]", "[fd00::1]", "[ff02::1]", "[2001:0:7f00:1::1]", "[3fff::1]"),
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.100.100.200"),
    *("192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "0x0a.1"),
    *("ⓛocalhost", "127。0。0。1", "①27.0.0.1"),
]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("host", LOCAL_FORMS)
async def test_no_spelling_of_a_local_address_is_fetched(host: str) -> None:
    """Whatever the system's resolver makes of a host, only public addresses are connected to."""

    async def resolve(name: str) -> tuple[str, ...]:
        import socket

        bare = name.strip("[]")
        if "localhost" in bare.lower():
            return ("127.0.0.1",)  # no name server is asked in a test
        if bare.rstrip(".").rpartition(".")[2][:1].isdigit() or ":" in bare:
            found = socket.getaddrinfo(bare, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            return tuple(str(item[4][0]) for item in found)
        return ("127.0.0.1",)

    with pytest.raises((ProviderError, Unreachable)):
        await locate(f"https://{host}/x.mp4", PUBLIC, resolve)


async def test_the_name_is_asked_once_and_what_it_said_is_connected_to() -> None:
    """A resolver that says something else the second time is not asked a second time."""
    answers = [("93.184.216.34",), ("127.0.0.1",)]

    async def rebinding(_: str) -> tuple[str, ...]:
        return answers.pop(0)

    place = await locate("https://rebind.example/x.mp4", PUBLIC, rebinding)
    assert (place.url.host, place.sni) == ("93.184.216.34", "rebind.example")
    assert len(answers) == 1


@pytest.mark.parametrize("scheme", ["http", "file", "ftp", "gopher", "data", "javascript", "HTTP"])
async def test_other_schemes_are_not_fetched(scheme: str) -> None:
    """Only https leads anywhere."""

    async def resolve(_: str) -> tuple[str, ...]:
        return ("93.184.216.34",)

    with pytest.raises(ProviderError) as caught:
        await locate(f"{scheme}://example.com/x", PUBLIC, resolve)
    assert caught.value.code is codes.URL_NOT_ACCEPTED


def test_unallocated_space_is_not_public() -> None:
    """What is given to nobody today may be somebody's private network."""
    assert not any(
        map(is_public, ("fec0::1", "4000::1", "5f00::1", "3fff::1", "168.63.129.16", "64:ff9b:1::1"))
    )


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.dev.runwayml.com@evil.example", "https://api.dev.runwayml.com.evil.example"),
        *("https://evil.example/api.dev.runwayml.com", "https://evil.example#api.dev.runwayml.com"),
        *("https://api.dev.runwayml.com\\@evil.example", "https://api.dev.runwayml.com%2eevil.example"),
        *("http://api.dev.runwayml.com", "https://api.dev.runwaymⅼ.com", "https://127.0.0.1.evil.example"),
        *(
            "https://localhost.evil.example",
            "https://0x7f000001",
            "https://2130706433",
            "https://[fe80::1%25x]",
        ),
        *("https://api.dev.runwayml.com\r\nHost: evil.example", "file:///etc/passwd", "//evil.example"),
    ],
)
def test_the_key_goes_nowhere_else(url: str) -> None:
    """An address that only looks like Runway's gets no key, and the message does not hold it."""
    with pytest.raises(ProviderError) as caught:
        check_access(url, CANARY)
    assert CANARY not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("key", [f"{CANARY}\nX-Evil: 1", "clé", f"{CANARY}\0", "a b", "\u202ekey"])
def test_keys_that_would_break_a_header(key: str) -> None:
    """A key with a line break or a letter outside ASCII is refused without being shown."""
    with pytest.raises(ProviderError) as caught:
        check_key(key)
    assert CANARY not in f"{caught.value.message}{caught.value.hint}"


async def test_debug_logs_hold_no_key(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    """Also with every logger at its most talkative the key is in no record."""
    server.on("POST", PATH, json_reply({"error": "no"}, 400))
    with caplog.at_level(logging.DEBUG):
        async with provider_at(server.url) as provider:
            await provider.submit(REQUEST)
    assert not [record for record in caplog.records if CANARY in record.getMessage()]


def test_the_sdk_logs_nothing_by_the_environment() -> None:
    """`RUNWAYML_LOG=debug` makes the SDK write prompts to stderr; the key is not among it."""
    code = "import runwayml; runwayml.RunwayML(api_key='" + CANARY + "')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"RUNWAYML_LOG": "debug"},
    )
    assert CANARY not in done.stdout + done.stderr


def test_zip_bombs_are_not_unpacked(tmp_path: Path) -> None:
    """Of an image sequence only the list of names is read, however much its images unpack to."""
    path = tmp_path / "frames.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0001.exr", b"\0" * 50_000_000)
    assert path.stat().st_size < 100_000
    assert probe(path).bytes == path.stat().st_size


def test_zip_of_other_things(tmp_path: Path) -> None:
    """Names that lead out of a folder, programs and pages make a zip that is no image sequence."""
    for name in ("../../evil.sh", "x.png.exe", "index.html"):
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(MediaError):
            probe(path)


def test_long_lists_of_a_zip(tmp_path: Path) -> None:
    """A zip that claims a list of names as long as itself is not read into memory for it."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", b"x")
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\5\6")
    data[end + 12 : end + 16] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError):
        probe(path)
