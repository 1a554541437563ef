"""Failures put into words: what happened, where, why, what to do; each as the end of an instance."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.engine.events import StepState
from runway_flow.engine.messages import End, Halt
from runway_flow.engine.retry import is_moderated_refusal, is_moderation
from runway_flow.engine.service import Rejected, TaskReport, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import ZERO, Credits, credits_text, in_credits
from runway_flow.kernel.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.service import Issue
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.errors import RunwayFlowError
    from runway_flow.plan.action import Action
    from runway_flow.plan.lookup import Hold
    from runway_flow.plan.plan import PlannedStep

_UNAUTHORISED = frozenset({401, 403})
_PAYMENT_REQUIRED = 402
_NO_CREDITS = ("not enough credit", "do not have enough credit", "insufficient credit", "out of credit")
_KEPT = "run the same command again; what is done is kept and not paid again"


def resolve_command(step: str, *flags: str) -> str:
    """Write the command that decides about an attempt of a step, as it can be pasted."""
    return shlex.join(["runway-flow", "runs", "resolve", step, *flags])


class Paid(Struct, frozen=True):
    """What is known of the attempts of an instance so far."""

    task: str | None = None
    spent: Credits = ZERO
    attempt: int = 0


NOTHING_PAID = Paid()


def rejected(planned: PlannedStep, rejection: Rejected) -> End:
    """Say that the service refused the request; some refusals hold for every request, and halt the run."""
    complaints = [(_author_path(planned, issue), issue.message) for issue in rejection.issues]
    issues = tuple(f"`{_dotted(path)}`: {message}" if path else message for path, message in complaints)
    reason = rejection.reason
    if rejection.status in _UNAUTHORISED:
        code, halt = codes.KEY_REJECTED, "the API does not accept the key"
        message = f"Runway does not accept the key ({reason})"
        hint = "check RUNWAYML_API_SECRET: the key is wrong, revoked, or not allowed to do this"
    elif _is_out_of_credits(rejection):
        code, halt = codes.CREDITS_EXHAUSTED, "the account has no credits left"
        message = f"the account has not enough credits ({reason})"
        hint = f"add credits in the developer portal, then {_KEPT}"
    elif is_moderated_refusal(reason):
        code, halt = codes.MODERATED, None
        message = f"Runway refused what the request asks for ({reason})"
        hint = f"change the text or the picture and {_KEPT}; nothing was paid for this step"
    else:
        code, halt = codes.REQUEST_REJECTED, None
        message = f"Runway refused the request ({reason})"
        hint = f"change what it complains about and {_KEPT}; nothing was paid for this step"
    notes = (*issues, "not retried: the same request would be refused again") if halt is None else issues
    stop = None if halt is None else Halt(code, f"not started: {halt}")
    places = (planned.spans.get(str(path[0])) for path, _ in complaints if path)
    span = next((place for place in places if place is not None), planned.span)
    return _failed(replace(planned, span=span), code, message, notes=notes, hint=hint, halt=stop)


def task_failed(planned: PlannedStep, report: TaskReport, paid: Paid) -> End:
    """Say that the task ended without a result."""
    reason = report.failure_code or "no code given"
    cost = f"; it cost {in_credits(credits_text(report.cost))}" if report.cost else ""
    said = (f"Runway says: {report.failure}",) if report.failure else ()
    where = f"task {paid.task}{cost}"
    if report.state is TaskState.CANCELLED:
        message, hint = "the task was cancelled", "run the same command again to submit it anew"
        return _failed(
            planned,
            codes.TASK_CANCELLED,
            message,
            notes=(where,),
            hint=hint,
            paid=paid,
            state=StepState.CANCELLED,
        )
    if report.state is TaskState.GONE:
        message = "Runway does not know the task any more"
        hint = "it was deleted, or belongs to another account; the same command submits it anew, and pays"
        return _failed(planned, codes.TASK_GONE, message, notes=(where,), hint=hint, paid=paid)
    if is_moderation(report.failure_code):
        what = "result" if reason.startswith("SAFETY.OUTPUT") else "prompt"
        notes = (f"{where}; not retried: the same text would be refused again", *said)
        hint = f"change the text and {_KEPT}"
        message = f"Runway refused the {what} ({reason})"
        return _failed(planned, codes.MODERATED, message, notes=notes, hint=hint, paid=paid)
    tried = f"; {paid.attempt} attempts were paid" if paid.attempt > 1 else ""
    hint = "run the same command again to submit it anew; `retry: {max: 1}` lets a run do that by itself"
    message = f"Runway could not make it ({reason})"
    return _failed(
        planned, codes.GENERATION_FAILED, message, notes=(where + tried, *said), hint=hint, paid=paid
    )


def held(planned: PlannedStep, hold: Hold) -> End:
    """Say that the step is not submitted: moderation refused the same request, or the user dropped it."""
    again = f"`{resolve_command(planned.id, '--resubmit')}` lets the next run pay for it again"
    task = f"task {hold.task}" if hold.task else f"attempt {hold.attempt_id}"
    if hold.is_dropped:
        message = "it was dropped, so it is not paid for"
        notes = (f"{task}; nothing was submitted now",)
        hint = f"change the step, or {again}"
        return _failed(planned, codes.DROPPED, message, notes=notes, hint=hint, state=StepState.BLOCKED)
    cost = f"; it cost {in_credits(credits_text(hold.cost))}" if hold.cost else ""
    message = f"Runway refused the same request before ({hold.failure_code or 'a refusal of its content'})"
    said = (f"Runway said: {hold.failure}",) if hold.failure else ()
    notes = (f"{task}{cost}; not submitted now: it would be refused again", *said)
    hint = f"change the text and {_KEPT}; {again}"
    return _failed(planned, codes.MODERATED, message, notes=notes, hint=hint)


def fetch_again_failed(planned: PlannedStep, task: str) -> End:
    """Say that a stored result lost bytes, and that its task does not give them any more."""
    message = "it was paid, its bytes are gone from the store, and its task does not give them any more"
    again = resolve_command(planned.id, "--resubmit")
    hint = f"`{again}` lets the next run pay for it again; `runs adopt` binds a copy that you have"
    return _failed(
        planned, codes.TASK_GONE, message, notes=(f"task {task}",), hint=hint, paid=Paid(task=task)
    )


def timed_out(planned: PlannedStep, paid: Paid) -> End:
    """Say that the step's timeout passed; the task goes on and stays in the journal."""
    message = f"not done after {planned.timeout_s:g} s, the step's timeout"
    notes = (f"task {paid.task} goes on at Runway and stays in the journal",)
    hint = "run the same command again: it is collected, not paid again; a longer `timeout` waits longer"
    return _failed(planned, codes.DEADLINE, message, notes=notes, hint=hint, paid=paid)


