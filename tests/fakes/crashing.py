"""A process that dies at its n-th effect, before it or right after, or whose disk is full from then on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from runway_flow.kernel.codes import DISK_FULL
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from runway_flow.engine.executor import Ports


class Crash(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Fuse:
    """Counts moments; at the `at`-th, and ever after, it raises `Crash`."""

    at: int | None = None
    count: int = 0
    where: str = ""

    def burn(self, where: str) -> None:
        """Pass one moment. Raises `Crash` if it is the last."""
        self.count += 1
        if self.at is not None and self.count >= self.at:
            self.where = self.where or where
            raise Crash(where)


_WRITES = frozenset(
    [
        "intend",
        "mark_submitted",
        "close_attempt",
        "record",
        "acquire_lease",
        "release_lease",
        "put_file",
    ]
)


class FullDisk(Fuse):
    """Counts what the store writes; from the `at`-th moment on the disk is full, and the process lives."""

    def burn(self, where: str) -> None:
        """Pass one moment. Raises `StoreError` (`DISK_FULL`) if nothing can be written any more."""
        if where.split()[1] not in _WRITES:
            return
        try:
            super().burn(where)
        except Crash:
            raise StoreError("the disk of the store is full", code=DISK_FULL) from None


class Fused:
    """Any port, with a moment before and one after each call of it."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        """Give the method of the port with its two moments."""
        method = getattr(self._inner, name)
        if not callable(method) or name == "aclose":  # connections end with their process
            return method
        fuse = self._fuse

        if inspect.iscoroutinefunction(method):

            @wraps(method)
            async def waited(*args: object, **kwargs: object) -> object:
                fuse.burn(f"before {name}")
                value = await method(*args, **kwargs)
                fuse.burn(f"after {name}")
                return value

            return waited

        @wraps(method)
        def called(*args: object, **kwargs: object) -> object:
            fuse.burn(f"before {name}")
            value = method(*args, **kwargs)
            fuse.burn(f"after {name}")
            return value

        return called


def fused(ports: Ports, fuse: Fuse) -> Ports:
    """Give the ports of a process that dies by this fuse."""
    provider = ports.tasks

    def fuse_of(inner: object) -> Any:  # noqa: ANN401 - it stands for any port
        return Fused(inner, fuse)

    return replace(
        ports,
        tasks=lambda: fuse_of(provider()),
        local=fuse_of(ports.local),
        blobs=fuse_of(ports.blobs),
        state=fuse_of(ports.state),
        events=fuse_of(ports.events),
        binder=fuse_of(ports.binder),
    )
