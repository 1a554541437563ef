"""Which addresses we fetch from and send to ourselves, and where exactly we connect."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx
from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.providers.runway.access import is_loopback_host

if TYPE_CHECKING:
    from runway_flow.providers.runway.access import Access

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]
"""Gives the addresses of a host name. Raises `OSError` where there are none."""

_MAX_URL = 8192
_MAX_PORT = 65_535
_UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6 (RFC 3513, 4); what lies beside it is local, old or nobody's."""
_DOCUMENTATION = IPv6Network("3fff::/20")
"""RFC 9637; unknown to Python 3.11."""
_AZURE = IPv4Address("168.63.129.16")
"""A public address that inside Azure is the machine's own host (Microsoft, «IP address 168.63.129.16»)."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses that stand for IPv4 ones (RFC 6052)."""


class Reach(Struct, frozen=True):
    """What may be reached: `loopback_only`, else https at public addresses; and hosts that the user named."""

    loopback_only: bool = False
    hosts: frozenset[str] = frozenset()


PUBLIC = Reach()


def reach_of(access: Access) -> Reach:
    """Say where the API may send us for uploads and results: on loopback only to loopback."""
    named = frozenset({access.host}) if access.is_named else frozenset[str]()
    return Reach(access.is_loopback, named)


class Place(Struct, frozen=True):
    """Where to connect.

    `url` may hold the checked address instead of the name, so that a second answer of the name server
    cannot lead elsewhere; `headers` and `sni` then keep the name.
    """

    url: httpx.URL
    headers: tuple[tuple[str, str], ...] = ()
    sni: str | None = None
    is_proxied: bool = False

    @property
    def extensions(self) -> dict[str, str]:
        """What httpx needs to check the certificate against the name."""
        return {} if self.sni is None else {"sni_hostname": self.sni}


async def locate(url: str, reach: Reach, resolve: Resolve) -> Place:
    """Check an address and say where to connect.

    Raises `ProviderError` (`URL_NOT_ACCEPTED`) for what may not be reached, `Unreachable` where the
    name cannot be resolved. Messages name the host only: the rest of an address may be a secret.
    """
    parsed = _parse(url)
    host = parsed.host
    if host in reach.hosts:
        return Place(parsed)
    if reach.loopback_only:
        if not is_loopback_host(host):
            raise _refuse(f"the API on loopback named {host}, which is not on loopback")
        return Place(parsed)
    if parsed.scheme != "https":
        raise _refuse(f"{host} was to be reached by {parsed.scheme}; only https is used")
    return await _locate_public(parsed, resolve)


def _parse(url: str) -> httpx.URL:
    if len(url) > _MAX_URL:
        raise _refuse("the address is longer than 8192 characters")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _refuse("the address is not well formed") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise _refuse("the address is not one of the form https://host/…")
    if (parsed.port or 0) > _MAX_PORT:
        raise _refuse(f"the address of {parsed.host} has a port that does not exist")
    if parsed.userinfo:
        raise _refuse(f"the address of {parsed.host} holds a user name or password")
    return parsed


async def _locate_public(url: httpx.URL, resolve: Resolve) -> Place:
    is_proxied = _has_proxy(url.host)
    try:
        addresses = await resolve(url.host)
    except (OSError, UnicodeError) as error:
        if is_proxied:
            return Place(url, is_proxied=True)  # the proxy knows names that this machine does not
        raise Unreachable(f"the name {url.host} cannot be resolved") from error
    if not addresses:
        raise Unreachable(f"the name {url.host} has no address")
    if not all(is_public(address) for address in addresses):
        raise _refuse(f"{url.host} leads to an address that is not public")
    if is_proxied:
        return Place(url, is_proxied=True)
    port = "" if url.port is None else f":{url.port}"
    name = f"[{url.host}]" if ":" in url.host else url.host
    return Place(url.copy_with(host=addresses[0]), (("Host", f"{name}{port}"),), url.host)


def _refuse(message: str) -> ProviderError:
    return ProviderError(message, code=codes.URL_NOT_ACCEPTED)


def _has_proxy(host: str) -> bool:
    proxies = getproxies()
    return bool(proxies.get("https") or proxies.get("all")) and not proxy_bypass(host)


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, also when it stands for an IPv4 one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    address = _unwrap(address)
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address in _DOCUMENTATION):
        return False
    return (
        address != _AZURE
        and address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    )


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


async def resolve_host(host: str) -> tuple[str, ...]:
    """Ask the machine's resolver. Raises `OSError` where there is no answer."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(item[4][0]) for item in found))
