"""``sandbox``: the Notion-compatible server, for trying things out without Notion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from notion_backup.cli.output import note, say, say_json
from notion_backup.cli.safetext import safe
from notion_backup.errors import UsageError

_SHOWN = 3
"""Differences told of an endpoint; ``--json`` has all."""

app = typer.Typer(
    help="A Notion-compatible server to try things on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8787,
    pages: Annotated[int, typer.Option("--pages", min=1, help="Pages of the generated workspace.")] = 200,
    blocks_per_page: Annotated[
        int, typer.Option("--blocks-per-page", min=1, metavar="N", help="Average length of a page.")
    ] = 12,
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=0, metavar="N", help="Rows of its databases (default: a third of pages)."),
    ] = None,
    databases: Annotated[
        int | None, typer.Option("--databases", min=1, metavar="N", help="Databases the rows are spread over.")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, metavar="N", help="Levels that ordinary pages nest to.")] = 2,
    media_bytes: Annotated[
        int, typer.Option("--media-bytes", min=0, metavar="N", help="Average size of a file.")
    ] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same workspace.")] = 0,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", metavar="FILE", help="Serve this workspace file instead.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="TOKEN", help="The token it accepts (default: a fixed one).")
    ] = None,
    other_tokens: Annotated[
        list[str] | None,
        typer.Option("--other-token", metavar="TOKEN", help="One more token of the same workspace; may be repeated."),
    ] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="The tokens are a person's: no list of users, pages without a parent.")
    ] = False,
    rate_limit: Annotated[
        int | None, typer.Option("--rate-limit", min=1, metavar="N", help="Requests a minute before it answers 429.")
    ] = None,
    workspace_limit: Annotated[
        int | None,
        typer.Option("--workspace-limit", min=1, metavar="N", help="Requests a minute of all tokens together."),
    ] = None,
    row_cap: Annotated[
        int | None, typer.Option("--row-cap", min=1, metavar="N", help="Most rows of a query (default: 10,000).")
    ] = None,
    page_cap: Annotated[
        int | None, typer.Option("--page-cap", min=1, max=100, metavar="N", help="Most items of one answer.")
    ] = None,
    search_lag: Annotated[
        float, typer.Option("--search-lag", min=0, metavar="SECONDS", help="How late search learns of edits.")
    ] = 0.0,
    speed: Annotated[
        float, typer.Option("--speed", min=0, metavar="N", help="Its clock runs N times as fast; 0 stands still.")
    ] = 1.0,
    faults: Annotated[
        Path | None, typer.Option("--faults", metavar="FILE", help="A plan of faults to answer with.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Write every exchange to FILE as a JSON line.")
    ] = None,
) -> None:
    """Serve a workspace as Notion would, until Ctrl-C.

    Set NOTION_BASE_URL to the address it prints, and NOTION_TOKEN to its token, to back it up.
    """
    from notion_backup.sandbox import (
        DEFAULT_TOKEN,
        FaultPlanError,
        PlanFile,
        Sandbox,
        SandboxClock,
        WorkspaceFileError,
        generate,
        load_plan,
        load_workspace,
    )
    from notion_backup.sandbox import serve as serve_sandbox

    accepted = token or DEFAULT_TOKEN
    try:
        space = load_workspace(workspace) if workspace is not None else generate(
            pages=pages, seed=seed, blocks_per_page=blocks_per_page, rows=rows, databases=databases, depth=depth,
            media_bytes=media_bytes,
        )  # fmt: skip
        sandbox = Sandbox(
            space,
            clock=SandboxClock(speed),
            token=accepted,
            other_tokens=other_tokens or (),
            personal=personal,
            rate_limit=rate_limit,
            workspace_limit=workspace_limit,
            search_lag=search_lag,
            log=log,
        )
        sandbox.apply_plan(PlanFile(row_cap=row_cap, page_cap=page_cap))
        if faults is not None:
            sandbox.apply_plan(load_plan(faults))
        serve_sandbox(sandbox, host=host, port=port, announce=lambda url: _announce(url, None if token else accepted))
    except (FaultPlanError, WorkspaceFileError) as error:
        raise UsageError(str(error), cure="Correct the file, or leave the option out.") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        where = safe(str(error.filename)) if error.filename else f"port {port} of {host}"
        raise UsageError(f"The sandbox cannot use {where}: {reason}.") from error


@app.command("generate")
def generate_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the workspace.")],
    pages: Annotated[int, typer.Option("--pages", min=1, help="Pages of the workspace.")] = 200,
    blocks_per_page: Annotated[
        int, typer.Option("--blocks-per-page", min=1, metavar="N", help="Average length of a page.")
    ] = 12,
    rows: Annotated[int | None, typer.Option("--rows", min=0, metavar="N", help="Rows of its databases.")] = None,
    databases: Annotated[
        int | None, typer.Option("--databases", min=1, metavar="N", help="Databases the rows are spread over.")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, metavar="N", help="Levels that ordinary pages nest to.")] = 2,
    media_bytes: Annotated[
        int, typer.Option("--media-bytes", min=0, metavar="N", help="Average size of a file.")
    ] = 20_000,
    days: Annotated[int, typer.Option("--days", min=0, metavar="N", help="Days of work done in it afterwards.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same workspace.")] = 0,
) -> None:
    """Write a generated workspace to one JSON file, which `sandbox serve --workspace` serves."""
    from notion_backup.sandbox import edit_days, generate, save_workspace

    space = generate(
        pages=pages, seed=seed, blocks_per_page=blocks_per_page, rows=rows, databases=databases, depth=depth,
        media_bytes=media_bytes,
    )  # fmt: skip
    edit_days(space, days=days, seed=seed)
    try:
        save_workspace(space, file)
    except OSError as error:
        raise UsageError(f"{safe(str(file))} cannot be written: {error.strerror}.") from error
    counts = {kind: len(space.objects[kind]) for kind in ("page", "database", "block", "comment")}
    note(", ".join(f"{count} {kind}s" for kind, count in counts.items()) + f" in {safe(str(file))}")


def _announce(url: str, default_token: str | None) -> None:
    """Say where it is. A token that was handed in is known to whoever did; the fixed one guards nothing."""
    note(f"A Notion-compatible server is at {url} (Ctrl-C ends it)")
    note(f"  NOTION_BASE_URL={url}")
    if default_token is not None:
        note(f"  NOTION_TOKEN={default_token}")


@app.command("conform")
def conform(
    traffic: Annotated[Path, typer.Argument(metavar="TRAFFIC", help="Recorded exchanges: .jsonl or .jsonl.gz.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON document.")] = False,
) -> None:
    """Replay recorded traffic against the sandbox and say where its answers differ.

    Compared are status, error code, shape, and which ids are the same. Differences are no failure: the status is 0.
    """
    from notion_backup.sandbox.conform import TrafficError, read_traffic
    from notion_backup.sandbox.conform import conform as measure

    try:
        likeness = measure(read_traffic(traffic))
    except TrafficError as error:
        raise UsageError(
            str(error), cure="Give a file with one exchange a line, as docs/sandbox.md describes it."
        ) from error
    except OSError as error:
        raise UsageError(f"{safe(str(traffic))} cannot be read: {error.strerror}.") from error
    if as_json:
        say_json(likeness.to_json())
        return
    for name, tally in sorted(likeness.endpoints.items()):
        say(f"{tally.agreed:6} / {tally.total:<6} {safe(name)}")
        for found in tally.differences[:_SHOWN]:
            say(f"        {safe(found['session'])} {found['step']}: {safe(found['where'][0])}")
    share = 100 * likeness.agreed / likeness.total if likeness.total else 100.0
    say(f"{likeness.agreed} of {likeness.total} exchanges agree ({share:.1f} %)")
