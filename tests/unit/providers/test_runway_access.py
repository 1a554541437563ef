from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError
from runway_flow.providers.runway.access import (
    RUNWAY_URL,
    check_access,
    check_key,
    is_loopback_host,
    warnings_about,
)
from tests.fakes.runway_api import CANARY


def test_runways_own_host_gets_the_key() -> None:
    """The default address is accepted as it is."""
    access = check_access(RUNWAY_URL, CANARY)
    assert (access.host, access.realm, access.is_loopback) == ("api.dev.runwayml.com", "runway", False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8787", "http://localhost", "http://[::1]:9/", "http://127.9.9.9"]
)
def test_loopback_gets_any_key(url: str) -> None:
    """An emulator takes any key, over plain http, and its realm is `local`."""
    access = check_access(url, "x")
    assert (access.is_loopback, access.realm, access.upload_realm) == (True, "local", "local")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://api.dev.runwayml.com.evil.example",
        "https://evil-api.dev.runwayml.com",
        "https://127.0.0.1.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://169.254.169.254/latest",
        "http://api.dev.runwayml.com",
    ],
)
def test_other_hosts_do_not_get_the_key(url: str) -> None:
    """A key goes to Runway, to loopback by its plain names, or nowhere."""
    with pytest.raises(ProviderError) as caught:
        check_access(url, CANARY)
    assert caught.value.code is codes.CONFIGURATION
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.dev.runwayml.com",
        "ftp://api.dev.runwayml.com",
        "https://user:pass@api.dev.runwayml.com",
        "https://api.dev.runwayml.com\\@evil.example",
        "https://api.dev.runwayml.com?x=1",
        "https://api.dev.runwayml.com#x",
        "https://api.dev.runwayml.com:70000",
        "https://api.dev.runwayml.com/../x y",
    ],
)
def test_an_address_of_another_form_is_refused(url: str) -> None:
    """What two parsers could read differently is not read at all."""
    with pytest.raises(ProviderError) as caught:
        check_access(url, CANARY)
    assert caught.value.code is codes.CONFIGURATION


def test_a_refused_host_names_the_flag() -> None:
    """The message says what to do if it was on purpose."""
    with pytest.raises(ProviderError) as caught:
        check_access("https://proxy.example", CANARY)
    assert caught.value.hint == "if this is on purpose, run again with --allow-host proxy.example"


def test_a_host_that_the_user_named_gets_the_key() -> None:
    """The flag opens exactly that host; its realm is its name."""
    access = check_access("https://Proxy.Example:8443/base", CANARY, [" proxy.example "])
    assert (access.is_named, access.realm) == (True, "proxy.example")


def test_uploads_belong_to_the_account() -> None:
    """Another key means another account, which cannot read the first one's uploads."""
    one = check_access(RUNWAY_URL, CANARY)
    other = check_access(RUNWAY_URL, CANARY.replace("c", "d"))
    assert one.upload_realm != other.upload_realm
    assert one.upload_realm.startswith("runway:")


@pytest.mark.parametrize("key", [None, "", "  \n"])
def test_no_key_says_so(key: str | None) -> None:
    """Without a key the error names the variable and the way without one."""
    with pytest.raises(ProviderError) as caught:
        check_key(key)
    assert caught.value.code is codes.NO_KEY
    assert caught.value.hint == "set RUNWAYML_API_SECRET, or run with --emulate"


@pytest.mark.parametrize("key", ["ab\ncd", "ab cd", "schlüssel", "ab\x00cd", "ab\x7f"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    """Line breaks and letters outside ASCII would land in a traceback of the HTTP library."""
    with pytest.raises(ProviderError) as caught:
        check_key(key)
    assert caught.value.code is codes.KEY_REJECTED
    assert key not in str(caught.value)


def test_white_space_around_a_key_is_dropped() -> None:
    """A copied key often ends with a line break."""
    assert check_key(f" {CANARY}\r\n") == CANARY


def test_the_key_is_not_in_the_representation() -> None:
    """Printing what was checked shows no key."""
    assert CANARY not in repr(check_access(RUNWAY_URL, CANARY))


def test_a_usual_setting_gives_no_warning() -> None:
    """A proper key for Runway's host is nothing to talk about."""
    assert warnings_about(check_access(RUNWAY_URL, CANARY), {}) == ()


def test_unusual_settings_are_told() -> None:
    """Key form, host and headers from the environment are warned of; the key is not shown."""
    assert warnings_about(check_access(RUNWAY_URL, "abc"), {}) == (
        "the API key does not have the form key_… with 128 hexadecimal digits",
    )
    named = check_access("https://proxy.example", "abc", ["proxy.example"])
    assert warnings_about(named, {"RUNWAYML_CUSTOM_HEADERS": "X-A: b"}) == (
        "the API key is sent to proxy.example, which is not Runway's host",
        "RUNWAYML_CUSTOM_HEADERS is set: its headers go with every request to the API",
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("LocalHost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::2", False),
        ("::ffff:8.8.8.8", False),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_told_by_its_spelling(host: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Only the name `localhost` and literal addresses count; nothing is resolved."""
    assert is_loopback_host(host) is expected
