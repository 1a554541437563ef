"""Joins clips without encoding their pictures: only what was measured equal may, the sound is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.providers.media.commands import (
    ENCODE_AUDIO,
    MP4_VIDEO_CODECS,
    input_flags,
    list_flags,
    seconds_text,
    video_copy_flags,
)
from runway_flow.providers.media.concat_plan import sound_parts

if TYPE_CHECKING:
    from runway_flow.providers.media.concat_plan import Film
    from runway_flow.tools.streams import StreamFacts

_ISO_TYPES = ("video/mp4", "video/quicktime")


def can_copy(film: Film) -> bool:
    """Whether the pictures' packets, one clip after the other, are the film that is asked for.

    Parameter sets must be equal too: an mp4 has one of them.
    """
    first = film.clips[0].streams
    video = first.video
    if video is None or film.overlap_frames or any(clip.is_trimmed for clip in film.clips):
        return False
    if film.size != video.shown_size or film.source_rate != film.rate or video.start:
        return False
    if first.media_type not in _ISO_TYPES or video.codec not in MP4_VIDEO_CODECS:
        return False
    return all(_picture(clip.streams) == _picture(first) for clip in film.clips)


def _picture(streams: StreamFacts) -> tuple[object, ...]:
    video = streams.video
    if video is None:
        return ()
    return (
        *(video.codec, video.profile, video.pix_fmt, video.width, video.height, video.sar),
        *(video.fps, video.time_base, video.start, video.is_turned, video.setup),
    )


def copy_list(film: Film) -> str:
    """Write the list that ffmpeg's concat demuxer reads; every name in it is one that we made.

    Each length is that of the picture: left to itself the demuxer takes the longest stream's, and a sound
    that goes on for a packet more pushes the next clip back.
    """
    lines = ["ffconcat version 1.0"]
    for clip, span in zip(film.clips, film.spans, strict=True):
        lines += [f"file {clip.source.name}", f"duration {seconds_text(float(span.count / film.rate))}"]
    return "\n".join(lines) + "\n"


def copy_film(film: Film, list_name: str) -> tuple[str, ...]:
    """Give the arguments that join the clips of the list, up to the container's.

    The sound is decoded and encoded: AAC packets do not end where pictures do, so that packets of two
    clips overlap at a join (measured: ffmpeg 9.0.2 reports times that go back). `-copyts`: the list begins
    where its first sound's encoder began to look ahead, 21 ms before the picture, which must stay at 0.
    """
    video = film.clips[0].streams.video
    picture = ("-map", "0:V:0", *video_copy_flags(video.codec if video else ""))
    if not film.has_sound:
        return ("-copyts", *list_flags(list_name), *picture)
    inputs = [flag for clip in film.clips for flag in input_flags(clip.source)]
    graph = ";".join(sound_parts(film, first_input=1))
    sound = ("-filter_complex", graph, *picture, "-map", "[a]", *ENCODE_AUDIO)
    return ("-copyts", *list_flags(list_name), *inputs, *sound)
