"""The program: finds the command, turns every failure into a message and an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        # Asked most often by other programs: answered without loading anything.
        from runway_flow import __version__

        sys.stdout.write(f"runway-flow {__version__}\n")
        return 0
    return _guarded(given)


def _guarded(given: list[str]) -> int:
    from click import ClickException, exceptions

    from runway_flow.cli.failures import exit_after, exit_after_bug
    from runway_flow.cli.program import program
    from runway_flow.kernel.codes import ExitCode
    from runway_flow.kernel.errors import RunwayFlowError

    try:
        answer = program.main(given, prog_name="runway-flow", standalone_mode=False)
    except exceptions.Exit as exit_:
        return exit_.exit_code
    except exceptions.Abort:
        return ExitCode.INTERRUPTED
    except ClickException as error:
        error.show()
        return ExitCode.USAGE
    except RunwayFlowError as error:
        return exit_after(error, given)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _after_broken_pipe()
    except Exception as error:  # noqa: BLE001 - the one place that catches all: what is left is our bug
        return exit_after_bug(error)
    return int(answer) if isinstance(answer, int) else 0


_SIGPIPE_EXIT = 141
"""What a shell reports for a program that SIGPIPE ended."""


def _after_broken_pipe() -> int:
    """End quietly when the reader of our output is gone."""
    import os

    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return _SIGPIPE_EXIT


if __name__ == "__main__":
    sys.exit(main())
