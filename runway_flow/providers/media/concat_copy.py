"""Decides whether clips can be joined without encoding, and how; only what was measured equal may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.providers.media.commands import (
    COPY_AUDIO,
    MP4_AUDIO_CODECS,
    MP4_VIDEO_CODECS,
    video_copy_flags,
)

if TYPE_CHECKING:
    from runway_flow.providers.media.concat_plan import Film
    from runway_flow.tools.streams import StreamFacts

_ISO_TYPES = ("video/mp4", "video/quicktime")


def can_copy(film: Film) -> bool:
    """Whether the packets of the clips, one after the other, are the film that is asked for.

    Parameter sets must be equal too: an mp4 has one of them. Sounds that outlast their pictures push the
    next clip back; they may not add up to half a frame.
    """
    first = film.clips[0].streams
    if film.overlap_frames or any(clip.is_trimmed for clip in film.clips):
        return False
    video = first.video
    if video is None or film.size != video.shown_size or film.source_rate != film.rate:
        return False
    if first.media_type not in _ISO_TYPES or video.codec not in MP4_VIDEO_CODECS or video.start:
        return False
    if any(_picture(clip.streams) != _picture(first) for clip in film.clips):
        return False
    return not film.has_sound or _sounds_fit(film)


def _picture(streams: StreamFacts) -> tuple[object, ...]:
    video = streams.video
    if video is None:
        return ()
    return (
        *(video.codec, video.profile, video.pix_fmt, video.width, video.height, video.sar),
        *(video.fps, video.time_base, video.start, video.is_turned, video.setup),
    )


def _sounds_fit(film: Film) -> bool:
    first = film.clips[0].streams.audio
    if first is None or first.codec not in MP4_AUDIO_CODECS:
        return False
    longer_by = 0.0
    for clip in film.clips:
        audio, video = clip.streams.audio, clip.streams.video
        if audio is None or video is None or len(clip.streams.languages) != 1:
            return False
        same = (audio.codec, audio.sample_rate, audio.channels, audio.setup)
        if same != (first.codec, first.sample_rate, first.channels, first.setup):
            return False
        longer_by += max(audio.seconds - video.seconds, 0.0)
    return longer_by <= 0.5 / film.rate


def copy_list(film: Film) -> str:
    """Write the list that ffmpeg's concat demuxer reads; every name in it is one that we made."""
    return "ffconcat version 1.0\n" + "".join(f"file {clip.source.name}\n" for clip in film.clips)


def copy_command(film: Film) -> tuple[str, ...]:
    """Give the flags that take the streams over as they are."""
    video = film.clips[0].streams.video
    codec = video.codec if video else ""
    sound = ("-map", "0:a:0", *COPY_AUDIO) if film.has_sound else ()
    return ("-map", "0:V:0", *video_copy_flags(codec), *sound)
