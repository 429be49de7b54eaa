"""Arguments and options that several commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

SNAPSHOT_HELP = (
    "A snapshot: `latest`, a partition such as `2026-11-22`, a snapshot's id, the beginning of one that only it has, "
    "or a point in time as in --at."
)
AT_HELP = (
    "A day, a time or words such as `last Friday`: the nearest complete snapshot at or before it. Also a partition, "
    "an id or `latest`."
)
OBJECT_HELP = "An object: its id, its Notion URL, or the titles from the top with / between them."

SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP)]
AtOption = Annotated[str | None, typer.Option("--at", metavar="WHEN", help=AT_HELP)]
WorkspaceOption = Annotated[
    str | None,
    typer.Option("--workspace", "-w", metavar="NAME", help="The workspace, where the settings name several."),
]
JsonLinesOption = Annotated[bool, typer.Option("--json", help="Print JSON lines (one object a line) and nothing else.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