def in_doubt(planned: PlannedStep, reason: str, attempt_id: str, attempt: int = 0) -> End:
    """Say that a request may have created a task or not; only the user may decide to pay again."""
    message = "whether it was submitted is not known, so it is not submitted again"
    notes = (reason, f"attempt {attempt_id}; it may have been paid")
    hint = f"`{resolve_command(planned.id)}` shows what is known, and adopts its task, resubmits or drops it"
    found = _diagnostic(planned, codes.IN_DOUBT, message, notes=notes, hint=hint)
    return End(StepState.IN_DOUBT, code=codes.IN_DOUBT, note=message, attempt=attempt, diagnostics=(found,))


def old_doubt(attempt: Attempt) -> Diagnostic:
    """Say that an earlier form of a step may have been paid; this run does without it."""
    intent = attempt.intent
    message = (
        f"{intent.step}: a run was cut off while it was submitted; whether it was paid is not known, "
        "and this run does without it"
    )
    notes = (f"attempt {intent.attempt_id} with {intent.model or intent.endpoint}, run {intent.run_id}",)
    hint = f"`{resolve_command(intent.step, '--run', intent.run_id)}` shows what is known, and ends the doubt"
    return Diagnostic(codes.IN_DOUBT, message, severity=Severity.WARNING, hint=hint, notes=notes)


