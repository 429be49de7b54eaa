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
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same workspace.")] = 0,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", metavar="FILE", help="Serve this workspace file instead.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="TOKEN", help="The token it accepts (default: a fixed one).")
    ] = None,
    rate_limit: Annotated[
        int | None, typer.Option("--rate-limit", min=1, metavar="N", help="Requests a minute before it answers 429.")
    ] = None,
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
    from notion_backup.sandbox import DEFAULT_TOKEN, FaultPlanError, WorkspaceFileError
    from notion_backup.sandbox import serve as serve_sandbox

    accepted = token or DEFAULT_TOKEN
    try:
        serve_sandbox(
            host=host,
            port=port,
            seed=seed,
            pages=pages,
            blocks_per_page=blocks_per_page,
            workspace=workspace,
            token=accepted,
            rate_limit=rate_limit,
            faults=faults,
            log=log,
            announce=lambda url: _announce(url, None if token else accepted),
        )
    except (FaultPlanError, WorkspaceFileError) as error:
        raise UsageError(str(error), cure="Correct the file, or leave the option out.") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        where = safe(str(error.filename)) if error.filename else f"port {port} of {host}"
        raise UsageError(f"The sandbox cannot use {where}: {reason}.") from error


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
