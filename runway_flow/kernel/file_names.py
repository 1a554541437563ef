"""Names of files that we make: safe on every system, and told apart without regard to case."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME_BYTES = 200
"""Room for an extension and a temporary name below the 255 bytes that file systems commonly allow."""

# Microsoft, «Naming Files, Paths, and Namespaces»: these signs separate or select, and these names are
# devices, with any extension; a name ends neither with a dot nor with a space.
# Signs that are not seen, or turn around what follows, let a name pass for another (`reel\u202e4pm.sh`);
# U+200C and U+200D belong to scripts and emoji.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\s\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f'
    r"\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+"
)
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Give a name for one file or folder: unsafe characters become `-`.

    It is in Unicode's form C, never empty, no path, not hidden, no option, no device of Windows, and has
    at most `MAX_NAME_BYTES` in UTF-8.
    """
    name = unicodedata.normalize("NFC", _UNSAFE.sub("-", text)).lstrip(".-")
    name = name.encode("utf-8")[:MAX_NAME_BYTES].decode("utf-8", "ignore").rstrip(".-")
    device = _DEVICE.match(name)
    if device:
        name = f"{device.group(1)}-{name[device.end(1) :]}"
    return name or "-"


def is_safe_path(path: str) -> bool:
    """Whether a relative path (parts joined by `/`) names a file below its folder on every system."""
    return all(_is_safe_part(part) for part in path.split("/"))


def _is_safe_part(part: str) -> bool:
    is_odd = not part or part.startswith(".") or part.endswith(".")
    return not (is_odd or _UNSAFE.search(part) or _DEVICE.match(part))


def collisions(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Give the groups of relative paths that some file system takes for one, each in the given order.

    Case and Unicode form do not count (Windows, macOS). A file that would also be a folder of another
    path collides with that path.
    """
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(fold_path(path), []).append(path)
    found = [tuple(group) for group in groups.values() if len(group) > 1]
    for folded, group in groups.items():
        found += [(groups[parent][0], group[0]) for parent in _parents(folded) if parent in groups]
    return tuple(found)


def fold_path(path: str) -> str:
    """Give the form in which two paths that some file system takes for one are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
