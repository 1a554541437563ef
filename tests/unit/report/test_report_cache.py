"""What `cache` says: lists, damage, what was removed and carried."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from runway_flow.engine.inventory import (
    CondemnedBlob,
    Damage,
    KeptResult,
    MissingBlob,
    Pruning,
    Transfer,
    Use,
    Verification,
)
from runway_flow.kernel.digests import digest_bytes
from runway_flow.report.cache_json import (
    details_document,
    list_document,
    pruning_document,
    transfer_document,
    verification_document,
)
from runway_flow.report.cache_text import (
    age_text,
    render_export,
    render_import,
    render_pruning,
    render_result,
    render_results,
    render_verification,
)
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.records import NOW, SOUND, make_kept
from tests.fakes.schemas import faults

WIDE = Terminal()
FILM, SOUND_BYTES = digest_bytes(b"film"), digest_bytes(b"sound")
CLIP = make_kept("clip", b"film")


def local(kept: KeptResult) -> KeptResult:
    """Make it a result of this machine that no instance has any more."""
    document = {"operation": "media/concat", "options": {}, "schema": 1, "version": 1}
    result = replace(kept.result, document=document, credits=Decimal(0), task=None, tool="ffmpeg 7.1")
    return replace(kept, result=result, uses=())


def test_ages() -> None:
    """An age is written in its largest unit; a clock that was set back gives none."""
    ages = {
        -5: "0 s",
        0: "0 s",
        59: "59 s",
        60: "1 min",
        3599: "59 min",
        7200: "2 h",
        86400: "1 d",
        1e7: "115 d",
    }
    assert {seconds: age_text(seconds) for seconds in ages} == ages


def test_results() -> None:
    """The newest first; bytes that are gone are told, and each blob is counted once in the sums."""
    older = local(replace(CLIP, result=replace(CLIP.result, created_at=NOW - 86400)))
    many = make_kept("two", b"film", b"sound", b"sound")
    many = replace(many, uses=(Use("a", "x"), Use("b", "y"), Use("c", "z")))
    text = render_results([older, CLIP, many], lambda digest: digest == FILM, NOW + 60, WIDE)
    head, *rows, empty, sums = text.splitlines()
    assert head.split() == ["key", "used", "by", "made", "by", "gives", "size", "age", "credits"]
    assert rows[-1].split() == [CLIP.result.key[:8], "–", "media/concat", "video", "4", "B", "1", "d", "0"]
    (plenty,) = (row for row in rows if "+2" in row)
    assert plenty.split()[1:] == [
        "a", "·", "x", "+2", "image_to_video", "3", "videos", "gone", "1", "min", "60.5",
    ]  # fmt: skip
    assert (empty, sums) == ("", "3 results · 4 B · 121 credits")


def test_narrow_and_plain() -> None:
    """Lines fit; glyphs give way; what comes from outside cannot steer the terminal."""
    evil = replace(CLIP, uses=(Use("tea\x1b[2Jser", "clip" * 20),))
    text = render_results([evil], lambda _: True, NOW, Terminal(width=40, is_ascii=True))
    assert text.isascii()
    assert "\x1b" not in text
    assert all(width_of(line) <= 40 for line in text.splitlines())
    assert CLIP.result.key[:8] in text


def test_one_result() -> None:
    """All that is known of it, and the document that its key stands for."""
    text = render_result(CLIP, lambda _: False, 1, WIDE)
    assert text.splitlines()[0] == f"key      {CLIP.result.key}"
    for line in (
        "realm    runway",
        "task     task-1",
        "credits  60.5",
        "earlier  1 result of the same key",
        f"output   {FILM} · video/mp4 · 1280×720 · 5 s · 4 B · not here",
        "used by  teaser · clip",
        '    "promptText": "clip"',
    ):
        assert f"\n{line}\n" in text
    mine = local(CLIP)
    outputs = tuple(replace(one, facts=SOUND) for one in mine.result.outputs)
    text = render_result(replace(mine, result=replace(mine.result, outputs=outputs)), lambda _: True, 0, WIDE)
    assert "\nrealm    this machine\n" in text
    assert "\ntool     ffmpeg 7.1\n" in text
    assert f"\noutput   {FILM} · audio/mpeg · 99 B\n" in text
    assert "task" not in text
    assert "earlier" not in text


def test_documents_of_results() -> None:
    """They keep to the schema."""
    assert faults(list_document([CLIP, local(CLIP)], lambda _: True), "cache_list") == []
    assert faults(details_document(CLIP, lambda _: False, 2), "cache_details") == []


def test_verification() -> None:
    """What is damaged comes first, then the verdict, then what is missing."""
    damaged = (
        Damage("blob", FILM, "its bytes have the sha256 x", "/store/quarantine/x"),
        Damage("stray", "cas/sha256/notes", "it is no blob, and is left alone"),
    )
    missing = tuple(MissingBlob(FILM, (CLIP.result.key,), CLIP.uses) for _ in range(20))
    found = Verification(2, 9, 1, 0, damaged, (*missing, MissingBlob(SOUND_BYTES, (CLIP.result.key,))))
    lines = render_verification(found, WIDE).splitlines()
    assert lines[:4] == [
        f"✗ blob {FILM}: its bytes have the sha256 x",
        "    kept as /store/quarantine/x",
        "✗ stray cas/sha256/notes: it is no blob, and is left alone",
        "✗ 2 damaged of 2 blobs (9 B), 1 record; 1 put aside, and not used any more",
    ]
    assert lines[4] == "21 blobs of known results not here; fetched when needed:"
    assert lines[5] == f"  {FILM[:8]}  {CLIP.result.key[:8]}  teaser · clip"
    assert lines[-1] == "  … and 1 more"
    alone = replace(found, damaged=(), missing=found.missing[-1:])
    assert render_verification(alone, WIDE).splitlines()[-1].endswith("  no step")
    assert faults(verification_document(found), "cache_verification") == []


def test_pruning() -> None:
    """Each blob with why it may go, then the sums; what could not go is explained."""
    blobs = (
        CondemnedBlob(FILM, 4, is_named=False),
        CondemnedBlob(FILM, 5, is_named=True),
        CondemnedBlob(FILM, 6, is_named=True, is_paid=True),
    )
    done = Pruning(False, blobs, 0, 0, 1, 100, 90)
    assert render_pruning(done, WIDE).splitlines() == [
        f"  {FILM[:8]}       4 B  no record names it",
        f"  {FILM[:8]}       5 B  its record stays",
        f"  {FILM[:8]}       6 B  paid for; its record stays",
        "removed 3 blobs (15 B); 100 B are left",
    ]
    dry = replace(done, is_dry=True, blobs=(), drafts=1, quarantined=2, is_over=True)
    assert render_pruning(dry, WIDE).splitlines() == [
        "would remove 0 blobs (0 B), 1 draft, 2 damaged files of the quarantine; 100 B are left",
        "more is left than asked for: 90 B are held by unfinished work, the rest is too new",
        "  = help: finish the runs that `runway-flow runs ls` lists, or give --older-than too",
    ]
    assert faults(pruning_document(done), "cache_pruning") == []
    assert faults(pruning_document(dry), "cache_pruning") == []


def test_transfers() -> None:
    """What was carried, what was known, what is missing."""
    sent = Transfer(2, 1, 4, missing=1)
    assert render_export("a.tar", sent, WIDE) == (
        "✓ a.tar: 2 results, 1 blob (4 B)\n1 blob not here, and so not in it; their records are\n"
    )
    assert render_import(replace(sent, known=1), WIDE) == (
        "✓ 2 results and 1 blob (4 B) taken; 1 result known already\n"
        "1 blob of these results neither in it nor here\n"
    )
    assert render_export("a\x1b.tar", replace(sent, missing=0), Terminal(is_ascii=True)).isascii()
    assert faults(transfer_document("a.tar", sent), "cache_transfer") == []
