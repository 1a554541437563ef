"""How ratios and sizes may be spelt in a flow, as parts of the editor schema; made from the row's values.

What an editor completes is judged exactly: the row's own values, and the usual aspects with the usual sizes.
Other spellings (`32:18`, `16x9@1080P`) are left to `validate`, because no pattern could count them up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runway_flow.catalog.editor_parts import TEXT, Schema, any_of
from runway_flow.catalog.ratio_names import names_beside
from runway_flow.catalog.ratios import aspect_name, parse_wanted
from runway_flow.catalog.shorthands import RATIO_NAMES, RESOLUTION, Chosen, choose_ratio, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runway_flow.catalog.capability import Param

_LANDSCAPE = ("21:9", "2:1", "16:9", "3:2", "4:3", "5:4")
_ASPECTS = (*_LANDSCAPE, "1:1", *(":".join(reversed(aspect.split(":"))) for aspect in _LANDSCAPE))
_SIZES = ("480p", "720p", "1080p", "1440p", "2160p", "1K", "2K", "4K")
_WANTED = r"\s*\d{1,5}\s*[:xX×]\s*\d{1,5}\s*(?:@\s*\d{1,4}\s*[pPkK]\s*)?$"
_USUAL = rf"(?:{'|'.join(_ASPECTS)})(?:@(?:{'|'.join(_SIZES)}))?$"
_PIXELS = r"\d{3,5}[:x×]\d{3,5}$"

SPELLINGS: dict[str, Schema] = {
    "ratio": {"type": "string", "pattern": f"^{_WANTED}"},
    "unusual_ratio": {"type": "string", "pattern": f"^(?!{_USUAL})(?!{_PIXELS}){_WANTED}"},
    "unusual_aspect": {"type": "string", "pattern": f"^(?!{_USUAL}){_WANTED}"},
    "unusual_text": {"type": "string", "pattern": f"^(?!{_USUAL})"},
    "free_size": {
        "type": "string",
        "pattern": r"^\s*(?:\d{3,5}\s*[:xX×]\s*\d{3,5}|"
        r"\d{1,5}\s*[:xX×]\s*\d{1,5}\s*@\s*\d{1,4}\s*[pPkK])\s*$",
    },
}
"""Definitions of the patterns that several parameters share."""

ANY_SIZE: Schema = {"type": "string", "pattern": r"^\s*(?:\d{1,4}[pP]|[1248][kK])\s*$"}
"""The names of sizes that stand for a short side."""

ANY_RATIO, UNUSUAL_RATIO, UNUSUAL_ASPECT, UNUSUAL_TEXT, FREE_SIZE = (
    {"$ref": f"#/definitions/{name}"} for name in SPELLINGS
)


def takes_spellings(param: Param) -> bool:
    """Tell whether a parameter takes ratios or sizes in other forms than its values."""
    return param.name in RATIO_NAMES or (param.name == RESOLUTION and bool(texts_of(param.shape)))


def spellings_of(param: Param, siblings: Mapping[str, Param]) -> dict[str, str]:
    """Give every text that an editor completes, in order, with the value that it means."""
    values = texts_of(param.shape)
    found = {value: value for value in values}
    if param.name in RATIO_NAMES and values:
        names = filter(None, names_beside(param, siblings).values())
        for text in (*_ASPECTS, *names, *(f"{aspect}@{size}" for size in _SIZES for aspect in _ASPECTS)):
            chosen = choose_ratio(param, text, siblings)
            if isinstance(chosen, Chosen) and chosen.value in values:
                found.setdefault(text, chosen.value)
    return found


def ratio_forms(param: Param, siblings: Mapping[str, Param]) -> Iterator[Schema]:
    """Give the forms of a ratio, a size or a resolution: first what is completed, then what else may be."""
    spellings = spellings_of(param, siblings)
    if not spellings:
        # Any other ratio goes to the API as it is written.
        yield FREE_SIZE if param.name == "size" else TEXT
    else:
        yield {
            "type": "string",
            "enum": list(spellings),
            "enumDescriptions": [_about(param, text, value) for text, value in spellings.items()],
        }
        yield from _other_forms(param, spellings, siblings)
    values = list(texts_of(param.shape))
    listed: list[Schema] = [{"type": "string", "enum": values}] if values else []
    yield closest(any_of([ANY_RATIO, *listed, *([ANY_SIZE] if param.name == RESOLUTION else [])]))


def closest(target: Schema) -> Schema:
    """Give the form `{closest: …}`."""
    return {
        "type": "object",
        "description": "The accepted value that is nearest.",
        "additionalProperties": False,
        "required": ["closest"],
        "properties": {"closest": target},
    }


def _other_forms(param: Param, values: Iterable[str], siblings: Mapping[str, Param]) -> Iterator[Schema]:
    if param.name == RESOLUTION:
        yield {"type": "string", "pattern": _in_any_case(texts_of(param.shape))}
        yield ANY_RATIO
        return
    pixels = [found for value in values if (found := parse_wanted(value)) and found.is_pixels]
    if pixels:
        spelt = "|".join(f"{found.width}[:x×]{found.height}" for found in pixels if found.size is None)
        yield {"type": "string", "pattern": f"^(?:{spelt})$"}
    if any(variant.values is None for variant in param.shape.variants):
        yield UNUSUAL_TEXT
        return
    # Where the values are aspects, pixels name a size of `resolution`.
    yield UNUSUAL_ASPECT if not pixels and RESOLUTION in siblings else UNUSUAL_RATIO


def _in_any_case(words: Iterable[str]) -> str:
    spelt = (
        "".join(
            f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else re.escape(letter)
            for letter in word
        )
        for word in words
    )
    return rf"^\s*(?:{'|'.join(spelt)})\s*$"


def _about(param: Param, text: str, value: str) -> str:
    """Say what a text stands for: the value that a name means, the name of a value in pixels."""
    if text != value:
        return value
    known = (aspect_name(value), param.tiers.get(value))
    return ", ".join(part for part in known if part)
