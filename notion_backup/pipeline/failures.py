"""Errors on their way into Dagster: permanent ones fail at once, transient ones ask for another try.

Dagster keeps what a step raised, traceback and all, in its event log, unencrypted. So only errors of our own tree keep
their words (they never hold titles, text or secrets); of any other error the type and the lines of code are kept, and
its message, which may quote what was being read, is not.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from dagster import (
    AssetCheckExecutionContext,
    AssetExecutionContext,
    Failure,
    MetadataValue,
    OpExecutionContext,
    RetryRequested,
)

from notion_backup.errors import EXIT_FAILED, NotionBackupError
from notion_backup.pipeline.names import ATTEMPTS_TAG

ATTEMPTS = 4
"""Tries of a step in an unattended run, the first one included."""
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 900.0


StepContext: TypeAlias = AssetExecutionContext | AssetCheckExecutionContext | OpExecutionContext


@contextmanager
def explained(context: StepContext) -> Iterator[None]:
    """Turn errors into what Dagster should do about them: ``Failure`` without retries, or ``RetryRequested``."""
    try:
        yield
    except NotionBackupError as error:
        failure = failure_of(error)
        retry = _retry(error, tried=_tries_before(context) + 1, attempts=_attempts(context))
        if retry is None:
            raise failure from None
        raise retry from failure
    except (Failure, RetryRequested):
        raise
    except Exception as error:  # noqa: BLE001 - every unforeseen error must lose its message here, see above
        raise _unforeseen(error) from None


def failure_of(error: NotionBackupError) -> Failure:
    """A failure that is not tried again, with the error's parts as metadata."""
    return Failure(
        description=str(error),
        metadata={
            "kind": error.kind,
            "what": MetadataValue.text(error.what),
            "cure": MetadataValue.text(error.cure),
            "exit_status": error.exit_status,
        },
        allow_retries=False,
    )


def _retry(error: NotionBackupError, *, tried: int, attempts: int) -> RetryRequested | None:
    if not error.transient or tried >= attempts:
        return None
    wait = error.retry_after if error.retry_after is not None else FIRST_WAIT_SECONDS * 2 ** (tried - 1)
    return RetryRequested(max_retries=attempts - 1, seconds_to_wait=min(wait, LONGEST_WAIT_SECONDS))


def _tries_before(context: StepContext) -> int:
    op = context if isinstance(context, OpExecutionContext) else context.op_execution_context
    return op.retry_number


def _attempts(context: StepContext) -> int:
    asked = context.run.tags.get(ATTEMPTS_TAG, "")
    return int(asked) if asked.isdigit() else ATTEMPTS


def _unforeseen(error: Exception) -> Failure:
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return Failure(
        description=f"An unforeseen {type(error).__name__} stopped this step; this is a fault of the program.",
        metadata={
            "kind": type(error).__name__,
            "what": f"An unforeseen {type(error).__name__} at {frames[-1] if frames else 'an unknown place'}.",
            "cure": "Report it with the lines of code listed here; nothing that was committed is touched.",
            "exit_status": EXIT_FAILED,
            "code": MetadataValue.md("\n".join(f"- `{frame}`" for frame in frames)),
        },
        allow_retries=False,
    )
