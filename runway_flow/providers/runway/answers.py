"""Reads the service's answers tolerantly: what is not what it should be is None."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from runway_flow.engine.service import Issue
from runway_flow.kernel.redaction import excerpt, redact

if TYPE_CHECKING:
    from runway_flow.kernel.amounts import Credits

MAX_RETRY_AFTER_S = 300.0
"""The longest wait that a service may ask for; the engine's own budget of patience comes on top."""

_TASK_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

JsonObject = Mapping[str, object]


def read_object(content: bytes) -> JsonObject | None:
    """Read a JSON object; None if it is anything else (HTML, a list, cut, nested without end)."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def object_at(value: object, key: str) -> JsonObject:
    """Give the object under a key; an empty one if there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text_at(value: JsonObject, key: str) -> str | None:
    """Give the text under a key, or None."""
    found = value.get(key)
    return found if isinstance(found, str) else None


def number(value: object) -> float | int | None:
    """Give a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def count(value: object) -> int | None:
    """Give a whole number that is not negative, or None."""
    found = number(value)
    return int(found) if found is not None and found >= 0 else None


def credits_at(value: object, key: str) -> Credits | None:
    """Give `value[key].credits`, or None."""
    found = number(object_at(value, key).get("credits"))
    return Decimal(str(found)) if found is not None and found >= 0 else None


def task_id(value: object) -> str | None:
    """Give a task's id, or None: ids are UUIDs (SDK 5.24.0, docstring of `tasks.retrieve`)."""
    return value if isinstance(value, str) and _TASK_ID.fullmatch(value) else None


def complaint(body: JsonObject | None) -> str | None:
    """Give the `error` of a refusal, without secrets, on one line; None if there is none."""
    text = text_at(body or {}, "error")
    return excerpt(redact(text)) if text else None


def issues(body: JsonObject | None) -> tuple[Issue, ...]:
    """Give what a 400 complains of: `{issues: [{code, path, message}]}`."""
    found = (body or {}).get("issues")
    if not isinstance(found, list):
        return ()
    return tuple(_issue(item) for item in found if isinstance(item, Mapping))


def _issue(item: JsonObject) -> Issue:
    path = item.get("path")
    parts = path if isinstance(path, list) else path.split(".") if isinstance(path, str) and path else []
    message = text_at(item, "message") or text_at(item, "code") or "not accepted"
    return Issue(tuple(_part(part) for part in parts), excerpt(redact(message)))


def _part(part: object) -> str | int:
    return part if isinstance(part, int) else str(part)


def retry_after(header: str | None, now: float) -> float | None:
    """Read `Retry-After` (seconds or a date, RFC 9110 10.2.3) as seconds from `now`, capped."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header, now)
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _seconds_until(date: str, now: float) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
