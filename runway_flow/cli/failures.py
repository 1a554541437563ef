"""What a failure prints, and the exit code that it ends with."""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING

from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.redaction import redact
from runway_flow.report.diagnostics import render_error
from runway_flow.report.terminal import Terminal

if TYPE_CHECKING:
    from runway_flow.kernel.errors import RunwayFlowError


def exit_after(error: RunwayFlowError, given: list[str]) -> int:
    """Print a failure that has a code; with `--json` as a document on stdout too."""
    if "--json" in given:
        document = {
            "version": 1,
            "error": {"code": error.code.id, "message": redact(error.message), "hint": error.hint},
            "exit": int(error.code.exit),
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    colour = sys.stderr.isatty() and "never" not in given
    sys.stderr.write(redact(render_error(error, Terminal(has_colour=colour))))
    return int(error.code.exit)


def exit_after_bug(error: Exception) -> int:
    """Print what nobody expected, with what a report of it needs."""
    text = "".join(traceback.format_exception(error))
    sys.stderr.write(redact(text))
    sys.stderr.write(
        "\nerror[RF901]: runway-flow has a bug; nothing that was paid for is lost\n"
        "  = help: please report it with the lines above; the same command goes on where it stopped\n"
    )
    return int(ExitCode.INTERNAL)
