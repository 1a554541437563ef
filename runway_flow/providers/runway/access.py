"""Which key may go to which host; nothing is imported or opened here."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RUNWAY_URL = "https://api.dev.runwayml.com"
"""Where the API is (SDK 5.24.0, default of `base_url`)."""

RUNWAY_HOST = "api.dev.runwayml.com"

_KEY = re.compile(r"key_[0-9a-f]{128}")
"""The form of a key (API documentation, «Using the API»)."""

# One form, read by one expression: what two URL parsers read differently is refused.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?(?:/[A-Za-z0-9._~-]+)*/?"
)

CUSTOM_HEADERS = "RUNWAYML_CUSTOM_HEADERS"
"""A variable that the SDK reads by itself: headers for every request to the API."""


class Access(Struct, frozen=True):
    """A checked pair of address and key. `host` is lower case, without brackets and port."""

    base_url: str
    host: str
    is_loopback: bool
    is_named: bool
    key: str

    def __repr__(self) -> str:
        # The key is a secret: a trace or a log may show this object.
        return f"Access({self.base_url!r})"

    @property
    def realm(self) -> str:
        """The realm of what is made there: `runway`, `local` on loopback, else the host."""
        if self.is_loopback:
            return "local"
        return "runway" if self.host == RUNWAY_HOST else self.host

    @property
    def upload_realm(self) -> str:
        """What an upload is good for: the realm, and the account whose key made it.

        A key has 512 random bits, so the digest tells nothing of it; a loopback key may be guessable
        and is left out.
        """
        if self.is_loopback:
            return self.realm
        return f"{self.realm}:{digest_bytes(self.key.encode())[:16]}"


def check_access(base_url: str, key: str | None, allow_hosts: Iterable[str] = ()) -> Access:
    """Check that the key is one, and that it may go to this address.

    Raises `ProviderError`: `NO_KEY`, `KEY_REJECTED`, or `CONFIGURATION` for the address. The key is
    never part of a message.
    """
    found = _URL.fullmatch(base_url.strip())
    if found is None or int(found["port"] or 0) > 65535:  # noqa: PLR2004 - the highest port
        raise ProviderError(
            "the API's base URL is not an address of the form https://host[:port][/path]",
            code=codes.CONFIGURATION,
            hint=f"leave it out to use {RUNWAY_URL}",
        )
    host = found["host"].strip("[]").lower()
    is_loopback = is_loopback_host(host)
    is_named = host in {name.strip().strip("[]").lower() for name in allow_hosts}
    _check_host(host, is_allowed=is_loopback or is_named, is_secure=found["scheme"] == "https")
    return Access(base_url.strip(), host, is_loopback, is_named, check_key(key))


def _check_host(host: str, *, is_allowed: bool, is_secure: bool) -> None:
    if is_allowed or (host == RUNWAY_HOST and is_secure):
        return
    if host == RUNWAY_HOST:
        raise ProviderError(
            "the API's base URL is plain http, which would send the key unencrypted",
            code=codes.CONFIGURATION,
            hint=f"use {RUNWAY_URL}",
        )
    raise ProviderError(
        f"the API's base URL names {host}, which is not Runway's host; the key was not sent there",
        code=codes.CONFIGURATION,
        hint=f"if this is on purpose, run again with --allow-host {host}",
    )


def check_key(key: str | None) -> str:
    """Give the key without surrounding white space.

    A key with a line break or a letter outside ASCII would end up in a traceback of the HTTP library.
    Raises `ProviderError` (`NO_KEY`, `KEY_REJECTED`) without the key in it.
    """
    stripped = (key or "").strip()
    if not stripped:
        raise ProviderError(
            "there is no API key",
            code=codes.NO_KEY,
            hint="set RUNWAYML_API_SECRET, or run with --emulate",
        )
    if not all("!" <= letter <= "~" for letter in stripped):
        raise ProviderError(
            "the API key holds a space, a line break or a letter outside ASCII, so it cannot be one",
            code=codes.KEY_REJECTED,
            hint="copy it again into RUNWAYML_API_SECRET",
        )
    return stripped


def warnings_about(access: Access, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Say what is unusual and works all the same: key form, host, headers from the environment."""
    found: list[str] = []
    if access.host == RUNWAY_HOST and _KEY.fullmatch(access.key) is None:
        found.append("the API key does not have the form key_… with 128 hexadecimal digits")
    if access.host != RUNWAY_HOST and not access.is_loopback:
        found.append(f"the API key is sent to {access.host}, which is not Runway's host")
    if environ.get(CUSTOM_HEADERS):
        found.append(f"{CUSTOM_HEADERS} is set: its headers go with every request to the API")
    return tuple(found)


def is_loopback_host(host: str) -> bool:
    """Whether a host (name or address, without brackets) is this machine's loopback by its spelling."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
