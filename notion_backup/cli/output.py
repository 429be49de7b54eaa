"""The one way out: lines, tables and JSON on standard output, messages on standard error.

Standard output is what was asked for and may be piped; with ``--json`` it is JSON and nothing else. Messages, progress
and questions go to standard error. No markup is ever read from what is printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from notion_backup.cli.safetext import safe
from notion_backup.phrasing import count as count
from notion_backup.phrasing import size as size


def say(line: str = "") -> None:
    """One line of the answer. The caller has made names in it safe."""
    sys.stdout.write(line + "\n")


def say_styled(lines: Iterable[tuple[str, str]]) -> None:
    """Lines of the answer, each in its style where a terminal shows it. The caller has made names in them safe."""
    if not on_terminal():
        for line, _ in lines:
            say(line)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    for line, style in lines:
        console.print(Text(line, style=style), soft_wrap=True)


def note(line: str) -> None:
    """One message beside the answer."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def on_terminal() -> bool:
    """Whether a person is looking at the answer as it is written."""
    return sys.stdout.isatty()


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON in printable ASCII only, so that no title can act on a terminal even here."""
    text = json.dumps(value, ensure_ascii=True, indent=indent, default=str)
    return text.replace("\x7f", "\\u007f")


def say_json(value: Any) -> None:
    """One JSON document, spread over lines for people."""
    say(json_text(value, indent=2))


def say_json_line(value: Any) -> None:
    """One line of JSON lines."""
    say(json_text(value))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of plain text: drawn on a terminal that is wide enough, columns apart by two spaces elsewhere.

    Cells are made safe here.
    """
    cells = [[safe(cell) for cell in row] for row in rows]
    if on_terminal() and _drawn(columns, cells):
        return
    from rich.cells import cell_len

    lines = [list(columns), *cells]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        say("  ".join(padded).rstrip())


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Draw a table; False when its cells would have to be broken to fit."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(markup=False, highlight=False, emoji=False)
    if console.measure(table).maximum > console.width:
        return False
    console.print(table)
    return True
