"""Arguments and options that several commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

LATEST = "latest"
SNAPSHOT_HELP = (
    "A snapshot: `latest`, a partition such as `2026-11-22`, a snapshot's id, or the beginning of one that only it has."
)
OBJECT_HELP = "An object: its id, its Notion URL, or the titles from the top with / between them."

SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP)]
WorkspaceOption = Annotated[
    str | None,
    typer.Option("--workspace", "-w", metavar="NAME", help="The workspace, where the settings name several."),
]
JsonLinesOption = Annotated[bool, typer.Option("--json", help="Print JSON lines (one object a line) and nothing else.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
