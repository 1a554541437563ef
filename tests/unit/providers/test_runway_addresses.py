from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import httpx
import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.providers.runway.access import check_access
from runway_flow.providers.runway.addresses import (
    PUBLIC,
    Reach,
    is_public,
    locate,
    reach_of,
    resolve_host,
)

if TYPE_CHECKING:
    from runway_flow.providers.runway.addresses import Resolve


def answering(*addresses: str) -> Resolve:
    """Make a resolver that gives these addresses, and fails where there are none."""

    async def resolve(host: str) -> tuple[str, ...]:
        if not addresses:
            raise OSError(host)
        return addresses

    return resolve


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that must be refused
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    """Private, local, shared and reserved addresses are no place to fetch from, however they are written."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_taken(address: str) -> None:
    """Addresses of the internet pass, also behind an IPv6 form of theirs."""
    assert is_public(address)


async def test_the_connection_is_pinned_to_the_checked_address() -> None:
    """A second answer of the name server cannot lead elsewhere; the certificate is checked by name."""
    place = await locate("https://cdn.example/a.mp4?s=1", PUBLIC, answering("8.8.8.8", "1.1.1.1"))
    assert str(place.url) == "https://8.8.8.8/a.mp4?s=1"
    assert (place.headers, place.extensions) == ((("Host", "cdn.example"),), {"sni_hostname": "cdn.example"})


async def test_a_pinned_address_of_version_6_keeps_port_and_name() -> None:
    """Brackets and ports survive."""
    place = await locate("https://cdn.example:8443/a", PUBLIC, answering("2606:4700::1111"))
    assert str(place.url) == "https://[2606:4700::1111]:8443/a"
    assert place.headers == (("Host", "cdn.example:8443"),)


async def test_a_literal_public_address_may_be_used() -> None:
    """An address needs no name."""
    place = await locate("https://[2606:4700::1111]/a", PUBLIC, answering("2606:4700::1111"))
    assert place.headers == (("Host", "[2606:4700::1111]"),)


@pytest.mark.parametrize("address", [item for item in PRIVATE if "%" not in item and " " not in item])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """One address that is not public is enough to refuse a name."""
    with pytest.raises(ProviderError) as caught:
        await locate("https://cdn.example/a", PUBLIC, answering("8.8.8.8", address))
    assert caught.value.code is codes.URL_NOT_ACCEPTED


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1", "localhost"]
)
async def test_odd_spellings_of_loopback_are_refused_by_the_real_resolver(host: str) -> None:
    """What the system reads as 127.0.0.1 is 127.0.0.1; or the system does not read it at all."""
    with pytest.raises((ProviderError, Unreachable)):
        await locate(f"https://{host}/a", PUBLIC, resolve_host)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/a",
        "ftp://cdn.example/a",
        "file:///etc/passwd",
        "//cdn.example/a",
        "https://",
        "https://user:secret@cdn.example/a",
        "https://cdn.example:99999/a",
        "https://[::1/a",
        "https://cdn.example/" + "a" * 9000,
    ],
)
async def test_only_plain_https_addresses_are_fetched(url: str) -> None:
    """Other schemes, user names and malformed addresses are refused, without showing them."""
    with pytest.raises(ProviderError) as caught:
        await locate(url, PUBLIC, answering("8.8.8.8"))
    assert caught.value.code is codes.URL_NOT_ACCEPTED
    assert "secret" not in str(caught.value)


async def test_a_name_without_address_may_have_one_later() -> None:
    """A name server that does not answer is a matter of time."""
    with pytest.raises(Unreachable):
        await locate("https://cdn.example/a", PUBLIC, answering())

    async def nothing(host: str) -> tuple[str, ...]:
        assert host == "cdn.example"
        return ()

    with pytest.raises(Unreachable):
        await locate("https://cdn.example/a", PUBLIC, nothing)


async def test_an_api_on_loopback_leads_to_loopback_only() -> None:
    """An emulator's links stay on this machine."""
    reach = reach_of(check_access("http://127.0.0.1:1", "x"))
    place = await locate("http://127.0.0.1:2/a", reach, answering())
    assert str(place.url) == "http://127.0.0.1:2/a"
    with pytest.raises(ProviderError):
        await locate("https://cdn.example/a", reach, answering("8.8.8.8"))


async def test_a_host_that_the_user_named_is_reached_as_it_is() -> None:
    """A named API may keep its files on itself."""
    reach = reach_of(check_access("http://emulator:8787", "x", ["emulator"]))
    assert reach == Reach(loopback_only=False, hosts=frozenset({"emulator"}))
    place = await locate("http://emulator:8787/a", reach, answering())
    assert place.url == httpx.URL("http://emulator:8787/a")


async def test_behind_a_proxy_the_proxy_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy may know names that this machine does not; what is known to be inside is still refused."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for resolve in (answering("8.8.8.8"), answering()):
        place = await locate("https://cdn.example/a", PUBLIC, resolve)
        assert (str(place.url), place.is_proxied) == ("https://cdn.example/a", True)
    with pytest.raises(ProviderError):
        await locate("https://cdn.example/a", PUBLIC, answering("10.0.0.1"))


async def test_the_systems_resolver_gives_addresses() -> None:
    """A literal resolves to itself."""
    assert await resolve_host("127.0.0.1") == ("127.0.0.1",)
    assert ipaddress.ip_address((await resolve_host("::1"))[0]).is_loopback
