"""Names, fields, items: what is read, what is not there, what is guarded."""

from __future__ import annotations

import pytest

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    InlineMedium,
    MediaFacts,
    MediaKind,
    PinnedMedium,
    RemoteMedium,
)
from runway_flow.kernel.values import Deferred
from runway_flow.spec.evaluator import evaluate
from tests.fakes.expression_scope import (
    GONE,
    D,
    E,
    FakeLookup,
    FakeScope,
    code_of,
    fan_out,
    problem,
    read,
    span_of,
    value,
    waits_for,
)

FACTS = MediaFacts(MediaKind.VIDEO, "video/mp4", 900, 1280, 720, 5.0, 24.0)
CLIP = Artifact(Digest("aa"), FACTS)


def steps(**made: object) -> FakeLookup:
    """Give `steps`."""
    return FakeLookup(made)


class TestAccess:
    """Fields and items."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("m.a", 1),
            ("m['a']", 1),
            ("m.items", 2),
            ("m['a b']", 3),
            ("m.keys", None),
            ("l[0]", 7),
            ("l[-1]", 8),
            ("l.1", 8),
            ("inputs.a", 1),
            ("inputs['a']", 1),
        ],
    )
    def test_keys_fields_and_positions_are_read(self, source: str, expected: object) -> None:
        """Mapping keys, documented fields, list positions; names of Python's methods are keys like others."""
        names = {
            "m": {"a": 1, "items": 2, "a b": 3, "keys": None},
            "l": [7, 8],
            "inputs": FakeLookup({"a": 1}),
        }
        assert value(source, **names) == expected

    @pytest.mark.parametrize(
        ("source", "code", "hint"),
        [
            ("stpes", "RF202", "did you mean `steps`?"),
            ("qqqq", "RF202", "defined here: `m`, `l`, `n`, `t`, `steps`, `inputs`"),
            ("loop.index", "RF202", "in a fan-out there are `index` and `key`"),
            ("range", "RF202", "`range` is a function: write `range()`"),
            ("m.colour", "RF203", "did you mean `color`?"),
            ("m.qqq", "RF203", "its keys: `color`"),
            ("m[1]", "RF203", "keys are text: `x['a']`"),
            ("l[2]", "RF203", "positions count from 0"),
            ("l.first", "RF203", "`first` is a filter: write `x | first`"),
            ("l['a']", "RF207", "`selectattr` finds an item by a field, `first` gives the first"),
            ("l[true]", "RF207", "`selectattr` finds an item by a field, `first` gives the first"),
            ("n.x", "RF203", "null means «not given»: `x.y | default(z)` replaces it"),
            ("n['x']", "RF203", "null means «not given»: `x.y | default(z)` replaces it"),
            ("n[0]", "RF203", "null means «not given»: `x.y | default(z)` replaces it"),
            ("t.x", "RF203", None),
            ("t[0]", "RF203", None),
            ("(1 + 1).x", "RF203", None),
            ("inputs.shtos", "RF203", "did you mean `shots`?"),
            ("inputs.qqq", "RF203", "it has: `shots`"),
            ("inputs[0]", "RF203", None),
            ("steps.clp.output", "RF201", "did you mean `clip`?"),
            ("steps['qqq']", "RF201", "steps: `clip`"),
            (
                "steps.clip.output",
                "RF205",
                "`steps.clip.outputs` lists them, `steps.clip[key].output` is one",
            ),
            ("steps.clip.outptus", "RF203", "did you mean `outputs`?"),
            ("steps.clip['wyde']", "RF206", "did you mean `wide`?"),
            ("steps.clip['q']", "RF206", "its instances: `wide`, `near`"),
            ("steps.clip[7]", "RF206", "its instances: `wide`, `near`"),
            ("steps.clip[true]", "RF207", None),
            ("steps.clip[steps.clip['wide']]", "RF207", "an instance's key is its `.key`"),
        ],
    )
    def test_what_is_not_there_is_named_with_the_nearest(
        self, source: str, code: str, hint: str | None
    ) -> None:
        """Undefined names, fields, keys, positions, instances are errors with a suggestion."""
        clip = fan_out(wide=1, near=2)
        found = problem(
            source,
            m={"color": 1},
            l=[7, 8],
            n=None,
            t="text",
            steps=steps(clip=clip),
            inputs=FakeLookup({"shots": 1}),
        )
        assert (found.code.id, found.hint) == (code, hint)

    def test_only_some_names_are_listed(self) -> None:
        """A long list of names is cut."""
        found = problem("m.q", m={f"key_{at}": at for at in range(9)})
        assert found.hint is not None
        assert found.hint.endswith("`key_5` and 3 more")

    def test_instances_without_keys_are_not_listed(self) -> None:
        """What a fan-out holds need not be instances with keys."""
        clip = fan_out(a=1)
        object.__setattr__(clip, "instances", {"x": 5, "y": FakeLookup({})})
        assert problem("steps.clip['q']", steps=steps(clip=clip)).hint == "its instances: none"

    def test_messages_name_the_path_that_was_read(self) -> None:
        """A message says which value lacks the field."""
        names = {"a": {"b": [{"c": None}]}, "k": 0}
        assert problem("a.b[0].c.d", **names).message == "`a.b[0].c` is null, so it has no field `d`"
        assert problem("a.b[k].q", **names).message == "`a.b[k]` has no key `q`"
        assert problem("(a.b | first).q", **names).message == "the value has no key `q`"
        assert problem("(a.b | first).c.q", **names).message == "the value is null, so it has no field `q`"
        assert problem("a.b[k + 1].q", **names).message == "`a.b` has 1 items, none at 1"
        assert problem("(a.b)[k + 0].q", **names).message == "the value has no key `q`"

    def test_a_finding_points_at_the_name(self) -> None:
        """A name, field or key that stands once in the source gets the caret."""
        whole = span_of("  x.colour ")
        for source, start, names in (
            ("  x.colour ", 4, {"x": {}}),
            ("  'colour' ~ x.colour", 15, {"x": {}}),
            ("x['colour']", 2, {"x": {}}),
            ("'x.colour' ~ colour", 13, {"x": {}}),
            ("x.colour ~ colour", 11, {"x": {"colour": ""}}),
            ("x | map(attribute='colour') ~ colour", 30, {"x": []}),
        ):
            span = problem(source, **names).span
            assert span is not None
            assert span.column == whole.column + 3 + start

    def test_an_ambiguous_name_gets_the_whole_expression(self) -> None:
        """A name that stands twice cannot be pointed at."""
        source = "x.a ~ y.a"
        assert problem(source, x={"a": "1"}, y={}).span == span_of(source)
        assert problem("q ~ q").span == span_of("q ~ q")

    @pytest.mark.parametrize(
        "medium", [CLIP, FileMedium("a.mp4", Digest("aa"), FACTS), InlineMedium(b"", Digest("aa"), FACTS)]
    )
    def test_media_have_documented_fields(self, medium: object) -> None:
        """Each documented field of a medium is read; what does not apply is null."""
        source = "[m.kind, m.media_type, m.bytes, m.sha256, m.width, m.height, m['duration'], m.fps]"
        assert value(source, m=medium) == ("video", "video/mp4", 900, "aa", 1280, 720, 5.0, 24.0)
        assert type(value("m.kind", m=medium)) is str

    @pytest.mark.parametrize("name", ["digest", "facts", "path", "data", "has_audio", "__class__", "text"])
    def test_media_have_no_other_fields(self, name: str) -> None:
        """Attributes of Python are no fields."""
        assert code_of(f"m.{name}", m=FileMedium("a.mp4", Digest("aa"), FACTS)) == "RF203"

    def test_addresses_have_what_is_known_of_them(self) -> None:
        """Of an address its kind may be known, and its digest if it is pinned; the rest is an error."""
        remote = RemoteMedium("https://a/b", MediaKind.IMAGE)
        assert value("m.kind", m=remote) == "image"
        assert value("m.sha256", m=PinnedMedium("https://a/b", Digest("aa"))) == "aa"
        for name in ("kind", "sha256", "width"):
            assert code_of(f"m.{name}", m=RemoteMedium("https://a/b")) == "RF203"

    def test_fields_of_deferred_media_are_deferred(self) -> None:
        """A field of a medium that is not there yet waits for it; one that no medium has is an error now."""
        assert value("m.width", m=Deferred(frozenset({"d"}), MediaKind.VIDEO)) == D
        assert value("m.anything", m=D) == D
        assert value("m.text", m=Deferred(frozenset({"d"}), MediaKind.TEXT)) == D
        assert code_of("m.widht", m=Deferred(frozenset({"d"}), MediaKind.VIDEO)) == "RF203"

    def test_items_of_unknown_values_are_unknown(self) -> None:
        """An item waits for its list and its index."""
        assert value("d[e]", d=D, e=E) == waits_for("d", "e")
        assert value("[1][d]", d=D) == D
        assert value("d[g]", d=D, g=GONE) == GONE
        assert value("g.a.b", g=GONE) == GONE

    def test_an_opaque_value_is_passed_on(self) -> None:
        """A value of another kind has no fields, may be compared and passed on."""
        path = object()
        assert value("[p]", p=path) == (path,)
        assert value("p == p", p=path) is True
        assert problem("p.path", p=path).message == "a file has no field `path`"


