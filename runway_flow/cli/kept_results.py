"""Which kept results a `cache` command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runway_flow.engine.inventory import KeptResult
from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.report.amounts import counted
from runway_flow.store.inventory import latest_by_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.engine.records import RunRecord
    from runway_flow.plan.action import ActionKey
    from runway_flow.wiring import Session

_ALL_RUNS = 100_000


def kept_results(session: Session) -> tuple[tuple[KeptResult, ...], str | None]:
    """Give the results of the session's realm and of this machine, and a word on those of other realms.

    Of each key the record that counts. Emulated results and paid ones are never mixed.
    """
    every = latest_by_key(session.store.state.list_results()).values()
    mine = tuple(kept for kept in every if kept.realm in (None, session.realm))
    if len(mine) == len(every):
        return mine, None
    others = f"{counted(len(every) - len(mine), 'more result')} not listed"
    if any(kept.realm == "local" for kept in every) and session.realm != "local":
        return mine, f"{others}: `--emulate` lists the emulated ones"
    return mine, f"{others}: made with another service"


def find_result(session: Session, start: str) -> KeptResult:
    """Give the result whose key begins like this, of any realm. Raises `UsageError`."""
    wanted = start.lower()
    every = latest_by_key(session.store.state.list_results())
    found = [key for key in every if wanted and key.startswith(wanted)]
    if len(found) > 1:
        names = ", ".join(key[: len(wanted) + 8] for key in found[:5])
        raise UsageError(f"several keys begin with `{start}`", code=codes.SELECTION_UNKNOWN, hint=names)
    if not found:
        hint = "`runway-flow cache ls` lists the keys"
        raise UsageError(f"no result has the key `{start}`", code=codes.SELECTION_UNKNOWN, hint=hint)
    return every[found[0]]


def count_earlier(session: Session, kept: KeptResult) -> int:
    """Count the records of the same key that do not count any more."""
    results = session.store.state.list_results()
    return sum(one.result.key == kept.result.key for one in results) - 1


def selected_results(session: Session, selection: str | None) -> tuple[KeptResult, ...]:
    """Give the results that a flow (its file, its name) or the flow of a run has; all without a selection.

    Uses by other flows are left out of them. Raises `UsageError`, also for a name that nothing has.
    """
    results, _ = kept_results(session)
    if selection is None:
        return results
    flow, submitted = _flow_of(session, selection, results)
    chosen = []
    for kept in results:
        uses = tuple(use for use in kept.uses if use.flow == flow)
        if uses or kept.result.key in submitted:
            chosen.append(KeptResult(kept.position, kept.result, uses))
    return tuple(chosen)


def _flow_of(
    session: Session, selection: str, results: Iterable[KeptResult]
) -> tuple[str, frozenset[ActionKey]]:
    """Give the name of a flow, and the keys that a run of it submitted if a run was named."""
    if Path(selection).is_file():
        return _name_in(selection), frozenset()
    names = sorted({use.flow for kept in results for use in kept.uses})
    if selection in names:
        return selection, frozenset()
    runs = [run for run in session.store.state.list_runs(_ALL_RUNS) if run.realm == session.realm]
    run = _run_of(runs, selection)
    if run is None:
        hint = did_you_mean(selection, names) or (f"flows: {', '.join(names[:5])}" if names else None)
        message = f"no flow with kept results and no run is called `{selection}`"
        raise UsageError(message, code=codes.SELECTION_UNKNOWN, hint=hint)
    attempts = session.store.state.attempts_of(run.run_id)
    return run.flow, frozenset(attempt.intent.key for attempt in attempts)


def _run_of(runs: Iterable[RunRecord], start: str) -> RunRecord | None:
    found = [run for run in runs if run.run_id.upper().startswith(start.upper())]
    return found[0] if len(found) == 1 else None


def _name_in(path: str) -> str:
    from runway_flow import api

    loaded = api.load(path)
    if loaded.flow is None:
        first = loaded.diagnostics[0]
        hint = f"`runway-flow validate {path}` says what is wrong with it"
        raise UsageError(f"{path}: {first.message}", code=codes.SELECTION_UNKNOWN, hint=hint)
    return loaded.flow.name
