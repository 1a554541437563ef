"""Laziness, and how deferred and skipped values pass through an expression."""

from __future__ import annotations

import pytest

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import (
    Artifact,
    MediaFacts,
    MediaKind,
)
from runway_flow.kernel.values import Deferred, Skipped
from tests.fakes.expression_scope import (
    GONE,
    D,
    E,
    FakeLookup,
    fan_out,
    value,
    waits_for,
)

FACTS = MediaFacts(MediaKind.VIDEO, "video/mp4", 900, 1280, 720, 5.0, 24.0)
CLIP = Artifact(Digest("aa"), FACTS)
BOTH = waits_for("d", "e")


class TestLaziness:
    """What is not reached is not looked at."""

    @pytest.mark.parametrize(
        "source",
        [
            "false and s.x", "true or s.x", "1 if true else s.x", "s.x if false else 1", "1 | default(s.x)",
            "1 > 2 > s.x", "0 and d and s.x", "1 or d",
        ],
    )  # fmt: skip
    def test_a_decided_side_keeps_the_other_unread(self, source: str) -> None:
        """A reference that is not reached reads nothing and makes no dependency."""
        lookup = FakeLookup({"x": D})
        found = value(source, s=lookup, d=D)
        assert not isinstance(found, Deferred)
        assert lookup.reads == []


class TestDeferred:
    """Values that only a run can tell."""

    @pytest.mark.parametrize(
        "source",
        [
            "d + e", "d ~ e", "d == e", "d < e", "d in e", "[d] == [e]", "d in [e]", "d and e", "d or e",
            "d if e else 1", "1 if d else e", "d[e]", "range(d, e)", "d | replace(e, 'x')",
            "d | default(e)", "1 < d < e", "d == 1 == e", "[d, e] | join", "{d: 1, e: 2}", "{d: e}[e]",
            "d is eq(e)", "d | join(separator=e)", "1 if d else [e]", "d and {'a': e}",
        ],
    )  # fmt: skip
    def test_what_depends_on_both_waits_for_both(self, source: str) -> None:
        """A result waits for everything that it may look at."""
        assert value(source, d=D, e=E) == BOTH

    @pytest.mark.parametrize(
        "source",
        [
            "-d", "+d", "not d", "d.x", "d | upper", "d | length", "d is none", "d is defined",
            "d is undefined", "d and false", "d or true", "d and missing", "d or missing.x",
            "missing if d else 1 / 0", "d | default(missing)", "prev(d)", "{'a': d} | tojson", "d | first",
            "d | map('upper')", "1 | default(2, d)", "1 | default(2, boolean=d)", "[d] | sort", "[d] | sum",
            "[d] | max", "[d] | unique", "[d] | select", "[1, d] | select('odd')", "x | select('eq', d)",
        ],
    )  # fmt: skip
    def test_one_unknown_operand_is_enough(self, source: str) -> None:
        """Problems in a branch that may not be reached are no problems yet."""
        assert value(source, d=D, x=(1,)) == D

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("[d, 1]", (D, 1)), ("{'a': d}", {"a": D}), ("[d, 1] | length", 2), ("[d, 1] | last", 1),
            ("[1, d] | first", 1), ("[d] | list", (D,)), ("[d, 'a'] | map('upper')", (D, "A")),
            ("1 if [d] else 2", 1), ("[d] and 1", 1), ("[d] is sequence", True), ("{'a': d}.a", D),
            ("[d, 1][1]", 1), ("[d] | default(1)", (D,)), ("[x] | map(attribute='a')", (D,)),
            ("[x, x] | map(attribute='b')", (1, 1)), ("[x] | selectattr('b')", ({"a": D, "b": 1},)),
            ("[x] | sort(attribute='b') | map(attribute='b')", (1,)), ("{'a': d} is mapping", True),
            ("[null, 2] | map('default', d)", (D, 2)),
        ],
    )  # fmt: skip
    def test_what_is_known_of_containers_stays_known(self, source: str, expected: object) -> None:
        """A list with deferred items has a length, and items that are known."""
        assert value(source, d=D, x={"a": D, "b": 1}) == expected

    def test_sorting_by_a_deferred_field_waits(self) -> None:
        """An order that depends on what is not known is not known."""
        items = [{"a": D}, {"a": E}]
        for name in ("sort", "unique", "max", "min"):
            assert value(f"x | {name}(attribute='a')", x=items) == BOTH
        assert value("x | sum('a')", x=items) == BOTH
        assert value("x | join(',', 'a')", x=items) == BOTH
        assert value("x | selectattr('a')", x=items) == BOTH
        assert value("x | selectattr('a', 'gt', 1)", x=items) == BOTH

    @pytest.mark.parametrize(
        "source", ["v if d else v", "v | default(v)", "v or v", "v if d else m", "v | default(m)", "v or m"]
    )
    def test_the_kind_survives_where_every_branch_has_it(self, source: str) -> None:
        """A choice between videos is a video."""
        video = Deferred(frozenset({"v"}), MediaKind.VIDEO)
        found = value(source, d=D, v=video, m=CLIP)
        assert isinstance(found, Deferred)
        assert found.kind is MediaKind.VIDEO

    @pytest.mark.parametrize(
        "source", ["v if d else i", "v | default(i)", "v or 1", "v and v", "v | default('a')", "v ~ ''"]
    )
    def test_the_kind_is_lost_where_branches_differ(self, source: str) -> None:
        """A choice between a video and an image has no known kind."""
        names = {
            "v": Deferred(frozenset({"v"}), MediaKind.VIDEO),
            "i": Deferred(frozenset({"i"}), MediaKind.IMAGE),
        }
        found = value(source, d=D, **names)
        assert isinstance(found, Deferred)
        assert found.kind is None

    def test_an_untouched_deferred_value_keeps_its_kind(self) -> None:
        """Reading an output gives what the step will give."""
        video = Deferred(frozenset({"v"}), MediaKind.VIDEO)
        assert value("s['a'].output", s=fan_out(a=video)) == video


