"""Fields and items: mapping keys, documented fields, list positions, and nothing of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from runway_flow.kernel import codes
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, MediaKind, PinnedMedium, RemoteMedium
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.descriptions import describe_value, is_indexed, is_lookup, write_path
from runway_flow.spec.evaluation import Absent, EvaluationProblem
from runway_flow.spec.expression_places import find_field
from runway_flow.spec.expressions import Field, Item, Name
from runway_flow.spec.signatures import FILTERS
from runway_flow.spec.unknowns import strongest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.media import Medium
    from runway_flow.spec.evaluation import Evaluation
    from runway_flow.spec.expressions import Term
    from runway_flow.spec.scope import Indexed, Lookup


class NullInstance:
    """What `steps.S[null]` is inside an evaluation: null, and so are its fields."""

    __slots__ = ()


NULL: Final = NullInstance()

MEDIA_FIELDS = ("kind", "media_type", "bytes", "sha256", "width", "height", "duration", "fps")
_TEXT_FIELDS = ("text", "json")
_SHOWN = 6
_CONSIDERED = 500
"""How many names a suggestion is chosen from; comparing more would take longer than the run."""


def read_field(evaluation: Evaluation, base: object, name: str, term: Term | None = None) -> object:
    """Give `base.name`; `term` is the place that is read, for messages.

    Raises `EvaluationProblem` if there is none, `Absent` where plain data lacks it.
    """
    if is_lookup(base):
        return _read_documented(evaluation, base, name, term)
    if isinstance(base, Mapping):
        return _read_key(evaluation, base, name, term)
    if base is NULL or isinstance(base, Skipped):
        return base
    if isinstance(base, Deferred):
        return _read_deferred(evaluation, base, name, term)
    if isinstance(base, (Artifact, FileMedium, InlineMedium, RemoteMedium, PinnedMedium)):
        return _read_medium(evaluation, base, name, term)
    if base is None:
        raise _absent(evaluation, term, f"{_owner(term)} is null, so it has no field `{name}`", _NULL_HINT)
    raise _no_field(evaluation, describe_value(base), name, ())


_NULL_HINT = "null means «not given»: `x.y | default(z)` replaces it"


def _owner(term: Term | None) -> str:
    path = write_path(term.base) if isinstance(term, (Field, Item)) else None
    return f"`{path}`" if path else "the value"


def _read_key(evaluation: Evaluation, base: Mapping[str, object], name: str, term: Term | None) -> object:
    try:
        return base[name]
    except KeyError:
        hint = _suggest(name, base) or _listed("its keys", base)
    message = f"{_owner(term)} has no key `{name}`"
    raise _absent(evaluation, term, message, hint, name)


def _read_deferred(evaluation: Evaluation, base: Deferred, name: str, term: Term | None) -> object:
    known = (*MEDIA_FIELDS, *_TEXT_FIELDS) if base.kind is MediaKind.TEXT else MEDIA_FIELDS
    if base.kind is not None and name not in known:
        raise _no_field(evaluation, _owner(term), name, known)
    return Deferred(base.needs)


def _read_documented(evaluation: Evaluation, base: Lookup, name: str, term: Term | None) -> object:
    try:
        return base.get_field(name)
    except KeyError:
        names = tuple(base.field_names())
    if name == "output" and is_indexed(base):
        owner = _owner(term)
        message = f"{owner} is a fan-out: it has many outputs, not one"
        hint = f"{owner.rstrip('`')}.outputs` lists them, {owner.rstrip('`')}[key].output` is one"
        raise _field_problem(evaluation, codes.OUTPUT_OF_FAN_OUT, message, hint, name)
    if isinstance(term, (Field, Item)) and term.base == _STEPS:
        hint = _suggest(name, names) or _listed("steps", names)
        raise _field_problem(evaluation, codes.UNKNOWN_STEP, f"no step is called `{name}`", hint, name)
    raise _no_field(evaluation, _owner(term), name, names)


_STEPS = Name("steps")


def _read_medium(evaluation: Evaluation, base: Medium, name: str, term: Term | None) -> object:
    if name not in MEDIA_FIELDS:
        raise _no_field(evaluation, _owner(term), name, MEDIA_FIELDS)
    if name == "kind" and base.kind is not None:
        return base.kind.value
    if name == "sha256" and not isinstance(base, RemoteMedium):
        return str(base.digest)
    if isinstance(base, (RemoteMedium, PinnedMedium)):
        message = f"{_owner(term)} is an address: its `{name}` is not known"
        raise _field_problem(evaluation, codes.UNKNOWN_FIELD, message, "only files are looked into", name)
    found: object = getattr(base.facts, name)  # one of MEDIA_FIELDS
    return found


def _no_field(evaluation: Evaluation, owner: str, name: str, known: Iterable[str]) -> EvaluationProblem:
    known = tuple(known)
    hint = _suggest(name, known) or (_listed("it has", known) if known else None)
    if hint is None and name in FILTERS:
        hint = f"`{name}` is a filter: write `x | {name}`"
    return _field_problem(evaluation, codes.UNKNOWN_FIELD, f"{owner} has no field `{name}`", hint, name)


def _field_problem(
    evaluation: Evaluation, code: Code, message: str, hint: str | None, name: str
) -> EvaluationProblem:
    stretch = find_field(evaluation.expression.source, name)
    return EvaluationProblem(evaluation.diagnostic(code, message, hint=hint, stretch=stretch))


def _absent(
    evaluation: Evaluation, term: Term | None, message: str, hint: str | None, name: str | None = None
) -> Absent:
    stretch = None if name is None else find_field(evaluation.expression.source, name)
    found = evaluation.diagnostic(codes.UNKNOWN_FIELD, message, hint=hint, stretch=stretch)
    return Absent(found, term)


def _suggest(name: str, names: Iterable[str]) -> str | None:
    return did_you_mean(name, islice(names, _CONSIDERED))


def _listed(what: str, names: Iterable[str]) -> str:
    names = [f"`{name}`" for name in names]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what}: {', '.join(names[:_SHOWN]) or 'none'}{more}"


def read_item(evaluation: Evaluation, base: object, key: object, term: Term | None = None) -> object:
    """Give `base[key]`.

    Raises `EvaluationProblem` if there is none, `Absent` where plain data lacks it.
    """
    if base is NULL:
        return NULL
    unknown = strongest(base, key)
    if unknown is not None:
        return unknown
    if is_indexed(base):
        return _read_instance(evaluation, base, key, term)
    if isinstance(base, (tuple, list)):
        return _read_position(evaluation, base, key, term)
    if isinstance(key, str):
        return read_field(evaluation, base, key, term)
    if base is None:
        raise _absent(evaluation, term, f"{_owner(term)} is null, so it has no items", _NULL_HINT)
    message = f"{_owner(term)} ({describe_value(base)}) has no item {describe_value(key)}"
    hint = "keys are text: `x['a']`" if isinstance(base, Mapping) else None
    raise _absent(evaluation, term, message, hint)


def _read_instance(evaluation: Evaluation, base: Indexed, key: object, term: Term | None) -> object:
    if key is None:
        return NULL
    if isinstance(key, bool) or not isinstance(key, (str, int, float)):
        hint = "an instance's key is its `.key`" if is_lookup(key) else None
        message = f"{describe_value(key)} is no key of an instance: keys are text or numbers"
        raise evaluation.type_problem(message, hint)
    try:
        return base.get_item(key)
    except KeyError:
        first = islice(base.as_list(), _CONSIDERED)
        keys = [found for item in first if isinstance(found := _key_of(item), str)]
    hint = _suggest(str(key), keys) or _listed("its instances", keys)
    message = f"{_owner(term)} has no instance `{key}`"
    raise _field_problem(evaluation, codes.UNKNOWN_INSTANCE, message, hint, str(key))


def _key_of(item: object) -> object:
    try:
        return item.get_field("key") if is_lookup(item) else None
    except KeyError:
        return None


def _read_position(evaluation: Evaluation, base: Sequence[object], key: object, term: Term | None) -> object:
    if isinstance(key, bool) or not isinstance(key, int):
        hint = "`selectattr` finds an item by a field, `first` gives the first"
        raise evaluation.type_problem(f"a list has items by position, not by {describe_value(key)}", hint)
    if -len(base) <= key < len(base):
        return base[key]
    message = f"{_owner(term)} has {len(base)} items, none at {key}"
    raise _absent(evaluation, term, message, "positions count from 0")