class TestNullInstance:
    """`steps.S[null]`."""

    @pytest.mark.parametrize(
        "source",
        [
            "s[null]", "s[n].output", "s[n].output.width", "s[n].outputs[0].q", "s[prev()].output",
            "(s[n] if true else 1).output", "s[n].output | default(null)", "null if s[n] else null",
            "[s[n]] | first", "{'a': s[n].output}.a", "s[n] or null", "s[s[n]].x",
        ],
    )  # fmt: skip
    def test_the_instance_of_null_is_null_and_so_are_its_fields(self, source: str) -> None:
        """A chain reads null before its first instance."""
        scope = FakeScope({"s": fan_out(a=1), "n": None}, keys=("a", "b"))
        assert evaluate(read(source), scope) is None

    def test_it_is_null_for_every_filter_and_test(self) -> None:
        """The marker never leaves the evaluation."""
        assert value("s[null] is none", s=fan_out()) is True
        assert value("s[null].output is defined", s=fan_out()) is False
        assert value("s[null].output | default(4)", s=fan_out()) == 4
        assert value("not s[null]", s=fan_out()) is True
        assert value("[s[null].output, 1]", s=fan_out()) == (None, 1)
        assert code_of("s[null].output ~ 'a'", s=fan_out()) == "RF212"

    def test_other_nulls_have_no_fields(self) -> None:
        """Null that came from elsewhere is an error with a hint."""
        assert code_of("x.output", x=None) == "RF203"


