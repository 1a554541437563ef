"""Media that try to make ffmpeg read something else than themselves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import Artifact, FileMedium, MediaFacts, MediaKind
from runway_flow.tools.probe import probe
from tests.fakes.clips import clip, look, run
from tests.fakes.local_media import LocalMedia

if TYPE_CHECKING:
    from pathlib import Path

DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
ATTACKS = {
    "dash": DASH.format(url="file://{secret}"),
    "dash_up": DASH.format(url="../secret.mp4"),
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "hls_http": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{secret}'\n",
    "text": "the quick brown fox\n" * 200,
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>',
    "svg_xml": '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    "lavfi": "movie={secret}",
}


@pytest.fixture
def media(tmp_path: Path) -> LocalMedia:
    """Make a provider."""
    return LocalMedia(tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Put a film where an attack wants to read it."""
    path = tmp_path / "secret.mp4"
    path.write_bytes(clip("blue").read_bytes())
    return path


def hostile(media: LocalMedia, content: bytes) -> Artifact:
    """Put bytes into the store that claim to be a film."""
    draft = media.blobs.draft()
    draft.write(content)
    facts = MediaFacts(MediaKind.VIDEO, "video/mp4", len(content), 64, 36, 1.0, 24.0, has_audio=True)
    return Artifact(draft.keep(), facts)


@pytest.mark.parametrize("name", sorted(ATTACKS))
@pytest.mark.parametrize("operation", ["media/concat", "media/mux", "media/frame"])
async def test_manifests_and_texts_are_refused(
    media: LocalMedia, secret: Path, name: str, operation: str
) -> None:
    """What is stored as a film and is a list, a page or text never reaches ffmpeg."""
    film = hostile(media, ATTACKS[name].replace("{secret}", str(secret)).encode())
    params: dict[str, object] = {"clips": (film,), "video": film, "audio": film}
    with pytest.raises(MediaError) as caught:
        await media.perform(operation, **params)
    assert caught.value.code is codes.FILE_NOT_MEDIA


@pytest.mark.parametrize("name", sorted(ATTACKS))
@pytest.mark.parametrize(
    "magic", [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"ID3\4\0\0\0\0\0\0", b"\x1a\x45\xdf\xa3"]
)
async def test_manifests_behind_a_signature(media: LocalMedia, secret: Path, name: str, magic: bytes) -> None:
    """A signature before a manifest makes it a broken film, not a manifest."""
    content = ATTACKS[name].replace("{secret}", str(secret)).encode()
    with pytest.raises(MediaError):
        await media.perform("media/concat", clips=(hostile(media, magic + b"\n" + content),))


@pytest.mark.parametrize("name", ["dash", "hls", "ffconcat", "text", "svg", "svg_xml"])
@pytest.mark.parametrize("suffix", ["mp4", "png", "m3u8"])
def test_probe_refuses_them_too(tmp_path: Path, secret: Path, name: str, suffix: str) -> None:
    """Whatever they are called, they have no facts as a film."""
    path = tmp_path / f"x.{suffix}"
    path.write_text(ATTACKS[name].replace("{secret}", str(secret)))
    if name == "svg":
        assert probe(path).media_type == "image/svg+xml"
        return
    with pytest.raises(MediaError):
        probe(path)


@pytest.mark.parametrize(
    "name",
    [
        "it's a film.mp4",
        '"quoted".mp4',
        "-vf.mp4",
        "--help",
        "concat:a|b.mp4",
        "subfile,,start,0,end,9,,:x.mp4",
        "pipe:0",
        "$(touch pwned).mp4",
        "a;b&c|d.mp4",
        "o%03d.mp4",
        "[0:v]null[v];movie=x.mp4",
        "новое видео 🎬.mp4",
        " spaces .mp4",
        "line\nbreak.mp4",
    ],
)
async def test_names_do_not_matter(media: LocalMedia, tmp_path: Path, name: str) -> None:
    """A user's file may be called anything: ffmpeg only sees names that we made."""
    if os.name == "nt":
        pytest.skip("Windows does not allow such names")
    path = tmp_path / name
    path.write_bytes(clip("red").read_bytes())
    medium = FileMedium(str(path), digest_bytes(path.read_bytes()), probe(path))
    voice = media.artifact(clip("voice"))
    film = await media.perform("media/mux", video=medium, audio=voice)
    assert len(look(film)) == 24
    assert not (tmp_path / "pwned").exists()


async def test_references_inside_an_mp4_are_not_followed(media: LocalMedia) -> None:
    """An mp4 that says its data is in another file gives nothing of that file."""
    plain = clip("red").read_bytes()
    # `url ` with flag 1 means «in this file»; a path instead would lead elsewhere.
    at = plain.index(b"url \0\0\0\1")
    tampered = bytearray(plain)
    tampered[at + 7] = 0
    film = await media.perform("media/concat", clips=(hostile(media, bytes(tampered)),), fps=25)
    assert {frame.middle for frame in look(film)} == {frame.middle for frame in look(clip("red"))}


async def test_huge_picture_in_a_small_file(media: LocalMedia, tmp_path: Path) -> None:
    """A film of enormous pictures is refused before a frame of it is decoded."""
    path = tmp_path / "huge.mp4"
    run("-f", "lavfi", "-i", "color=black:s=8000x6400:r=1:d=1", "-c:v", "mjpeg", "-q:v", "31", str(path))
    film = hostile(media, path.read_bytes())
    for operation, params in (("media/frame", {"video": film}), ("media/concat", {"clips": (film,)})):
        with pytest.raises(MediaError):
            await media.perform(operation, **params)


async def test_frames_a_day_apart(media: LocalMedia, tmp_path: Path) -> None:
    """Two frames that are a day apart do not become millions."""
    path = tmp_path / "day.mp4"
    run(
        *("-f", "lavfi", "-i", "color=red:s=64x36:r=1:d=2", "-vf", "setpts=N*86400/TB"),
        *("-fps_mode", "vfr", "-c:v", "libx264", str(path)),
    )
    with pytest.raises(MediaError, match="at most 3 h"):
        await media.perform("media/concat", clips=(hostile(media, path.read_bytes()),), fps=30)
