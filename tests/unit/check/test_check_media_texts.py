"""Texts that stand where a medium belongs."""

from __future__ import annotations

import base64

import pytest

from runway_flow.check.media_texts import MAX_DATA_CHARS, MAX_HTTPS_CHARS, MAX_RUNWAY_CHARS, MediaTexts
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Span
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import FileMedium, InlineMedium, MediaKind, PinnedMedium, RemoteMedium
from runway_flow.spec.media_path import MediaPath
from tests.fakes.flows import FakeFiles

TEXTS = MediaTexts(FakeFiles(), "flows")
PNG = b"\x89PNG\r\n\x1a\n"


def encoded(data: bytes) -> str:
    """Write bytes in base64."""
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("lamp.png", "flows/lamp.png"),
        ("a/../lamp.png", "flows/lamp.png"),
        ("../lamp.png", "lamp.png"),
        ("/abs/lamp.png", "/abs/lamp.png"),
        ("ab: c.png", "flows/ab: c.png"),
        ("C:\\pictures\\lamp.png", "C:\\pictures\\lamp.png"),
    ],
)
def test_a_path_is_relative_to_the_flow_file(text: str, path: str) -> None:
    """Anything that is no address is a path; one with a drive is left as it is."""
    found = TEXTS.open(text)
    assert isinstance(found, FileMedium)
    assert found.path == path


def test_an_input_path_is_taken_as_it_is() -> None:
    """A path that came from an input is resolved already."""
    found = TEXTS.open(MediaPath("elsewhere/lamp.png", "lamp.png", Span("flow.yaml", 1, 1, 1, 2)))
    assert isinstance(found, FileMedium)
    assert found.path == "elsewhere/lamp.png"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/lamp.png?x=1#y",
        "HTTPS://example.com/lamp.png",
        "https://example.com/" + "a" * (MAX_HTTPS_CHARS - 20),
        "runway://uploads/1",
        "runway://abcd",
        "runway://" + "a" * (MAX_RUNWAY_CHARS - 9),
    ],
)
def test_an_address_is_kept_verbatim(text: str) -> None:
    """Runway reads it; we send and key it as it is."""
    assert TEXTS.open(text) == RemoteMedium(text)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("http://example.com/a.png", codes.URL_NOT_ACCEPTED, "`http://` addresses are not taken"),
        ("file:///a.png", codes.URL_NOT_ACCEPTED, "`file://` addresses are not taken"),
        ("https://example.com/" + "a" * MAX_HTTPS_CHARS, codes.URL_NOT_ACCEPTED, "2068 characters"),
        ("runway://" + "a" * MAX_RUNWAY_CHARS, codes.URL_NOT_ACCEPTED, "5009 characters"),
        ("runway://abc", codes.URL_NOT_ACCEPTED, "12 characters; Runway takes none of fewer than 13"),
        ("https://user:word@example.com/a.png", codes.URL_NOT_ACCEPTED, "secrets never stand in a flow"),
        ("https://example.com/a b.png", codes.URL_NOT_ACCEPTED, "a character that no address has"),
        ("https://example.com/\x00.png", codes.URL_NOT_ACCEPTED, "a character that no address has"),
        ("runway://uploads/\ud83d", codes.URL_NOT_ACCEPTED, "a character that no address has"),
        ("https://127.0.0.1/a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("https://[::1]/a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("https://[broken/a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("https://2130706433/a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("https://localhost/a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("https:///a.png", codes.URL_NOT_ACCEPTED, "a domain name"),
        ("data:image/png,abc", codes.URL_NOT_ACCEPTED, "not `data:TYPE;base64,…`"),
        ("data:nothing", codes.URL_NOT_ACCEPTED, "not `data:TYPE;base64,…`"),
        ("data:image/png;base64,a*b=", codes.URL_NOT_ACCEPTED, "not valid base64"),
        (f"data:image/png;base64,{encoded(b'no picture')}", codes.FILE_NOT_MEDIA, "says image/png"),
        ("data:image/png;base64," + "A" * MAX_DATA_CHARS, codes.FILE_TOO_LARGE, "characters, more than"),
        ("missing.png", codes.FILE_UNREADABLE, "does not exist"),
    ],
)
def test_what_cannot_be_used_says_why(text: str, code: codes.Code, said: str) -> None:
    """Other schemes, hosts without a name, limits of the API, data that are none."""
    found = TEXTS.open(text)
    assert isinstance(found, FileProblem)
    assert found.code is code
    assert said in found.message


@pytest.mark.parametrize(
    "head", ["data:image/png;base64,", "data:image/png;name=a.png;base64,", "DATA:text/x;BASE64,"]
)
def test_a_data_uri_is_known_by_its_bytes(head: str) -> None:
    """Its content decides what it is, not what it says."""
    found = TEXTS.open(head + encoded(PNG))
    assert isinstance(found, InlineMedium)
    assert (found.kind, found.digest, found.data) == (MediaKind.IMAGE, digest_bytes(PNG), PNG)


GOOD = {"url": "https://example.com/a.png", "sha256": "0" * 64}


def test_a_pinned_address_has_a_digest() -> None:
    """`{url, sha256}` is what the address promises to hold."""
    assert TEXTS.open(GOOD) == PinnedMedium(GOOD["url"], Digest(GOOD["sha256"]))


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "x" * 64},
        {"sha256": "0" * 63},
        {"sha256": 5},
        {"url": 5},
        {"url": "http://example.com/a.png"},
        {"url": "https://10.0.0.1/a.png"},
        {"more": 1},
    ],
)
def test_a_pinned_address_that_is_none_is_refused(change: dict[str, object]) -> None:
    """Both parts are texts of their form, and there are no others."""
    found = TEXTS.open({**GOOD, **change})
    assert isinstance(found, FileProblem)
    assert found.code is codes.URL_NOT_ACCEPTED