class TestGuards:
    """`default` and `is defined` over data that is not there."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("m.q | default(1)", 1), ("m.q.r | default(1)", 1), ("m.n.r | default(1)", 1),
            ("m.n.r.s[0] | default(1)", 1), ("l[9] | default(1)", 1), ("l[9].x | default(1)", 1),
            ("m.q is defined", False), ("m.q is undefined", True), ("m.n is defined", False),
            ("m.a is defined", True), ("m['q'] | default(1)", 1), ("m[3] | default(1)", 1),
            ("m.a | default(1)", 5), ("(m.q | default({})).r | default(2)", 2),
            ("m.a | default(value=1)", 5), ("m.q | default(default_value=1)", 1),
            ("m.n | default(null)", None),
        ],
    )  # fmt: skip
    def test_absent_data_is_replaced(self, source: str, expected: object) -> None:
        """A key, an item, a field of null that is not there counts as null."""
        assert value(source, m={"a": 5, "n": None}, l=[1]) == expected

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("mm | default(1)", "RF202"), ("i.q | default(1)", "RF203"), ("m[m.q] | default(1)", "RF203"),
            ("(m.q ~ 'a') | default(1)", "RF203"), ("s['q'].output | default(1)", "RF206"),
            ("mm is defined", "RF202"), ("m.q is none", "RF203"), ("m.q or 1", "RF203"),
        ],
    )  # fmt: skip
    def test_what_was_mistyped_stays_an_error(self, source: str, code: str) -> None:
        """Names, documented fields and instances do not come and go with the data."""
        assert code_of(source, m={"a": 5}, i=FakeLookup({"a": 1}), s=fan_out(a=1)) == code
