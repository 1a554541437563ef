"""`runs resolve`: what is in doubt or held back, its evidence, and the user's decision."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.asking import agree
from runway_flow.cli.command_line import about
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.cli.waiting import wait_for
from runway_flow.engine.resolution import Wanted, choose, only
from runway_flow.kernel.amounts import in_credits
from runway_flow.kernel.errors import UsageError
from runway_flow.report import resolutions_json, resolutions_text
from runway_flow.report.amounts import cost_text
from runway_flow.report.runs_text import when_text
from runway_flow.resolving import Resolver
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runway_flow.cli.options import Common
    from runway_flow.engine.attempts import Attempt


@click.command("resolve")
@click.argument("step", metavar="[STEP]", required=False)
@click.option("--task", metavar="ID", help="Adopt this task: it is what became of the attempt.")
@click.option("--resubmit", is_flag=True, help="Let the next run submit it again, and pay.")
@click.option("--drop", is_flag=True, help="Give it up: no run pays for it as it is.")
@click.option("--flow", metavar="NAME", help="Of this flow; else of the one with the latest such attempt.")
@click.option("--run", metavar="RUN", help="Of this run; the start of its id is enough.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before something may be paid twice.")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, step: str | None, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """Decide about what may have been paid: attempts in doubt, and steps that are held back.

    Without STEP: list them. With STEP alone: show the evidence. STEP is an address (`clip`, `clip[wide]`,
    `clip.wide`) or the id of an attempt.
    """
    common = resolve_common(take_globals(context, values))
    ways = [name for name in ("task", "resubmit", "drop") if values[name]]
    if len(ways) > 1:
        raise UsageError(
            f"{' and '.join(f'--{way}' for way in ways)} do not go together", hint="decide for one"
        )
    if ways and step is None:
        raise UsageError(
            f"--{ways[0]} needs the step that it is about", hint=f"list them: {_command(context)}"
        )
    with Session(common.settings, can_write=True) as session:
        session.can_write = session.has_store  # a look makes no store
        call = _Call(context, common, Resolver(session), values)
        if step is None:
            return call.list_all()
        wanted = Wanted(step, values["flow"], values["run"])
        return call.decide(wanted, ways[0]) if ways else call.show(wanted)


def _command(context: click.Context, step: str | None = None) -> str:
    return about(context, "runs resolve", *([] if step is None else [step]))


class _Call:
    """One call of the command."""

    def __init__(
        self, context: click.Context, common: Common, resolver: Resolver, values: dict[str, Any]
    ) -> None:
        self.context = context
        self.common = common
        self.resolver = resolver
        self.values = values

    def list_all(self) -> int:
        """List what waits for a decision, the newest last: it is what one has just seen."""
        found = self.resolver.describe(self._known())
        if self.common.is_json:
            print_document(resolutions_json.open_attempts_document(found))
        else:
            print_result(resolutions_text.render_open(found, self.common.out, _command(self.context)))
        return 0

    def show(self, wanted: Wanted) -> int:
        """Show the evidence of what a step may have paid for."""
        chosen = choose(self._known(), wanted, "in doubt or held back")
        found = wait_for(self.resolver.gather(chosen))
        if self.common.is_json:
            print_document(resolutions_json.evidence_document(found))
            return 0
        texts = [
            resolutions_text.render_evidence(one, self.common.out, self._command_for(one.attempt, chosen))
            for one in found
        ]
        print_result("\n".join(texts))
        return 0

    def decide(self, wanted: Wanted, way: str) -> int:
        """Do what the user says."""
        attempts: Sequence[Attempt] = self.resolver.in_doubt()
        if way == "resubmit":
            attempts = (*self.resolver.lost(), *self._known())
        what = "in doubt or held back" if way == "resubmit" else "in doubt"
        attempt = only(choose(attempts, wanted, what))
        if way == "task":
            return self._adopt(attempt, self.values["task"])
        if way == "drop":
            self.resolver.drop(attempt)
            text = resolutions_text.dropped_text(attempt, _command(self.context, attempt.intent.step))
        else:
            agree(_question(attempt), self.common, is_agreed=self.values["yes"])
            wait_for(self.resolver.release(attempt))
            text = resolutions_text.released_text(attempt)
        self._tell(text, resolutions_json.resolved_document(attempt, way))
        return 0

    def _adopt(self, attempt: Attempt, task: str) -> int:
        state = wait_for(self.resolver.adopt_task(attempt, task)).state
        document = resolutions_json.resolved_document(attempt, "task", task=task, state=state.value)
        self._tell(resolutions_text.adopted_text(attempt, task, state), document)
        return 0

    def _tell(self, text: str, document: Mapping[str, object]) -> None:
        if self.common.is_json:
            print_document(document)
        else:
            print_result(self.common.out.glyphs(text))

    def _known(self) -> list[Attempt]:
        found = (*self.resolver.in_doubt(), *self.resolver.held())
        return sorted(found, key=lambda one: one.intent.intended_at)

    def _command_for(self, attempt: Attempt, chosen: tuple[Attempt, ...]) -> str:
        """Write the command that means this attempt: by its id where its step is not enough."""
        name = attempt.intent.step if len(chosen) == 1 else attempt.intent.attempt_id
        flow = self.values["flow"]
        more = f" --flow {shlex.quote(flow)}" if flow else ""
        return _command(self.context, name) + more


def _question(attempt: Attempt) -> str:
    intent = attempt.intent
    most = in_credits(cost_text(intent.estimate))
    if not attempt.state.is_open:
        return f"Let the next run pay up to {most} for {intent.step} again?"
    sent = when_text(intent.intended_at)
    return f"{intent.step} was sent on {sent} and may be paid: let the next run pay up to {most} again?"
