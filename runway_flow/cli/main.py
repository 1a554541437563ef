"""The program: finds the command, turns every failure into a message and an exit code."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GARBAGE_THRESHOLD = 200_000

SIGPIPE_EXIT = 141
"""What a shell reports for a program that SIGPIPE ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        # Asked most often by other programs: answered without loading anything.
        from runway_flow import __version__

        sys.stdout.write(f"runway-flow {__version__}\n")
        return 0
    _prepare_streams()
    # A flow is a large tree without cycles: looking for garbage in it again and again finds none, and
    # nearly doubles the time to read it (10,000 steps: 1.1 s instead of 0.6 s).
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 20)
    try:
        code = _guarded(given)
    except BrokenPipeError:
        code = SIGPIPE_EXIT
    _give_up_broken_streams()
    return code


def _guarded(given: list[str]) -> int:
    """Run a command line. Raises nothing but `BrokenPipeError`: whoever reads us is gone."""
    from click import ClickException, exceptions

    from runway_flow.cli.failures import exit_after, exit_after_bug, exit_after_usage
    from runway_flow.cli.printing import print_message
    from runway_flow.cli.program import invoke
    from runway_flow.cli.screens import help_screen
    from runway_flow.kernel.codes import ExitCode
    from runway_flow.kernel.errors import RunwayFlowError

    try:
        return invoke(given, help_screen(given))
    except exceptions.Exit as exit_:
        return exit_.exit_code
    except ClickException as error:
        return exit_after_usage(error, given)
    except RunwayFlowError as error:
        return exit_after(error, given)
    except (KeyboardInterrupt, exceptions.Abort):
        print_message("\ninterrupted\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the one place that catches all: what is left is our bug
        return exit_after_bug(error, given)


def _prepare_streams() -> None:
    """See to it that no text can fail to be written: it is escaped where the encoding cannot take it."""
    import os

    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before we began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - ends with us
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _give_up_broken_streams() -> None:
    """Send what a broken stream still holds to nowhere: Python would complain when it closes the stream."""
    import os
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
