"""The one judge: a step's parameters, with what is known of them, against the row that they choose.

`validate` calls it with everything unknown that an expression says, `plan` with each instance's values,
the run with everything known. Codes and places are the same each time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.judge import judge
from runway_flow.catalog.selection import choose
from runway_flow.catalog.verdict import Finding
from runway_flow.check.media_texts import MediaTexts
from runway_flow.check.places import diagnostic_at, offer_reference, place_of, value_at, with_medium
from runway_flow.check.step_values import without_steps
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, has_errors
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred
from runway_flow.spec.evaluator import find_deferred, find_skipped, resolve
from runway_flow.spec.media_path import MediaPath
from runway_flow.spec.templates import Literal, expressions_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.catalog.verdict import Verdict
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.kernel.files import Files
    from runway_flow.kernel.values import Skipped
    from runway_flow.spec.flow import Flow, Step
    from runway_flow.spec.scope import Scope
    from runway_flow.spec.templates import ValueTemplate

Written = tuple["Span", "ValueTemplate"]
"""A parameter as the author wrote it: the span of its key, and its value."""


class Judgement(Struct, frozen=True):
    """What a step's parameters came to.

    `needs`: the instances that unknown values wait for; None when everything is known.
    `skipped` is set when a skipped output is read; then nothing else is.
    """

    capability: Capability | None = None
    verdict: Verdict | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    needs: frozenset[str] | None = None
    skipped: Skipped | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether no finding is an error."""
        return not has_errors(self.diagnostics)


class Merged(Struct, frozen=True):
    """The parameters of a step, defaults included; `is_plain`: no expression stands in any of them."""

    templates: Mapping[str, Written]
    is_plain: bool


@dataclass(slots=True)
class Reading:
    """The values that templates have in one scope; each is evaluated once."""

    scope: Scope
    problems: list[Diagnostic] = field(default_factory=list)
    values: dict[int, object] = field(default_factory=dict)

    def value(self, template: ValueTemplate) -> object:
        """Give a template's value; what is wrong with it goes to `problems`."""
        if isinstance(template, Literal):
            return template.value
        if id(template) not in self.values:
            value = resolve(template, self.scope, self.problems)
            self.values[id(template)] = without_steps(template, value, self.problems)
        return self.values[id(template)]


