"""What reading a piece of a request body gives: a value, every issue, and the media and texts found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from runway_flow.emulator.answers import WireIssue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import MediaFacts

WirePath = tuple[str | int, ...]


class Input(Struct, frozen=True):
    """A medium that a request names; without `facts` nobody has looked at it (`https://`).

    `name` identifies it in the request as we keep it: `sha256:…` of its content, or the address itself.
    """

    path: WirePath
    name: str
    digest: Digest | None = None
    facts: MediaFacts | None = None


class Reading(Struct, frozen=True):
    """A value as we keep it, with everything that was found wrong and everything that was found in it."""

    value: object = None
    issues: tuple[WireIssue, ...] = ()
    inputs: tuple[Input, ...] = ()
    texts: tuple[str, ...] = ()


def joined(value: object, parts: Iterable[Reading], issues: tuple[WireIssue, ...] = ()) -> Reading:
    """Give the reading of a whole from those of its parts, in their order."""
    found = tuple(parts)
    return Reading(
        value,
        issues + tuple(issue for part in found for issue in part.issues),
        tuple(item for part in found for item in part.inputs),
        tuple(text for part in found for text in part.texts),
    )


def refused(code: str, path: WirePath, message: str) -> Reading:
    """Give the reading of a value that cannot be used."""
    return Reading(issues=(WireIssue(code, path, message),))


class MediumUnusable(Exception):
    """A URI names no medium that can be used; the message says why."""


class MediaReader(Protocol):
    """Knows the uploads, and decodes what is sent along."""

    def read(self, uri: str) -> Input:
        """Find the medium behind a URI; its `path` is empty. Raises `MediumUnusable`."""
        ...
