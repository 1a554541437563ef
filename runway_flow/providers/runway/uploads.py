"""Uploads stored media, each once until the service forgets it; both legs are ours."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import httpx
from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, StoreError, Unreachable
from runway_flow.kernel.media import extension_of
from runway_flow.providers.runway import answers
from runway_flow.providers.runway.failures import describe
from runway_flow.providers.runway.transfers import CHUNK_BYTES, Pace, in_thread, open_in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runway_flow.engine.ports import BlobStore, StateStore, TransferProgress
    from runway_flow.kernel.digests import Digest
    from runway_flow.providers.runway.addresses import Place, Reach
    from runway_flow.providers.runway.polling import Questions
    from runway_flow.providers.runway.transfers import Carrier

GOOD_FOR_S = 23 * 3600.0
"""An upload lives for 24 hours (SDK 5.24.0, docstring of `uploads`); an hour is left for the queue."""

MAX_BYTES = 200 * 1024 * 1024
"""The largest upload (API documentation, «Uploads»)."""

_SUCCESS = range(200, 300)
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


@dataclass(slots=True)
class Uploads:
    """Puts blobs where the service reads them. `realm`: what an upload is good for."""

    questions: Questions
    carrier: Carrier
    reach: Reach
    blobs: BlobStore
    state: StateStore
    realm: str
    locks: dict[Digest, asyncio.Lock] = field(default_factory=dict)

    async def address_of(self, digest: Digest, media_type: str, on_progress: TransferProgress) -> str:
        """Give the `runway://` address of a blob, uploading it if no earlier upload is good any more.

        Several actions that need the same blob at once share one upload. Raises `Unreachable` where
        trying again may help, `ProviderError` (`UPLOAD_FAILED`), `StoreError`.
        """
        async with self.locks.setdefault(digest, asyncio.Lock()):
            now = self.carrier.clock.now()
            known = await in_thread(self.state.find_upload, digest, self.realm, now)
            if known is not None:
                return known
            uri = await self._upload(digest, media_type, on_progress)
            await in_thread(self.state.record_upload, digest, self.realm, uri, now + GOOD_FOR_S)
            return uri

    async def _upload(self, digest: Digest, media_type: str, on_progress: TransferProgress) -> str:
        name = f"{digest[:16]}.{extension_of(media_type)}"
        file = await open_in_thread(lambda: self.blobs.open(digest), lambda opened: opened.close())
        try:
            size = await in_thread(file.seek, 0, 2)
            if size > MAX_BYTES:
                raise ProviderError(
                    f"a medium of {size} bytes cannot be uploaded: the API takes at most {MAX_BYTES}",
                    code=codes.UPLOAD_FAILED,
                )
            await in_thread(file.seek, 0)
            started = await self.questions.begin_upload(name)
            uri = answers.text_at(started, "runwayUri")
            target = answers.text_at(started, "uploadUrl")
            if uri is None or not uri.startswith("runway://") or target is None:
                raise Unreachable("asking for a place to upload to failed: the answer names none")
            fields = {key: str(value) for key, value in answers.object_at(started, "fields").items()}
            form = Form(fields, name, media_type, size)
            await self._send(target, form, Source(file, digest, size), on_progress)
        finally:
            await in_thread(file.close)
        return uri

    async def _send(self, target: str, form: Form, source: Source, on_progress: TransferProgress) -> None:
        place = await self.carrier.place(target, self.reach)
        host = place.sni or place.url.host
        try:
            async with asyncio.timeout(None) as deadline:
                pace = Pace(deadline, self.carrier.timing)
                status = await self._post(place, form, source.read(form, pace, on_progress))
        except TimeoutError:
            raise Unreachable(f"the upload to {host} was too slow and was given up") from None
        except httpx.TransportError as error:
            raise Unreachable(f"the upload to {host} failed: {describe(error)}") from None
        if status in _PASSING:
            raise Unreachable(f"the upload failed: {host} answered {status}")
        if status not in _SUCCESS:
            raise ProviderError(f"the upload failed: {host} answered {status}", code=codes.UPLOAD_FAILED)

    async def _post(self, place: Place, form: Form, content: AsyncIterator[bytes]) -> int:
        # No Authorization here: the form's own fields sign the upload.
        async with self.carrier.client_of(place).stream(
            "POST",
            place.url,
            content=content,
            headers=(*place.headers, *form.headers),
            extensions=place.extensions,
        ) as response:
            return response.status_code


class Form:
    """A multipart form whose file comes last, as form uploads to object stores want it (RFC 7578)."""

    def __init__(self, fields: dict[str, str], name: str, media_type: str, size: int) -> None:
        """Write everything but the file."""
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        )
        self.before = "".join(parts).encode()
        self.after = f"\r\n--{boundary}--\r\n".encode()
        self.headers = (
            ("Content-Type", f"multipart/form-data; boundary={boundary}"),
            ("Content-Length", str(len(self.before) + size + len(self.after))),
        )


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


class Source(Struct, frozen=True):
    """An open blob that must still be what its digest says."""

    file: BinaryIO
    digest: Digest
    size: int

    async def read(self, form: Form, pace: Pace, on_progress: TransferProgress) -> AsyncIterator[bytes]:
        """Give the form in pieces. Raises `StoreError` (`BLOB_CORRUPT`) before the end of wrong bytes."""
        seen = hashlib.sha256()
        done = 0
        held = form.before  # the last piece is held back until all of them proved right
        while data := await in_thread(self.file.read, CHUNK_BYTES):
            yield held
            held = data
            seen.update(data)
            done += len(data)
            pace.moved(done)
            on_progress(done, self.size)
        if seen.hexdigest() != self.digest:
            raise StoreError("stored bytes changed since they were stored", code=codes.BLOB_CORRUPT)
        yield held
        yield form.after