class TestSkipped:
    """What was skipped."""

    @pytest.mark.parametrize(
        "source",
        [
            "g + 1", "g ~ 'a'", "-g", "not g", "g.x", "g[0]", "[1][g]", "g and 1", "g == 1", "1 < g",
            "g in [1]", "1 in [g]", "g if true else 1", "1 if g else 2", "g | upper",
            "'a' | replace('a', g)", "[g] | join", "[g, d] | sort", "g is none", "range(g)", "g + d",
            "d + g", "d == g", "{g: 1}", "{d: 1, g: 2}", "1 < g < d", "null or g", "g or g", "[g] | select",
            "[g] | selectattr('x')", "[[g]] == [1]", "g | default(g)", "x | default(g)",
        ],
    )  # fmt: skip
    def test_reading_what_was_skipped_skips_the_reader(self, source: str) -> None:
        """Skipped wins over deferred."""
        assert value(source, g=GONE, d=D, x=None) == GONE

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("g | default(1)", 1), ("g.x.y | default(1)", 1), ("g or 2", 2), ("g or g or 3", 3),
            ("g is defined", False), ("g is undefined", True), ("g is not defined", True),
            ("g | default(d)", D), ("g or d", D), ("g | default(1, boolean=true)", 1),
            ("0 | default(2, boolean=true)", 2), ("0 | default(2, true)", 2), ("0 | default(2)", 0),
            ("0 | default(2, g)", 0), ("[g, 1] | select('defined')", (1,)),
            ("[g] | map('default', 1)", (1,)), ("d and g", D), ("1 if d else g", D), ("d or g", D),
            ("[g, 1] | length", 2), ("[1, g] | first", 1),
        ],
    )  # fmt: skip
    def test_these_look_past_what_was_skipped(self, source: str, expected: object) -> None:
        """`default`, `is defined`, `or`, and branches that may not be reached."""
        assert value(source, g=GONE, d=D) == expected

    def test_a_skipped_leaf_stays_in_its_container(self) -> None:
        """Whoever asked finds it."""
        assert value("[g, {'a': g}]", g=GONE) == (GONE, {"a": GONE})

    def test_skipped_instances_are_left_out_of_maps_and_choices(self) -> None:
        """`map(attribute='output')` and `selectattr('output…')` go over the instances that ran."""
        names = {"s": fan_out(a=CLIP, b=Skipped("s[b]"), c=D)}
        assert value("s | map(attribute='output') | list", **names) == (CLIP, D)
        assert value("s | map(attribute='output', default='x')", **names) == (CLIP, "x", D)
        assert value("s | map(attribute='key') | join", **names) == "abc"
        wide = "s | selectattr('key', 'ne', 'c') | selectattr('output.width', 'gt', 1)"
        assert value(f"{wide} | map(attribute='key') | join", **names) == "a"
        assert value("[g] | map(attribute='x')", g=GONE) == (GONE,)