@dataclass(slots=True)
class Judge:
    """The judge of one flow; keeps what it learned of each step between instances.

    `settled`: what became of steps without `foreach` and without expressions in their parameters. It is
    the same whenever they are judged, so `validate` hands it on to `plan`.
    """

    flow: Flow
    catalog: Catalog
    files: Files
    candidates: Mapping[str, tuple[Capability, ...]]
    settled: dict[str, Judgement] = field(default_factory=dict)
    media: MediaTexts = field(init=False)
    merged: dict[tuple[str, str], Merged] = field(default_factory=dict)
    chosen: dict[tuple[str, frozenset[str]], Capability | Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Media paths that the flow's text names are relative to the flow file."""
        self.media = MediaTexts(self.files, os.path.dirname(self.flow.path))  # noqa: PTH120 - text, no disk

    def judge(self, step: Step, scope: Scope, label: str) -> Judgement:
        """Judge one step, or one instance of it, with the values that its scope gives."""
        if step.id in self.settled:
            return self.settled[step.id]
        reading = Reading(scope)
        rows = self._choose(step, reading)
        if isinstance(rows, Finding):
            refusal = diagnostic_at(rows, step.uses_span, label)
            return Judgement(diagnostics=(*_labelled(reading.problems, label), refusal))
        row, *others = rows
        judgement = self._judge_row(step, row, reading, label)
        for other in others:
            agreed = {
                (item.code, item.span) for item in self._judge_row(step, other, reading, label).diagnostics
            }
            kept = tuple(item for item in judgement.diagnostics if (item.code, item.span) in agreed)
            judgement = replace(judgement, diagnostics=kept)
        if not step.is_fan_out and self._merged(step, row).is_plain:
            self.settled[step.id] = judgement
        return judgement

    def templates(self, step: Step, reading: Reading) -> list[ValueTemplate]:
        """Give what stands for the parameters of a step in one scope, defaults included; nothing if plain."""
        if step.id in self.settled:
            return []
        rows = self._choose(step, reading)
        row = None if isinstance(rows, Finding) else rows[0]
        return [
            template
            for name, (_, template) in self._merged(step, row).templates.items()
            if row is None or row.find(name) is not None or _is_written(step, name)
        ]

    def _judge_row(self, step: Step, row: Capability, reading: Reading, label: str) -> Judgement:
        merged = self._merged(step, row)
        templates = merged.templates
        values: dict[str, object] = {}
        dropped = []
        for name, (key_span, template) in templates.items():
            if row.find(name) is None and not _is_written(step, name):
                dropped.append(_dropped(name, key_span, row, label))
                continue
            value = _without_nulls(reading.value(template))
            if value is not None:
                values[name] = value
        skipped = None if merged.is_plain else find_skipped(values)
        if skipped is not None:
            return Judgement(row, skipped=skipped)
        if self.flow.seed is not None and row.takes_seed and "seed" not in templates:
            values["seed"] = self.flow.seed  # one that is written as null was taken out on purpose
        verdict = judge(row, values, self.media.open, catalog=self.catalog)
        found = [self._placed(finding, values, templates, step, label) for finding in verdict.findings]
        needs = None if merged.is_plain else find_deferred(values)
        return Judgement(row, verdict, (*_labelled(reading.problems, label), *found, *dropped), needs)

    def _placed(
        self,
        finding: Finding,
        values: Mapping[str, object],
        templates: Mapping[str, Written],
        step: Step,
        label: str,
    ) -> Diagnostic:
        """Give a finding its place (a medium: where its path is written), and what a text may have meant."""
        found = diagnostic_at(finding, place_of(finding, templates, step.uses_span), label)
        value = value_at(finding.path, values)
        if isinstance(value, MediaPath):
            return with_medium(found, value)
        if isinstance(value, str) and found.code == codes.FILE_UNREADABLE:
            return replace(found, hint=offer_reference(value.strip(), self.flow) or found.hint)
        return found

    def _choose(self, step: Step, reading: Reading) -> list[Capability] | Finding:
        """Choose the endpoint by the names that are given: written, not null, whatever their values.

        Where only an input value can tell whether a name is given, all endpoints that may be meant come.
        """
        rows = self.candidates[step.id]
        if len(rows) == 1:
            return [rows[0]]
        given: set[str] = set()
        unsure: set[str] = set()
        for name, (_, template) in self._merged(step, None).templates.items():
            value = reading.value(template)
            if value is not None and (_is_written(step, name) or any(row.find(name) for row in rows)):
                given.add(name)
                if isinstance(value, Deferred) and not value.needs and value.kind is None:
                    unsure.add(name)
        left_out = [set[str](), *({name} for name in sorted(unsure)), unsure] if unsure else [unsure]
        answers = [self._choose_row(step, rows, frozenset(given - names)) for names in left_out]
        found = {answer.uses: answer for answer in answers if not isinstance(answer, Finding)}
        refusals = [answer for answer in answers if isinstance(answer, Finding)]
        return list(found.values()) or refusals[0]

    def _choose_row(
        self, step: Step, rows: tuple[Capability, ...], names: frozenset[str]
    ) -> Capability | Finding:
        key = (step.id, names)
        if key not in self.chosen:
            answer = choose(rows, names)
            if isinstance(answer, Finding):
                # A default that only some of the endpoints take must not decide which of them is meant.
                again = choose(rows, frozenset(name for name in names if _is_written(step, name)))
                answer = answer if isinstance(again, Finding) else again
            self.chosen[key] = answer
        return self.chosen[key]

    def _merged(self, step: Step, row: Capability | None) -> Merged:
        """Merge the model's defaults, the pinned endpoint's, and `with`."""
        bare = step.uses if step.uses.startswith("media/") else step.uses.rpartition("/")[2]
        pinned = row.uses if row is not None and row.uses in self.flow.defaults else ""
        key = (step.id, pinned)
        if key not in self.merged:
            templates: dict[str, Written] = {}
            sources = [self.flow.defaults[name][1] for name in (bare, pinned) if name in self.flow.defaults]
            for source in (*sources, *([step.parameters] if step.parameters is not None else [])):
                templates.update({name: (span, value) for name, span, value in source.entries})
            is_plain = all(
                isinstance(value, Literal) or next(expressions_in(value), None) is None
                for _, value in templates.values()
            )
            self.merged[key] = Merged(templates, is_plain)
        return self.merged[key]


def _is_written(step: Step, name: str) -> bool:
    return step.parameters is not None and any(key == name for key, _, _ in step.parameters.entries)


def _dropped(name: str, span: Span, row: Capability, label: str) -> Diagnostic:
    message = f"{row.title} takes no parameter `{name}`: this default is dropped"
    hint = did_you_mean(name, row.by_name)
    return Diagnostic(codes.DEFAULT_DROPPED, message, span, Severity.WARNING, hint=hint, step=label)


def _labelled(problems: list[Diagnostic], label: str) -> tuple[Diagnostic, ...]:
    return tuple([replace(problem, step=label) for problem in problems])


def _without_nulls(value: object) -> object:
    """Leave out list items and entries that are null: null means «not given»."""
    if isinstance(value, dict):
        kept = {key: _without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if type(value) is tuple and any(item is None or isinstance(item, (dict, tuple)) for item in value):
        return tuple(item for item in map(_without_nulls, value) if item is not None)
    return value
