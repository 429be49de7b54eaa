"""Work in the background that was begun before a recording: a client asks what became of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.words import answer
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.replies import Refusal
from notion_backup.sandbox.tasks import Tasks
from notion_backup.sandbox.workspace import Raw

_TASK = re.compile(r"/v1/async_tasks/([^/]+)/?")
_READ = {"page": "pages/{}", "page_markdown": "pages/{}/markdown", "block": "blocks/{}", "database": "databases/{}"}


def put_tasks(tasks: Tasks, evidence: Evidence, read: Callable[[str], str]) -> None:
    """The tasks that were asked for and that the recording did not begin.

    What comes of one is read from the sandbox with ``read``, by path, as it is there.
    """
    known: dict[str, Raw] = {}
    for exchange in evidence.exchanges:
        path = _TASK.fullmatch(exchange.path)
        task_id = normalise(path.group(1)) if path and answer(exchange) else None
        if task_id is not None and evidence.is_past(task_id):
            known[task_id] = answer(exchange)
    for task_id, told in known.items():
        operation = told.get("operation")
        name = str(operation.get("name")) if isinstance(operation, dict) else ""
        tasks.begun(task_id, name, _work(told, read))


def _work(told: Raw, read: Callable[[str], str]) -> Callable[[], Raw]:
    def work() -> Raw:
        error, result = told.get("error"), told.get("result")
        if isinstance(error, dict):
            raise Refusal(int(error.get("status", 400)), str(error.get("code")), str(error.get("message")))
        path = _READ.get(str(result.get("object"))) if isinstance(result, dict) else None
        if path is None or not isinstance(result, dict):
            return {}
        found: Raw = json.loads(read("/v1/" + path.format(result.get("id"))))
        found.pop("request_id", None)
        return found

    return work
