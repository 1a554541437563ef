"""Media in requests: uploads in two legs, data URIs, and addresses that are taken unread."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.emulator.answers import RequestDeclined, WireIssue, declined_body
from runway_flow.emulator.readings import Input, MediumUnusable
from runway_flow.emulator.records import Content, Upload

if TYPE_CHECKING:
    from runway_flow.emulator.links import LinkSigner
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.remote_clock import RemoteClock
    from runway_flow.emulator.state import State

UPLOAD_LIMIT_BYTES = 200 * 1024 * 1024
"""API description of 2026-08-08: an upload has at most 200 MB."""
DATA_URI_LIMIT = 5 * 1024 * 1024
"""SDK 5.24.0 docstrings: «up to 5MB»; the description of 2026-08-08 counts 5,242,880 characters."""
HTTPS_LIMIT = 2048
"""API description of 2026-08-08: characters of an address."""
NAME_LENGTHS = (3, 255)
"""API description of 2026-08-08: characters of an upload's file name."""

_SCHEME = "runway://emulated/"


class Uploads(Struct, frozen=True):
    """Takes media in, and finds them again when a request names them."""

    state: State
    clock: RemoteClock
    signer: LinkSigner
    options: EmulatorOptions

    def announce(self, body: object) -> tuple[Upload, dict[str, object]]:
        """Take the first leg: a file name. Gives the upload and the form fields of the second leg.

        Raises `RequestDeclined`.
        """
        fields = body if isinstance(body, dict) else {}
        issues: list[WireIssue] = []
        name = fields.get("filename")
        low, high = NAME_LENGTHS
        if not isinstance(name, str) or not low <= len(name) <= high or "." not in name.strip("."):
            message = f"Expected a file name of {low} to {high} characters with an extension"
            issues.append(WireIssue("custom", ("filename",), message))
        if fields.get("type") != "ephemeral":
            message = "Invalid enum value. Expected 'ephemeral'"
            issues.append(WireIssue("invalid_enum_value", ("type",), message))
        if issues:
            raise declined_body(*issues)
        expires_at = self.clock.wall() + self.options.upload_seconds
        upload = Upload(str(uuid.uuid4()), str(name), expires_at)
        self.state.add_upload(upload)
        policy = self.signer.token(f"/uploads/{upload.id}", int(expires_at))
        return upload, {"key": upload.id, "policy": policy}

    def uri(self, upload: Upload) -> str:
        """Give the address by which requests name an upload."""
        return f"{_SCHEME}{upload.id}"

    def check_delivery(self, id_: str, policy: object, size: int) -> None:
        """Check the second leg before its bytes are kept. Raises `RequestDeclined`."""
        upload = self.state.find_upload(id_)
        if upload is None or policy != self.signer.token(f"/uploads/{id_}", int(upload.expires_at)):
            raise RequestDeclined(403, "This upload was not announced, or its fields are not the ones given")
        if size > UPLOAD_LIMIT_BYTES:
            raise RequestDeclined(413, "An upload may have at most 200 MB")

    def read(self, uri: str) -> Input:
        """Find the medium behind a URI of a request. Raises `MediumUnusable`."""
        if uri.startswith("data:"):
            return self._read_data(uri)
        if uri.startswith("runway://"):
            return self._read_upload(uri)
        if not uri.startswith("https://"):
            raise MediumUnusable("Expected an HTTPS URL, a Runway upload URI or a data URI")
        if len(uri) > HTTPS_LIMIT:
            raise MediumUnusable(f"A URL may have at most {HTTPS_LIMIT} characters")
        return Input((), uri)

    def _read_data(self, uri: str) -> Input:
        if len(uri) > DATA_URI_LIMIT:
            raise MediumUnusable(f"A data URI may have at most {DATA_URI_LIMIT} characters; upload the file")
        head, comma, payload = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise MediumUnusable("Expected a data URI in base64")
        try:
            data = base64.b64decode(payload, validate=True)
        except binascii.Error as error:
            raise MediumUnusable("The data URI is not valid base64") from error
        content = Content(*self.state.contents.put(data))
        self.state.add_content(content)
        return _input(content, "The data URI holds no medium")

    def _read_upload(self, uri: str) -> Input:
        upload = self.state.find_upload(uri.removeprefix(_SCHEME))
        if upload is None or upload.digest is None:
            raise MediumUnusable("There is no such upload, or its bytes never came")
        if self.clock.wall() >= upload.expires_at:
            raise MediumUnusable("The upload has expired; upload the file again")
        content = self.state.find_content(upload.digest)
        if content is None:
            raise MediumUnusable("The upload is gone; upload the file again")
        return _input(content, f"The upload {upload.filename} is no medium")


def _input(content: Content, complaint: str) -> Input:
    if content.facts is None:
        raise MediumUnusable(complaint)
    return Input((), f"sha256:{content.digest}", content.digest, content.facts)
