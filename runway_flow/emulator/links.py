"""Signed links that expire: the address carries the moment of its end and a proof that we wrote it."""

from __future__ import annotations

import hashlib
import hmac

from msgspec import Struct

TOKEN_DIGITS = 32


class LinkSigner(Struct, frozen=True):
    """Signs and checks links with one secret, which lives as long as the account's records."""

    secret: bytes

    def token(self, path: str, expires: int) -> str:
        """Give the proof for a path that holds until `expires`."""
        message = f"{path}\n{expires}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:TOKEN_DIGITS]

    def sign(self, path: str, expires: int) -> str:
        """Give the path with its query."""
        return f"{path}?expires={expires}&token={self.token(path, expires)}"

    def is_valid(self, path: str, expires: str, token: str, now: float) -> bool:
        """Whether the link is ours and has not expired."""
        if not expires.isascii() or not expires.isdigit():
            return False
        proof = self.token(path, int(expires))
        return hmac.compare_digest(proof.encode(), token.encode()) and now < int(expires)
