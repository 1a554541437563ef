"""Texts that stand where a medium belongs: addresses, data URIs, paths."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import (
    InlineMedium,
    MediaFacts,
    PinnedMedium,
    RemoteMedium,
    kind_of,
    sniff_media_type,
)
from runway_flow.spec.media_path import join_path

if TYPE_CHECKING:
    from runway_flow.kernel.files import Files
    from runway_flow.kernel.media import Medium

MIN_CHARS = 13
MAX_HTTPS_CHARS = 2048
MAX_RUNWAY_CHARS = 5000
MAX_DATA_CHARS = 5 * 1024 * 1024
"""Limits of addresses as inputs (API description of 2026-08-08; data URIs: SDK 5.17.1)."""

_DATA = re.compile(r"data:([a-z]+/[a-z0-9.+-]+)((?:;[^,;]+)*),", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSENDABLE = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
# A host whose last part is a number is read as an address (WHATWG URL, «ends in a number checker»).
_ADDRESS = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class MediaTexts(Struct, frozen=True):
    """Turns a text into the medium that it names; paths are relative to `folder`."""

    files: Files
    folder: str

    def open(self, value: object) -> Medium | FileProblem:
        """Give the medium that a text, a `MediaPath` or a `{url, sha256}` names, or why there is none."""
        if isinstance(value, dict):
            return _pinned(value)
        path = getattr(value, "path", None)
        if isinstance(path, str):
            return self.files.find(path)
        text = str(value)
        scheme = text.partition(":")[0].lower() if ":" in text else ""
        if scheme == "data":
            return _inline(text)
        if scheme in ("https", "runway"):
            return _remote(text, scheme)
        if scheme in ("http", "ftp", "file"):
            hint = "use an `https://` address, or the path of a local file"
            return FileProblem(codes.URL_NOT_ACCEPTED, f"`{scheme}://` addresses are not taken", hint)
        return self.files.find(join_path(self.folder, text))


def _remote(text: str, scheme: str) -> RemoteMedium | FileProblem:
    limit = MAX_HTTPS_CHARS if scheme == "https" else MAX_RUNWAY_CHARS
    if len(text) > limit:
        message = f"the address has {len(text)} characters; {scheme}:// addresses have at most {limit}"
        return FileProblem(codes.URL_NOT_ACCEPTED, message, "download it and give the file's path")
    if len(text) < MIN_CHARS:
        message = f"the address has {len(text)} characters; Runway takes none of fewer than {MIN_CHARS}"
        return FileProblem(codes.URL_NOT_ACCEPTED, message)
    if _UNSENDABLE.search(text):
        message = "the address holds a character that no address has (white space, a control, half of one)"
        return FileProblem(codes.URL_NOT_ACCEPTED, message, "write it as `%20` and the like")
    if scheme == "https":
        host, has_login = _host_of(text)
        if has_login:
            message = "the address holds a login, and secrets never stand in a flow"
            return FileProblem(codes.URL_NOT_ACCEPTED, message, "download it and give the file's path")
        if not host or _ADDRESS.fullmatch(host) or "." not in host:
            message = "Runway reads only addresses with a domain name"
            return FileProblem(codes.URL_NOT_ACCEPTED, message, "download it and give the file's path")
    return RemoteMedium(text)


def _host_of(address: str) -> tuple[str, bool]:
    """Give the host, and whether a user name or a password stands before it."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket that is not closed
        return ("", False)
    return (parts.hostname or "", "@" in parts.netloc)


def _pinned(value: dict[str, object]) -> PinnedMedium | FileProblem:
    url, digest = value.get("url"), value.get("sha256")
    if set(value) != {"url", "sha256"} or not isinstance(url, str) or not isinstance(digest, str):
        message = "a pinned address is written `{url: https://…, sha256: …}`"
        return FileProblem(codes.URL_NOT_ACCEPTED, message)
    if not _DIGEST.fullmatch(digest):
        message = "`sha256` is 64 lower-case hexadecimal digits"
        return FileProblem(codes.URL_NOT_ACCEPTED, message)
    remote = _remote(url, "https") if url.startswith("https://") else None
    if not isinstance(remote, RemoteMedium):
        return remote or FileProblem(codes.URL_NOT_ACCEPTED, "a pinned address begins with `https://`")
    return PinnedMedium(url, Digest(digest))


def _inline(text: str) -> InlineMedium | FileProblem:
    found = _DATA.match(text)
    if found is None or ";base64" not in found.group(2).lower():
        message = "the data URI is not `data:TYPE;base64,…`"
        return FileProblem(codes.URL_NOT_ACCEPTED, message)
    if len(text) > MAX_DATA_CHARS:
        message = f"the data URI has {len(text)} characters, more than {MAX_DATA_CHARS}"
        return FileProblem(codes.FILE_TOO_LARGE, message, "give the path of a file instead")
    try:
        data = base64.b64decode(text[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return FileProblem(codes.URL_NOT_ACCEPTED, "the data URI is not valid base64")
    media_type = sniff_media_type(data)
    kind = kind_of(media_type) if media_type else None
    if media_type is None or kind is None:
        message = f"the data URI says {found.group(1)}, but holds no medium"
        return FileProblem(codes.FILE_NOT_MEDIA, message)
    return InlineMedium(data, digest_bytes(data), MediaFacts(kind, media_type, len(data)))
