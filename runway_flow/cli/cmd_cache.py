"""`cache`: looks after the store: lists it, checks it, removes what may go, carries results elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from msgspec.structs import replace

from runway_flow.cli.byte_meter import ByteMeter
from runway_flow.cli.kept_results import count_earlier, find_result, kept_results, selected_results
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_message, print_result
from runway_flow.cli.quantities import parse_age, parse_size
from runway_flow.engine.pruning import PrunePolicy
from runway_flow.kernel import codes
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import UsageError
from runway_flow.report import cache_json, cache_text
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from runway_flow.cli.options import Common

_FILE = click.Path(path_type=Path)


@click.group("cache")
def command() -> None:
    """Look after the store: list, check, clean up, carry results to another machine."""


@command.command("ls")
@global_flags
@click.pass_context
def list_(context: click.RichContext, /, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """List the kept results, newest first; with --emulate those that cost nothing."""
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=False) as session:
        results, hidden = kept_results(session)
        has = session.store.blobs.has
        if common.is_json:
            print_document(cache_json.list_document(results, has))
        else:
            print_result(cache_text.render_results(results, has, session.clock.now(), common.out))
            if hidden and not common.is_quiet:
                print_message(f"{hidden}\n")
    return 0


@command.command("show")
@click.argument("key", metavar="KEY")
@global_flags
@click.pass_context
def show(context: click.RichContext, /, key: str, **values: Any) -> int:  # noqa: ANN401
    """Show one result with the document that its key stands for; the start of the key is enough."""
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=False) as session:
        kept = find_result(session, key)
        earlier, has = count_earlier(session, kept), session.store.blobs.has
        if common.is_json:
            print_document(cache_json.details_document(kept, has, earlier))
        else:
            print_result(cache_text.render_result(kept, has, earlier, common.out))
    return 0


@command.command("verify")
@global_flags
@click.pass_context
def verify(context: click.RichContext, /, **values: Any) -> int:  # noqa: ANN401
    """Read everything in the store; what is damaged is put aside. Exit 1 if something was."""
    from runway_flow.store.verify import verify as verify_store

    common = resolve_common(take_globals(context, values))
    with _using(common) as session:
        meter = ByteMeter("reading the store", common, session.clock)
        try:
            found = verify_store(session.store, lambda at: meter.show(at.bytes, at.all_bytes))
        finally:
            meter.end()
    if common.is_json:
        print_document(cache_json.verification_document(found))
    else:
        print_result(cache_text.render_verification(found, common.out))
    return ExitCode.FAILED if found.damaged else ExitCode.DONE


@command.command("gc")
@click.option(
    "--max-size", metavar="SIZE", help="Remove what was not used for longest until so much is left: 20GB."
)
@click.option("--older-than", metavar="AGE", help="Remove only what was not used for so long: 30d, 12h.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@global_flags
@click.pass_context
def gc(
    context: click.RichContext,
    /,
    max_size: str | None,
    older_than: str | None,
    *,
    dry_run: bool,
    **values: Any,  # noqa: ANN401
) -> int:
    """Remove bytes that nothing refers to, and on request those not used for long; records stay."""
    from runway_flow.store.prune import plan_pruning, prune

    common = resolve_common(take_globals(context, values))
    policy = PrunePolicy(parse_size(max_size, "--max-size"), parse_age(older_than, "--older-than"))
    with Session(common.settings, can_write=False) as session:
        now = session.clock.now()
        if dry_run or not session.has_store:
            done = replace(plan_pruning(session.store, policy, now), is_dry=dry_run)
        else:
            done = prune(session.sole_store, policy, now)
    if common.is_json:
        print_document(cache_json.pruning_document(done))
    else:
        print_result(cache_text.render_pruning(done, common.out))
    return 0


@command.command("export")
@click.argument("file", metavar="FILE", type=_FILE)
@click.argument("selection", metavar="[FLOW|RUN]", required=False)
@global_flags
@click.pass_context
def export(context: click.RichContext, /, file: Path, selection: str | None, **values: Any) -> int:  # noqa: ANN401
    """Write results with their bytes into one archive: all, or those of a flow (its file or its name)."""
    from runway_flow.store.archive_export import export_archive

    common = resolve_common(take_globals(context, values))
    with _using(common) as session:
        results = selected_results(session, selection)
        if not results:
            hint = "`runway-flow cache ls` lists what is kept; emulated results need `--emulate`"
            raise UsageError("there is no result to export", code=codes.SELECTION_UNKNOWN, hint=hint)
        done = export_archive(file.expanduser().absolute(), results, session.store.blobs)
    if common.is_json:
        print_document(cache_json.transfer_document(str(file), done))
    else:
        print_result(cache_text.render_export(str(file), done, common.out))
    return 0


@command.command("import")
@click.argument("file", metavar="FILE", type=_FILE)
@global_flags
@click.pass_context
def import_(context: click.RichContext, /, file: Path, **values: Any) -> int:  # noqa: ANN401
    """Take what is missing here from an archive, once all of it has been checked."""
    from runway_flow.store.archive_import import import_archive

    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=True) as session:
        meter = ByteMeter("reading the archive", common, session.clock)
        try:
            done = import_archive(file.expanduser(), session.store, meter.add)
        finally:
            meter.end()
    if common.is_json:
        print_document(cache_json.transfer_document(str(file), done))
    else:
        print_result(cache_text.render_import(done, common.out))
    return 0


def _using(common: Common) -> Session:
    """Open a session that is seen by whoever wants to remove bytes; a store that is not there is not made."""
    looking = Session(common.settings, can_write=False)
    return Session(common.settings, can_write=looking.has_store)
