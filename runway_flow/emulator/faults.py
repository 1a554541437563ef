"""The language of `--fault`: where a fault strikes, what it does, and which of the matching calls it hits."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.emulator.endings import FAILURE_CODE
from runway_flow.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PLACES = {
    "create": ("POST", "/v1/*"),
    "poll": ("GET", "/v1/*/*"),
    "download": ("GET", "/outputs/*"),
    "upload": ("POST", "/v1/uploads"),
    "deliver": ("POST", "/uploads/*"),
    "account": ("GET", "/v1/organization"),
    "cancel": ("DELETE", "/v1/tasks/*"),
    "any": ("*", "*"),
}
"""Names of places: the method and the path, with `*` for any text."""
_NOT_CREATED = ("/v1/uploads", "/v1/organization/usage")


def _number(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e9:  # noqa: PLR2004 - a billion of anything is a slip
        raise ValueError
    return value


def _signed(text: str) -> float:
    return -_number(text[1:]) if text.startswith("-") else _number(text)


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _status(text: str) -> int:
    value = int(text)
    if not 200 <= value <= 599:  # noqa: PLR2004 - what HTTP has for final answers
        raise ValueError
    return value


def _code(text: str) -> str:
    if not FAILURE_CODE.fullmatch(text):
        raise ValueError
    return text


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Z_]+", text):
        raise ValueError
    return text


def _url(text: str) -> str:
    if not re.match(r"https?://|/", text):
        raise ValueError
    return text


KINDS: dict[str, tuple[Callable[[str], str | float] | None, str]] = {
    "status": (_status, "a status from 200 to 599"),
    "late-status": (_status, "a status from 200 to 599"),
    "delay": (_number, "seconds"),
    "hang": (None, ""),
    "late-hang": (None, ""),
    "reset": (None, ""),
    "late-reset": (None, ""),
    "half": (None, ""),
    "short": (None, ""),
    "corrupt": (None, ""),
    "trickle": (_number, "seconds between bytes"),
    "redirect": (_url, "an address"),
    "html": (None, ""),
    "bomb": (_count, "megabytes"),
    "state": (_word, "a status in capitals"),
    "skew": (_signed, "seconds"),
    "expire": (None, ""),
    "fail": (_code, "a failure code"),
    "cancelled": (None, ""),
    "throttle": (None, ""),
    "estimate": (_number, "a factor"),
}
"""What a fault does: how its value is read, if it has one, and what that is."""

FATES = ("fail", "cancelled", "throttle", "estimate")
"""Kinds that decide what becomes of the task that a call creates."""

WHENS: dict[str, tuple[Callable[[str], float], str]] = {
    "nth": (_count, "a number from 1"),
    "first": (_count, "a number from 1"),
    "every": (_count, "a number from 1"),
    "times": (_count, "a number from 1"),
    "p": (_share, "a chance from 0 to 1"),
    "retry-after": (_number, "seconds"),
}


class Fault(Struct, frozen=True):
    """One fault. Without conditions it hits every matching call.

    `nth`: only that call · `first`: only so many first calls · `every`: each n-th · `times`: at most so many
    hits · `chance`: a share of them. `retry_after`: the header that goes with a status, in seconds.
    """

    text: str
    method: str
    path: str
    kind: str
    value: str | float | None = None
    nth: int | None = None
    first: int | None = None
    every: int | None = None
    times: int | None = None
    chance: float | None = None
    retry_after: float | None = None

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a call is at the place of this fault."""
        if self.path == PLACES["create"][1] and path in _NOT_CREATED:
            return False
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def counts(self, call: int) -> bool:
        """Tell whether the matching call of this number, from 1, is among those that are hit."""
        return (
            (self.nth is None or call == self.nth)
            and (self.first is None or call <= self.first)
            and (self.every is None or call % self.every == 0)
        )


@dataclass(slots=True)
class _Tally:
    calls: int = 0
    hits: int = 0


@dataclass(slots=True)
class FaultSchedule:
    """Counts calls and says which fault hits; the same seed and calls give the same hits."""

    faults: tuple[Fault, ...]
    seed: int = 0
    _tallies: dict[int, _Tally] = field(default_factory=dict)
    _chances: dict[int, random.Random] = field(default_factory=dict)

    def strike(self, method: str, path: str) -> Fault | None:
        """Count a call for every fault that covers it; give the first fault that hits it, or None."""
        struck = None
        for place, fault in enumerate(self.faults):
            if not fault.covers(method, path):
                continue
            tally = self._tallies.setdefault(place, _Tally())
            tally.calls += 1
            is_hit = fault.counts(tally.calls) and self._chance(place, fault)
            if is_hit and struck is None and (fault.times is None or tally.hits < fault.times):
                tally.hits += 1
                struck = fault
        return struck

    def _chance(self, place: int, fault: Fault) -> bool:
        if fault.chance is None:
            return True
        chances = self._chances.setdefault(place, random.Random(f"{self.seed}/{place}"))  # noqa: S311 - no secret
        return chances.random() < fault.chance


def parse_fault(text: str) -> Fault:
    """Read `PLACE[:ENDPOINT] KIND[=VALUE] [CONDITION=VALUE …]`. Raises `ValueError`: what is accepted."""
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 - a place and a kind
        raise ValueError(f"`{text}` is not `PLACE KIND`, such as `create status=503 first=2`")
    place, what, *conditions = words
    method, path = _read_place(place)
    kind, value = _read_kind(what)
    if kind in FATES and (method, path.partition("*")[0]) == ("GET", "/v1/"):
        raise ValueError(f"`{kind}` is decided when a task is created: `create {kind}`")
    given: dict[str, float] = {}
    for condition in conditions:
        name, found = _read_condition(condition)
        given[name] = found
    return Fault(text, method, path, kind, value, **given)  # type: ignore[arg-type] # each reader gives its type


def _read_place(text: str) -> tuple[str, str]:
    name, _, rest = text.partition(":")
    if re.fullmatch(r"[A-Z]+|\*", name) and rest.startswith(("/", "*")):
        return name, rest
    if name not in PLACES:
        raise ValueError(_no_such("place", name, PLACES) + ", or METHOD:PATH")
    method, path = PLACES[name]
    if not rest:
        return method, path
    if name != "create":
        raise ValueError(f"only `create` takes an endpoint, not `{name}`")
    return method, f"/v1/{rest}"


def _read_kind(text: str) -> tuple[str, str | float | None]:
    name, has_value, value = text.partition("=")
    if name not in KINDS:
        raise ValueError(_no_such("fault", name, KINDS))
    read, meaning = KINDS[name]
    if read is None:
        if has_value:
            raise ValueError(f"`{name}` takes no value")
        return name, None
    try:
        return name, read(value)
    except ValueError:
        raise ValueError(f"`{name}` takes {meaning}, not `{value}`") from None


def _read_condition(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    if name not in WHENS:
        raise ValueError(_no_such("condition", name, WHENS))
    read, meaning = WHENS[name]
    try:
        found = read(value)
    except ValueError:
        raise ValueError(f"`{name}` takes {meaning}, not `{value}`") from None
    return {"p": "chance", "retry-after": "retry_after"}.get(name, name), found


def _no_such(what: str, name: str, known: Collection[str]) -> str:
    near = did_you_mean(name, known)
    return f"`{name}` is no {what}{f' ({near})' if near else ''}; accepted: {', '.join(known)}"
