"""The only place that builds adapters: store, files, providers, emulator, from settings."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.errors import ProviderError, TablesUnusable
from runway_flow.kernel.files import FileProblem
from runway_flow.tools.clock import SystemClock
from runway_flow.tools.file_facts import DiskFiles, NoCache
from runway_flow.tools.plain_files import leads_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from runway_flow.catalog.catalog import Catalog
    from runway_flow.engine.ports import LocalProvider, TaskProvider
    from runway_flow.engine.records import Owner
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.clock import Clock
    from runway_flow.store.opening import OpenStore
    from runway_flow.tools.ffmpeg import Ffmpeg

POLL_FLOOR_S = 5.0
"""Runway asks for no more than one look at a task in five seconds (SDK 5.24.0 docstring)."""

EMULATOR_SPEED = 100.0
"""How much faster than Runway's the time of `--emulate` passes unless `--speed` says otherwise."""

KEY_VARIABLE = "RUNWAYML_API_SECRET"
URL_VARIABLE = "RUNWAYML_BASE_URL"


class Settings(Struct, frozen=True):
    """Everything that flags, environment and configuration decide for a command."""

    store: Path | None = None
    emulate: bool = False
    speed: float | None = None
    jobs: int | None = None
    budget: Credits | None = None
    allow_paths: tuple[Path, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    allow_unknown_price: bool = False
    allow_retired: bool = False
    allow_unknown_model: bool = False
    tables: Path | None = None
    ffmpeg: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def open_catalog(settings: Settings) -> Catalog:
    """Give the capability table with the user's own rows and prices, and what flags let through beside it.

    Raises `TablesUnusable` for a table of the user's that cannot be used.
    """
    from runway_flow.catalog.loader import load_catalog

    catalog = load_catalog()
    if settings.tables is not None:
        catalog = _with_tables(catalog, _shown(settings.tables))
    return catalog.admitting(retired=settings.allow_retired, unknown=settings.allow_unknown_model)


def _shown(path: Path) -> str:
    """Give a path as messages show it: from the current folder on where it lies below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _with_tables(catalog: Catalog, path: str) -> Catalog:
    from runway_flow.check.user_tables import read_tables
    from runway_flow.spec.reader import decode
    from runway_flow.tools.text_files import read_bytes

    data = read_bytes(path)
    if isinstance(data, FileProblem):
        found: Catalog | None = None
        diagnostics: tuple[Diagnostic, ...] = (Diagnostic(codes.TABLES, data.message, hint=data.hint),)
        text: str | Diagnostic = ""
    else:
        text = decode(data, path, codes.TABLES)
        if isinstance(text, Diagnostic):
            found, diagnostics = None, (text,)
        else:
            found, diagnostics = read_tables(text, path, catalog)
    if found is None:
        message = f"the table of your own models cannot be used: {path}"
        raise TablesUnusable(message, diagnostics, {path: text} if isinstance(text, str) else {})
    return found


class Session:
    """The adapters of one command; use it as a context. `can_write`: a run; without, nothing is written."""

    def __init__(self, settings: Settings, *, can_write: bool, clock: Clock | None = None) -> None:
        self.settings = settings
        self.can_write = can_write
        self.clock: Clock = clock or SystemClock()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @cached_property
    def catalog(self) -> Catalog:
        """What models can do. Raises `TablesUnusable` for a table of the user's that cannot be used."""
        return open_catalog(self.settings)

    @cached_property
    def store_root(self) -> Path:
        """Where the store is."""
        from runway_flow.store.layout import default_root

        return self.settings.store or default_root(self.settings.environ)

    @property
    def has_store(self) -> bool:
        """Whether there is a store already."""
        return (self.store_root / "state.db").exists()

    @cached_property
    def store(self) -> OpenStore:
        """The store. Raises `StoreError`."""
        from runway_flow.store.opening import open_store

        opened = self._open.enter_context(open_store(self.store_root, create=self.can_write))
        if self.can_write:
            self._stay(opened)
        return opened

    def _stay(self, opened: OpenStore) -> None:
        """Be seen from the first look into the store on: what was found there is not removed meanwhile."""
        from runway_flow.store.presence import presence

        self._owner = self._open.enter_context(presence(opened.layout, self.clock.now()))

    @property
    def owner(self) -> Owner:
        """This command as an owner of leases, until it ends. Raises `StoreError`; only if it can write."""
        _ = self.store
        return self._owner

    @cached_property
    def sole_store(self) -> OpenStore:
        """The store, used by nobody else. Raises `StoreError` (`STORE_BUSY`) naming who uses it."""
        from runway_flow.store.opening import open_store
        from runway_flow.store.presence import sole_use

        opened = self._open.enter_context(open_store(self.store_root, create=True))
        self._open.enter_context(sole_use(opened.layout, opened.state.describe_work()))
        return opened

    def is_present(self, owner: Owner) -> bool:
        """Whether another command still works on the store."""
        from runway_flow.store.presence import is_present

        return is_present(self.store.layout, owner)

    @cached_property
    def base_url(self) -> str:
        """The address of the API; not of the emulator of `--emulate`, which has none until it runs."""
        from runway_flow.providers.runway.access import RUNWAY_URL

        return self.settings.environ.get(URL_VARIABLE) or RUNWAY_URL

    @property
    def is_emulated(self) -> bool:
        """Whether no real credit can be spent."""
        return self.realm == "local"

    @cached_property
    def realm(self) -> str:
        """`local` for whatever listens on loopback, `runway` for Runway, else the host's name."""
        from runway_flow.providers.runway.access import RUNWAY_HOST, is_loopback_host

        host = (urlsplit(self.base_url).hostname or "").lower()
        if self.settings.emulate or is_loopback_host(host):
            return "local"
        return "runway" if host == RUNWAY_HOST else host

    @property
    def poll_min_s(self) -> float:
        """How close together two looks at one task may be."""
        if self.realm != "local":
            return POLL_FLOOR_S
        return POLL_FLOOR_S / self.speed

    @property
    def speed(self) -> float:
        """How much faster than Runway's the time of the emulator passes."""
        default = EMULATOR_SPEED if self.settings.emulate else 1.0
        return self.settings.speed or default

    def check_reachable(self) -> None:
        """Look whether anything could be submitted. Raises `ProviderError` (`NO_KEY`, exit 4)."""
        if self.settings.emulate or self.settings.environ.get(KEY_VARIABLE):
            return
        hint = f"set {KEY_VARIABLE}, or rehearse for nothing with `--emulate`"
        if self.settings.environ.get("RUNWAY_API_KEY"):
            hint = f"RUNWAY_API_KEY is set, but the API's variable is {KEY_VARIABLE}; or use `--emulate`"
        raise ProviderError(f"there is no API key: {KEY_VARIABLE} is not set", code=codes.NO_KEY, hint=hint)

    def readable(self, *folders: Path) -> tuple[Path, ...]:
        """Give the folders that a flow may read in: some, and those that were allowed."""
        return tuple(dict.fromkeys((*folders, *self.settings.allow_paths)))

    def files(self, *folders: Path, named: Iterable[str] = ()) -> DiskFiles:
        """Read the user's files in the folders that may be read.

        `named` are files that the user named himself: read if they are below the current folder. All that
        is there is not the flow's to read: it may be the home folder.
        """
        here = Path.cwd()
        own = (Path(path) for path in named if leads_into(path, here))
        allowed = (*self.readable(*folders), *own)
        cache = self.store.state if self.can_write or self.has_store else NoCache()
        return DiskFiles(allowed, cache, self.clock.now, record=self.can_write)

    def task_provider(self) -> TaskProvider:
        """Open the remote service, or start the emulator. Raises `ProviderError`."""
        from runway_flow.providers.runway.provider import RunwayProvider
        from runway_flow.tools.probe import probe

        self.check_reachable()
        base_url, key = self.base_url, self.settings.environ.get(KEY_VARIABLE)
        if self.settings.emulate:
            base_url, key = self._start_emulator(), "key_of_the_emulator"
        return RunwayProvider(
            base_url=base_url,
            key=key,
            blobs=self.store.blobs,
            state=self.store.state,
            clock=self.clock,
            probe=probe,
            allow_hosts=self.settings.allow_hosts,
            realm="emulator" if self.settings.emulate else None,
        )

    def _start_emulator(self) -> str:
        from runway_flow.emulator.options import EmulatorOptions
        from runway_flow.emulator.server import EmulatorThread

        folder = self.store.layout.emulator
        folder.mkdir(mode=0o700, exist_ok=True)
        ledger = folder / "ledger.ndjson"
        options = EmulatorOptions(speed=self.speed, state_path=folder / "state.db", ledger_path=ledger)
        return self._open.enter_context(EmulatorThread(options, self.clock, self.catalog)).base_url

    def local_provider(self) -> LocalProvider:
        """Offer the media operations of this machine; ffmpeg is looked for when it is needed."""
        from tempfile import TemporaryDirectory

        from runway_flow.providers.media.provider import MediaProvider

        folder = TemporaryDirectory(prefix="media-", dir=self.store.layout.drafts)
        work = Path(self._open.enter_context(folder))
        return MediaProvider(self._find_ffmpeg, self.store.blobs, work)

    def _find_ffmpeg(self) -> Ffmpeg:
        from runway_flow.tools.ffmpeg import find_ffmpeg

        return find_ffmpeg(self.settings.ffmpeg, self.settings.environ)
