"""rich's console for the live display, without its habit of ending the process when a pipe breaks."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class LiveConsole(Console):
    """A console whose broken pipe is an error like any other.

    rich 15.0 sends stdout to nowhere and raises `SystemExit`, which would cut a paid attempt short.
    """

    def on_broken_pipe(self) -> NoReturn:
        """Raise the `BrokenPipeError` that is being handled."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error
