"""`media/concat`: joins clips one after the other, as they are where that is exact, else made alike first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.commands import Source, mp4_flags
from runway_flow.providers.media.concat_copy import can_copy, copy_film, copy_list
from runway_flow.providers.media.concat_plan import (
    Clip,
    Film,
    Sound,
    encode_film,
    encode_sound,
    plan_film,
    plan_sound,
)
from runway_flow.providers.media.filters import FITS
from runway_flow.providers.media.settings import (
    read_choice,
    read_rate,
    read_seconds,
    wrong,
)
from runway_flow.providers.media.workshop import Promise

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.providers.media.workshop import Workshop

TRANSITIONS = frozenset(
    {
        *("circleclose", "circlecrop", "circleopen", "diagbl", "diagbr", "diagtl", "diagtr", "dissolve"),
        *("distance", "fade", "fadeblack", "fadegrays", "fadewhite", "hblur", "hlslice", "horzclose"),
        *("horzopen", "hrslice", "pixelize", "radial", "rectcrop", "slidedown", "slideleft", "slideright"),
        *("slideup", "smoothdown", "smoothleft", "smoothright", "smoothup", "squeezeh", "squeezev"),
        *("vdslice", "vertclose", "vertopen", "vuslice", "wipebl", "wipebr", "wipedown", "wipeleft"),
        *("wiperight", "wipetl", "wipetr", "wipeup", "zoomin"),
    }
)
"""The transitions of `xfade` in ffmpeg 5.1, the oldest that is used; `custom` would need an expression."""

CUT = "cut"
_AUDIO_FRAME_S = 1024 / 48_000
_LIST = "list.ffconcat"
_FILM, _SOUND = "out.mp4", "out.m4a"


async def perform(params: Mapping[str, object], shop: Workshop) -> tuple[Path, ...]:
    """Join `clips`; gives one mp4, or one m4a if all clips are sounds.

    Raises `MediaError` before anything runs if a clip is shorter than its overlaps or its trim.
    """
    clips = read_clips(params.get("clips"))
    transition = read_choice(params, "transition", {CUT, *TRANSITIONS}, CUT)
    overlap = 0.0 if transition == CUT else read_seconds(params.get("overlap", 0.5), "overlap")
    keeps_sound = read_choice(params, "audio", ("keep", "drop"), "keep") == "keep"
    if all(clip.streams.video is None for clip in clips):
        if not keeps_sound:
            raise MediaError(
                "audio: drop leaves nothing of clips that are sounds", code=codes.PARAMETER_COMBINATION
            )
        return (await _join_sounds(plan_sound(clips, overlap), shop),)
    _refuse_sounds(clips)
    film = plan_film(
        clips,
        size=params.get("size"),
        rate=read_rate(params.get("fps")),
        fit=read_choice(params, "fit", FITS, "contain"),
        transition=transition,
        overlap=overlap,
        keeps_sound=keeps_sound,
    )
    if can_copy(film):
        copied = await _copy(film, shop)
        if copied is not None:
            return (copied,)
    await shop.encode((*encode_film(film), *mp4_flags(_FILM)), film.seconds)
    return (await shop.check(_FILM, promise_of(film)),)


def read_clips(value: object) -> tuple[Clip, ...]:
    """Read `clips`: media, or `{media, start, end}`. Raises `MediaError`."""
    if not isinstance(value, tuple) or not value:
        raise wrong("clips", value or None, "a list of clips")
    return tuple(_read_clip(item, f"clip {number}") for number, item in enumerate(value, start=1))


def _read_clip(item: object, label: str) -> Clip:
    if isinstance(item, Source):
        return Clip(item, label)
    media = item.get("media") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(media, Source):
        raise wrong(label, item, "a medium or `{media, start, end}`")
    start, end = item.get("start"), item.get("end")
    return Clip(
        media,
        label,
        0.0 if start is None else read_seconds(start, f"{label}: start"),
        None if end is None else read_seconds(end, f"{label}: end"),
    )


def promise_of(film: Film) -> Promise:
    """Give what the joined film must be: its frames and size exactly known, one frame of slack."""
    return Promise(film.seconds, float(1 / film.rate), int(film.has_sound), film.frames, film.size)


async def _copy(film: Film, shop: Workshop) -> Path | None:
    """Join without encoding the picture; None if what came is not exact and must be encoded after all."""
    await shop.blocking((shop.folder / _LIST).write_text, copy_list(film), encoding="utf-8")
    try:
        await shop.encode((*copy_film(film, _LIST), *mp4_flags(_FILM)), film.seconds)
        return await shop.check(_FILM, promise_of(film))
    except MediaError as error:
        if error.code in (codes.MEDIA_FAILED, codes.MEDIA_UNEXPECTED):
            return None
        raise


async def _join_sounds(sound: Sound, shop: Workshop) -> Path:
    await shop.encode(encode_sound(sound, _SOUND), sound.seconds)
    # An AAC file lasts whole frames, and one more for what its encoder looks ahead.
    return await shop.check(_SOUND, Promise(sound.seconds, 2 * _AUDIO_FRAME_S, sounds=1))


def _refuse_sounds(clips: tuple[Clip, ...]) -> None:
    for clip in clips:
        if clip.streams.video is None:
            raise MediaError(
                f"{clip.label} is a sound among videos",
                code=codes.MEDIA_KIND,
                hint="join sounds with sounds; `media/mux` lays a sound under a video",
            )
