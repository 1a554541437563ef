"""Finds the ffmpeg that local media operations run: configured, on PATH or bundled; never downloads."""

from __future__ import annotations

import importlib.resources
import os
import re
import shutil
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.tools.process import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENVIRONMENT_VARIABLE = "RUNWAY_FLOW_FFMPEG"
"""Names the program to use, before PATH is looked at."""

OLDEST = (5, 1)
"""The oldest release that our filter graphs were run with (Debian 12 ships 5.1)."""

NEEDED_FILTERS = frozenset(
    {
        *("acrossfade", "aformat", "alimiter", "amix", "anullsrc", "apad", "aresample", "asetpts", "asplit"),
        *("atempo", "atrim", "boxblur", "concat", "crop", "format", "fps", "overlay", "pad", "pan", "scale"),
        *("setpts", "setsar", "settb", "split", "tpad", "trim", "xfade"),
    }
)
"""Every filter that `providers/media` names; a build without one of them is no use."""

NEEDED_ENCODERS = frozenset({"aac", "libx264"})
"""What results are encoded with; builds for distributions that avoid patents lack `libx264`."""

_ASK_TIMEOUT_S = 20.0
_VERSION = re.compile(r"ffmpeg version (\S+)")
_RELEASE = re.compile(r"n?(\d+)\.(\d+)")
_LISTED = re.compile(r"^ [A-Z.]{2,6} +([a-z0-9_]+) ", re.MULTILINE)


class Ffmpeg(Struct, frozen=True):
    """A usable program: where it is, what it calls itself, its filters, and why it was chosen.

    `origin` is `configured`, `RUNWAY_FLOW_FFMPEG`, `PATH` or `imageio-ffmpeg`.
    """

    path: str
    version: str
    filters: frozenset[str]
    origin: str


def find_ffmpeg(
    configured: str | None,
    environ: Mapping[str, str],
    bundled: Callable[[], str | None] | None = None,
) -> Ffmpeg:
    """Give the first usable program: `configured`, `RUNWAY_FLOW_FFMPEG`, on PATH, `bundled()`.

    A program that was asked for by name and cannot be used is an error, not a reason to look further.
    What a path answers is remembered for the life of the process.
    Raises `MediaError` (FFMPEG_MISSING) that says what was tried.
    """
    for origin, asked in (
        ("configured", configured),
        (ENVIRONMENT_VARIABLE, environ.get(ENVIRONMENT_VARIABLE)),
    ):
        if asked:
            return _ask_for(asked, origin, environ)
    tried: list[str] = []
    for origin, path in (
        ("PATH", shutil.which("ffmpeg", path=environ.get("PATH", ""))),
        ("imageio-ffmpeg", (bundled or find_bundled)()),
    ):
        if path is None:
            tried.append(f"{origin}: no ffmpeg there")
            continue
        found = _examine(path)
        if not isinstance(found, str):
            return Ffmpeg(path, found.version, found.filters, origin)
        tried.append(f"{origin}: {path}: {found}")
    raise MediaError(
        "no usable ffmpeg was found",
        code=codes.FFMPEG_MISSING,
        hint=f"install ffmpeg {_release_text()} or newer with libx264, or `pip install imageio-ffmpeg`, "
        f"or name one with {ENVIRONMENT_VARIABLE}",
        notes=tuple(tried),
    )


def find_bundled() -> str | None:
    """Give the program inside the package imageio-ffmpeg, or None if it has none for this machine."""
    # Its own function would run the program first, with our environment and the key in it.
    try:
        folder = importlib.resources.files("imageio_ffmpeg.binaries")
    except ImportError:
        return None
    found = (str(item) for item in folder.iterdir() if item.name.startswith("ffmpeg-"))
    return next(found, None)


def _ask_for(asked: str, origin: str, environ: Mapping[str, str]) -> Ffmpeg:
    path = shutil.which(asked, path=environ.get("PATH", ""))
    found = _examine(path) if path else "there is no such program"
    if isinstance(found, str):
        raise MediaError(
            f"the ffmpeg that is asked for cannot be used: {asked}: {found}",
            code=codes.FFMPEG_MISSING,
            hint=f"it comes from {origin}; name another one, or none to have one found",
        )
    return Ffmpeg(path or asked, found.version, found.filters, origin)


class _Answers(Struct, frozen=True):
    version: str
    filters: frozenset[str]


@lru_cache(maxsize=16)
def _examine(path: str) -> _Answers | str:
    """Ask a program what it is; a text says why it is no use."""
    try:
        version = _version_of(_run(path, "-version"))
        filters = frozenset(_LISTED.findall(_run(path, "-filters")))
        encoders = frozenset(_LISTED.findall(_run(path, "-encoders")))
    except (OSError, subprocess.SubprocessError) as error:
        return f"it does not run ({type(error).__name__})"
    if version is None:
        return "it does not call itself ffmpeg"
    problem = _judge(version, filters, encoders)
    return problem or _Answers(version, filters)


def _judge(version: str, filters: frozenset[str], encoders: frozenset[str]) -> str | None:
    """Say why a program is no use, or None. Builds from git state no release: their filters decide."""
    release = _RELEASE.match(version)
    if release and (int(release.group(1)), int(release.group(2))) < OLDEST:
        return f"version {version} is older than {_release_text()}"
    if missing := sorted(NEEDED_FILTERS - filters):
        return f"it lacks the filters {', '.join(missing)}"
    if missing := sorted(NEEDED_ENCODERS - encoders):
        return f"it lacks the encoders {', '.join(missing)}"
    return None


def _version_of(answer: str) -> str | None:
    found = _VERSION.match(answer)
    return found.group(1) if found else None


def _release_text() -> str:
    return ".".join(str(part) for part in OLDEST)


def _run(path: str, question: str) -> str:
    done = subprocess.run(  # noqa: S603 - an argument list; the program is the user's own choice
        [path, "-hide_banner" if question != "-version" else "-nostdin", question],
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_ASK_TIMEOUT_S,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")
