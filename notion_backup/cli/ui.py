"""``ui``: Dagster's pages on this home's history."""

from __future__ import annotations

from typing import Annotated

import typer

from notion_backup.cli.context import session
from notion_backup.cli.output import note


def ui(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = 3000,
) -> None:
    """Open Dagster's pages on this history.

    Runs, lineage, partitions, checks; schedules and sensors work while it runs. Runs on the same instance as
    `notion-backup backup`, until Ctrl-C. There is no login: let it listen on addresses of this machine only."""
    from notion_backup.pipeline import launch

    settings = session(ctx).settings
    note(f"Dagster's pages: http://{host}:{port} (Ctrl-C ends them)")
    raise typer.Exit(launch.ui(settings, host, port))