def over_budget(planned: PlannedStep, action: Action, limits: tuple[tuple[str, Credits], ...]) -> End:
    """Say that a limit does not cover the step; nothing was submitted."""
    estimate = action.estimate
    lowest = credits_text(min(limit for _, limit in limits)) if limits else "0"
    if estimate.is_known:
        code = codes.OVER_BUDGET
        message = f"it may cost {in_credits(credits_text(estimate.high))}, which the budget does not cover"
        hint = "raise `budget:` or `--budget` and " + _KEPT
    else:
        code = codes.PRICE_UNKNOWN
        message = "nobody states its price, so no budget can cover it"
        hint = "`--allow-unknown-price` submits it all the same; the API's own estimate is then reserved"
    notes = (
        f"the lowest limit is {in_credits(lowest)}, with what is spent and reserved; nothing was submitted",
    )
    found = _diagnostic(planned, code, message, notes=notes, hint=hint)
    return End(StepState.BLOCKED, code=code, note=message, diagnostics=(found,))


def unusable(diagnostics: tuple[Diagnostic, ...]) -> End:
    """Say that what the instance was given cannot be sent; nothing was submitted."""
    first = next((found for found in diagnostics if found.is_error), None)
    code = first.code if first is not None else codes.REQUEST_REJECTED
    note = first.message if first is not None else None
    return End(StepState.FAILED, code=code, note=note, diagnostics=diagnostics)


def from_error(planned: PlannedStep, error: RunwayFlowError, paid: Paid = NOTHING_PAID) -> End:
    """Say that a provider or the store failed for this instance alone."""
    notes = error.notes
    if paid.task is not None:
        notes = (*notes, f"task {paid.task} is paid and stays in the journal")
    return _failed(planned, error.code, error.message, notes=notes, hint=error.hint, paid=paid)


def gave_up(planned: PlannedStep, error: RunwayFlowError, task: str | None) -> Diagnostic:
    """Say that the service was out of reach for too long; the run ends and can be resumed."""
    notes = (f"task {task} stays in the journal",) if task is not None else ("nothing was submitted",)
    hint = error.hint or f"{_KEPT[0].upper()}{_KEPT[1:]}"
    return _diagnostic(planned, error.code, error.message, notes=notes, hint=hint)


def unjournaled(planned: PlannedStep, task: str, error: RunwayFlowError) -> Diagnostic:
    """Say that a task was created and could not be written down: the last chance to tell its id."""
    message = f"task {task} was created, and the store could not write that down: {error.message}"
    hint = "keep this id: the developer portal shows the result under it"
    return _diagnostic(planned, codes.IN_DOUBT, message, notes=("it is paid",), hint=hint)


def unknown_limits(error: RunwayFlowError, depth: int | None) -> Diagnostic:
    """Say that the account could not be asked for its limits."""
    message = f"the account's limits are not known ({error.message}); {depth} at once for each model"
    hint = "the service queues what is too much (THROTTLED); `-j` sets the number"
    return Diagnostic(codes.UNAVAILABLE, message, severity=Severity.WARNING, hint=hint)


def _failed(
    planned: PlannedStep,
    code: Code,
    message: str,
    *,
    notes: tuple[str, ...] = (),
    hint: str | None = None,
    paid: Paid = NOTHING_PAID,
    state: StepState = StepState.FAILED,
    halt: Halt | None = None,
) -> End:
    return End(
        state,
        code=code,
        note=message,
        task=paid.task,
        spent=paid.spent,
        attempt=paid.attempt,
        diagnostics=(_diagnostic(planned, code, message, notes=notes, hint=hint),),
        halt=halt,
    )


def _diagnostic(
    planned: PlannedStep, code: Code, message: str, *, notes: tuple[str, ...], hint: str | None
) -> Diagnostic:
    return Diagnostic(code, f"{planned.id}: {message}", planned.span, hint=hint, notes=notes, step=planned.id)


def _author_path(planned: PlannedStep, issue: Issue) -> tuple[str | int, ...]:
    """Name what a complaint is about by the author's name for it."""
    if not issue.path:
        return ()
    names = {param.wire: param.name for param in planned.capability.params}
    first, *rest = issue.path
    return (names.get(str(first), first), *rest)


def _dotted(path: tuple[str | int, ...]) -> str:
    rest = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])
    return f"{path[0]}{rest}"


def _is_out_of_credits(rejection: Rejected) -> bool:
    """Tell a lack of credits; Runway says it in words, with status 400 (API documentation, «Errors»)."""
    words = rejection.reason.lower()
    return rejection.status == _PAYMENT_REQUIRED or any(phrase in words for phrase in _NO_CREDITS)
