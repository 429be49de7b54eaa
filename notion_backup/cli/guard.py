"""Where every command ends: errors become one message and an exit status, never a traceback unless asked for.

====  ==============================================================
0     done and complete
1     failed
2     wrong use or configuration
3     done, but something is missing (the verdict lists what)
130   interrupted with Ctrl-C
141   whoever read the output stopped reading (as a shell counts it)
====  ==============================================================
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from notion_backup.cli.context import debug_asked
from notion_backup.cli.output import note
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_FAILED, EXIT_USAGE, NotionBackupError

EXIT_INTERRUPTED = 130
EXIT_READER_LEFT = 141
_MESSAGE_CELLS = 2000


class GuardedGroup(TyperGroup):
    """The top of the commands: runs one and turns what it raises into a message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command named in ``ctx``."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except NotionBackupError as error:
            self._tell(ctx, error, f"Error: {safe(error.what, _MESSAGE_CELLS)}", error.cure)
            raise typer.Exit(error.exit_status) from error
        except KeyboardInterrupt as error:
            note("Interrupted. Every snapshot that was committed is safe; what this command had only begun is not one.")
            raise typer.Exit(EXIT_INTERRUPTED) from error
        except BrokenPipeError:
            _leave_quietly()
        except Exception as error:  # the last resort of a command line
            if _is_typers_own(error):
                raise
            what = f"Error: something unexpected happened ({type(error).__name__}{_place(error)})."
            self._tell(ctx, error, what, "Run it again as `notion-backup --debug …` to see where.")
            raise typer.Exit(EXIT_FAILED) from error

    def _tell(self, ctx: Any, error: BaseException, what: str, cure: str) -> None:
        if debug_asked(ctx):
            traceback.print_exception(error, file=sys.stderr)
        note(what)
        if cure:
            note(f"  → {safe(cure, _MESSAGE_CELLS)}")


def _is_typers_own(error: BaseException) -> bool:
    """Typer's wrong-use errors and exits carry their own message and status."""
    return isinstance(error, (typer.Exit, typer.Abort)) or hasattr(error, "exit_code")


def _place(error: BaseException) -> str:
    """For the file system's errors: which of them. Never the message: it may quote what must not be shown."""
    if isinstance(error, OSError) and error.errno is not None:
        return f": {os.strerror(error.errno)}"
    return ""


def _leave_quietly() -> NoReturn:
    """Stop without a word: nobody is listening, and Python would complain while flushing at its end."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    raise typer.Exit(EXIT_READER_LEFT)


def wrong_use(message: str) -> NoReturn:
    """Refuse a call that the command's options cannot express. Exit status 2."""
    note(f"Error: {message}")
    raise typer.Exit(EXIT_USAGE)
