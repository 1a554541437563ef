"""Media that want more of this machine than a film, and what the programs that read them may take."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.commands import GLOBAL, guard, input_flags, list_flags
from runway_flow.tools import ffmpeg, pictures
from runway_flow.tools.probe import probe
from runway_flow.tools.process import Limits, child_environment, most_memory, run_process
from tests.fakes.clips import clip, run
from tests.fakes.local_media import made_source, made_video
from tests.fakes.runway_api import CANARY

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has prlimit")
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.mark.parametrize(
    "name", ["RUNWAYML_API_SECRET", "RUNWAY_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY"]
)
async def test_programs_get_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A program that we start has no key in its environment, and nothing that steers ffmpeg."""
    monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("FFREPORT", "file=report.log")
    lines: list[str] = []
    await run_process([sys.executable, "-c", SHOW], tmp_path, on_line=lines.append)
    found = json.loads(lines[0])
    assert CANARY not in found.values()
    assert "FFREPORT" not in found
    assert "PATH" in found


def test_looking_for_ffmpeg_shows_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor has a program that is only asked what it is."""
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("RUNWAYML_API_SECRET", CANARY)
    with pytest.raises(MediaError):
        ffmpeg.find_ffmpeg(str(program), os.environ)
    assert CANARY not in (tmp_path / "seen").read_text(encoding="utf-8")


def test_what_is_passed_on() -> None:
    """The list says what a program gets, not what it does not get."""
    given = {
        "PATH": "p",
        "LC_ALL": "C",
        "ANYTHING": "x",
        "LD_PRELOAD": "x",
        "PYTHONPATH": "x",
        "HTTPS_PROXY": "x",
    }
    assert child_environment(given) == {"PATH": "p", "LC_ALL": "C"}


@linux
@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("x = bytearray(2 << 30)", Limits(memory_bytes=1 << 30)),
        ("while True: pass", Limits(wall_s=20, cpu_s=1)),
        ("open('x', 'wb').write(b'0' * 3_000_000)", Limits(file_bytes=1_000_000)),
        ("import time; time.sleep(60)", Limits(wall_s=0.3)),
    ],
    ids=["memory", "processor", "file", "time"],
)
async def test_a_program_is_limited(tmp_path: Path, code: str, limits: Limits) -> None:
    """Memory, processor, files and time of a program end."""
    done = await run_process(
        [sys.executable, "-c", f"import time; time.sleep(0.2); {code}"], tmp_path, limits=limits
    )
    assert done.code != 0


def test_memory_is_a_part_of_the_machine() -> None:
    """The limit leaves room for others, and is enough for a film in 8K."""
    assert most_memory() >= 8 << 30


def test_every_input_is_guarded() -> None:
    """Before each `-i` stands what may be read, and each name is a file's, made by us."""
    source = made_source("in0.mp4", made_video())
    for flags in (input_flags(source), list_flags("list.txt")):
        assert flags[:2] == ("-protocol_whitelist", "file")
        assert flags[2] == "-format_whitelist"
        assert flags[-2] == "-i"
        assert flags[-1].startswith("file:")
        assert flags[flags.index("-f") + 1] in ("mov", "concat")
    assert "-nostdin" in GLOBAL
    assert "-xerror" in GLOBAL
    assert not {"hls", "dash", "lavfi", "tty", "image2", "sdp", "rtsp"} & set(
        guard(list_flags("x")[3])[3].split(",")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    """Give one chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int, *more: bytes) -> bytes:
    """Give a small PNG of very many black pixels."""
    packer = zlib.compressobj(9)
    rows = packer.compress(b"\0" * ((1 + width) * height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(more)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def test_a_png_bomb_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of too many pixels is refused by its header."""

    def decode(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    path = tmp_path / "x.png"
    path.write_bytes(bomb(8_000, 8_000))
    assert path.stat().st_size < 200_000
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.code is codes.FILE_TOO_LARGE


def test_a_webp_bomb_is_no_crash(tmp_path: Path) -> None:
    """What Pillow itself refuses for its size is refused as any other."""
    path = tmp_path / "x.webp"
    Image.new("L", (16, 16)).save(path, lossless=True)
    data = bytearray(path.read_bytes())
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<I", 16_382 | 16_382 << 14)
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError):
        probe(path)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_packed_texts_of_a_png(tmp_path: Path, kind: bytes) -> None:
    """Text that unpacks to very much is refused, or left packed."""
    packed = zlib.compress(b"a" * 100_000_000, 9)
    head = b"k\0\1\0\0\0" if kind == b"iTXt" else b"k\0\0"
    path = tmp_path / "x.png"
    path.write_bytes(bomb(4, 4, chunk(kind, head + packed)))
    with contextlib.suppress(MediaError):
        assert probe(path).width == 4


def test_tags_in_another_encoding(tmp_path: Path) -> None:
    """A tag that is no UTF-8 is no reason to fail: many older sounds have one."""
    path = tmp_path / "x.mp3"
    run(
        "-f",
        "lavfi",
        "-i",
        "sine=d=1",
        "-id3v2_version",
        "0",
        "-write_id3v1",
        "1",
        "-metadata",
        "title=abcdef",
        str(path),
    )
    path.write_bytes(path.read_bytes().replace(b"abcdef", b"abc\xe9\xff\xfe"))
    assert probe(path).duration


@pytest.mark.parametrize("kind", ["red", "voice"])
@pytest.mark.parametrize("seed", range(25))
def test_damaged_media(tmp_path: Path, kind: str, seed: int) -> None:
    """A medium with wrong bytes anywhere has facts or is refused; nothing else happens."""
    import random

    chance = random.Random(seed)  # noqa: S311 - the same damage each time
    data = bytearray(clip(kind).read_bytes())
    for _ in range(chance.choice((1, 5, 50))):
        data[chance.randrange(len(data) if seed % 2 else min(len(data), 2_000))] = chance.randrange(256)
    path = tmp_path / "x.mp4"
    path.write_bytes(bytes(data[: chance.randrange(40, len(data))] if seed % 3 == 0 else data))
    with contextlib.suppress(MediaError):
        assert probe(path).bytes > 0


def test_the_decoders_are_named() -> None:
    """No picture is handed to a decoder that its first bytes do not name."""
    assert set(pictures._DECODERS) == {"image/png", "image/jpeg", "image/webp", "image/gif"}
