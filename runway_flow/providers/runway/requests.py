"""Makes an action's request ready to send: every medium becomes an address or a data URI."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.engine.service import PreparedRequest
from runway_flow.kernel import codes
from runway_flow.kernel.errors import InternalError, ProviderError, StoreError
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, PinnedMedium, RemoteMedium
from runway_flow.providers.runway.addresses import PUBLIC
from runway_flow.providers.runway.downloads import sniff
from runway_flow.providers.runway.transfers import LinkExpired, in_thread, open_in_thread, receive
from runway_flow.providers.runway.uploads import MAX_BYTES

if TYPE_CHECKING:
    from runway_flow.engine.ports import BlobStore, TransferProgress
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import Medium
    from runway_flow.plan.action import Action
    from runway_flow.providers.runway.addresses import Reach
    from runway_flow.providers.runway.transfers import Carrier
    from runway_flow.providers.runway.uploads import Uploads

INLINE_BYTES = 256 * 1024
"""What is sent inside the request: below it an upload's two round trips cost more. The API takes data
URIs of up to 5 MB (SDK 5.24.0, docstrings), but an upload is shared by all who use the medium."""

_HEAD_BYTES = 1024


@dataclass(slots=True)
class Requests:
    """Prepares requests. `pinned_reach`: where addresses that users pinned may lead."""

    blobs: BlobStore
    uploads: Uploads
    carrier: Carrier
    inline_bytes: int = INLINE_BYTES
    pinned_reach: Reach = PUBLIC

    async def prepare(self, action: Action, on_progress: TransferProgress) -> PreparedRequest:
        """Replace every medium of the request. Free, may be repeated.

        Raises `ProviderError` (`Unreachable` where trying again may help), `StoreError`.
        """
        body = {name: await self._value(item, on_progress) for name, item in action.request.items()}
        try:
            json.dumps(body, allow_nan=False)
        except (TypeError, ValueError) as error:
            # found here, where nothing is paid yet, and not between intent and POST
            raise InternalError(f"the request of an action is not JSON: {error}") from error
        return PreparedRequest(action.capability.path, body)

    async def _value(self, value: object, on_progress: TransferProgress) -> object:
        if isinstance(value, Mapping):
            return {str(key): await self._value(item, on_progress) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [await self._value(item, on_progress) for item in value]
        if isinstance(value, (Artifact, FileMedium, InlineMedium, RemoteMedium, PinnedMedium)):
            return await self._address_of(value, on_progress)
        return value

    async def _address_of(self, medium: Medium, on_progress: TransferProgress) -> str:
        if isinstance(medium, RemoteMedium):
            return medium.uri
        if isinstance(medium, PinnedMedium):
            media_type, size = await self._pinned(medium, on_progress)
        else:
            media_type, size = medium.facts.media_type, medium.facts.bytes
        if size <= self.inline_bytes:
            return await in_thread(_data_uri, self.blobs, medium.digest, media_type)
        return await self.uploads.address_of(medium.digest, media_type, on_progress)

    async def _pinned(self, medium: PinnedMedium, on_progress: TransferProgress) -> tuple[str, int]:
        """Fetch a pinned address into the store, unless its content is there; give its type and size."""
        if not await in_thread(self.blobs.has, medium.digest):
            await self._fetch_pinned(medium, on_progress)
        head, size = await in_thread(_look, self.blobs, medium.digest)
        media_type = sniff(head)
        if media_type is None:
            raise ProviderError(
                "what lies at a pinned address is no image, video or sound", code=codes.FILE_NOT_MEDIA
            )
        return media_type, size

    async def _fetch_pinned(self, medium: PinnedMedium, on_progress: TransferProgress) -> None:
        draft = await open_in_thread(self.blobs.draft, lambda made: made.discard())
        try:
            received = await receive(
                self.carrier, medium.url, self.pinned_reach, draft, cap=MAX_BYTES, on_progress=on_progress
            )
            if received.digest != medium.digest:
                raise ProviderError(
                    f"a pinned address gave other bytes than promised: sha256 {received.digest}",
                    code=codes.DOWNLOAD_DAMAGED,
                    hint=f"it was to give {medium.digest}; if the change is right, write the new digest",
                )
            await in_thread(draft.keep)
        except LinkExpired as error:
            raise ProviderError(
                f"a pinned address cannot be read: {error}", code=codes.URL_NOT_ACCEPTED
            ) from None
        finally:
            await in_thread(draft.discard)


def _look(blobs: BlobStore, digest: Digest) -> tuple[bytes, int]:
    with blobs.open(digest) as file:
        return file.read(_HEAD_BYTES), file.seek(0, 2)


def _data_uri(blobs: BlobStore, digest: Digest, media_type: str) -> str:
    with blobs.open(digest) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError("stored bytes changed since they were stored", code=codes.BLOB_CORRUPT)
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
