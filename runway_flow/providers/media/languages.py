"""Language codes as mp4 tracks carry them: three letters (ISO 639-2/T) from what people write."""

from __future__ import annotations

import re

_TWO_TO_THREE = {
    "ar": "ara",
    "bg": "bul",
    "bn": "ben",
    "ca": "cat",
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "et": "est",
    "fa": "fas",
    "fi": "fin",
    "fil": "fil",
    "fr": "fra",
    "he": "heb",
    "hi": "hin",
    "hr": "hrv",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "lt": "lit",
    "lv": "lav",
    "ms": "msa",
    "nl": "nld",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ro": "ron",
    "ru": "rus",
    "sk": "slk",
    "sl": "slv",
    "sr": "srp",
    "sv": "swe",
    "ta": "tam",
    "te": "tel",  # codespell:ignore te
    "th": "tha",  # codespell:ignore tha
    "tr": "tur",
    "uk": "ukr",
    "ur": "urd",
    "vi": "vie",  # codespell:ignore vie
    "zh": "zho",
}
_THREE = re.compile(r"[a-z]{3}")

UNDETERMINED = "und"


def language_code(text: str) -> str:
    """Give the three letters for `es`, `es-MX`, `pt_BR` or `spa`; `und` for what is no language code."""
    primary = re.split(r"[-_]", text.strip().lower())[0]
    if primary in _TWO_TO_THREE:
        return _TWO_TO_THREE[primary]
    return primary if _THREE.fullmatch(primary) else UNDETERMINED
