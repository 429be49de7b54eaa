"""Operations that a client let run in the background (``allow_async``), and what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.clock import to_expiry
from notion_backup.sandbox.replies import Refusal
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.waiting import SECONDS, Waiting
from notion_backup.sandbox.workspace import Raw


@dataclass
class _Task:
    id: str
    name: str
    work: Callable[[], Raw | str]
    waiting: Waiting
    result: Raw | None = None
    error: Raw | None = None

    @property
    def status(self) -> str:
        if self.result is not None:
            return "succeeded"
        if self.error is not None:
            return "failed"
        return "running" if self.waiting.looks else "queued"


@dataclass
class Tasks:
    """The tasks of one sandbox. Work is done when its time has come, not when it is accepted."""

    room: Room
    _tasks: dict[str, _Task] = field(default_factory=dict)
    _open: list[_Task] = field(default_factory=list)

    def accept(self, ask: Ask, name: str, work: Callable[[], Raw | str]) -> Raw:
        """Take ``work`` on; the answer is 202 with the task."""
        task = self.later(work, name)
        self._tasks[task.id] = task
        ask.status = 202
        return self._shown(task, ask.base_url)

    def later(self, work: Callable[[], Raw | str], name: str = "") -> _Task:
        """Have something done when its time has come, though nobody may ask for it."""
        task = _Task(self.room.maker().new_id(), name, work, Waiting(self.room.clock.now()))
        self._open.append(task)
        return task

    def begun(self, task_id: str, name: str, work: Callable[[], Raw | str]) -> None:
        """Know of a task that was accepted before, by its id."""
        task = self._tasks[task_id] = _Task(task_id, name, work, Waiting(self.room.clock.now()))
        self._open.append(task)

    def get(self, ask: Ask) -> Raw:
        """``GET /async_tasks/{id}``."""
        task_id = self.room.id(ask.ids[0], "task_id")
        task = self._tasks.get(task_id)
        if task is None:
            raise self.room.missing("async_task", task_id)
        task.waiting.looks += 1
        self.do_what_is_due()
        return self._shown(task, ask.base_url)

    def do_what_is_due(self) -> None:
        """Do the work whose time has come, in the order it was accepted."""
        if not self._open:
            return
        now = self.room.clock.now()
        for task in [task for task in self._open if task.waiting.over(now)]:
            self._open.remove(task)
            try:
                given = task.work()
                task.result = given if isinstance(given, dict) else json.loads(given)
            except Refusal as refusal:
                task.error = json.loads(refusal.body(""))
                task.error.pop("request_id")

    def _shown(self, task: _Task, base_url: str) -> Raw:
        raw: Raw = {
            "object": "async_task",
            "id": task.id,
            "status_url": f"{base_url}/v1/async_tasks/{task.id}",
            "created_time": to_expiry(task.waiting.since),
            "operation": {"surface": "rest", "name": task.name},
            "status": task.status,
        }
        outcome: dict[str, Any] = {"result": task.result, "error": task.error}
        told = {name: value for name, value in outcome.items() if value is not None}
        return {**raw, **(told or {"poll_after_seconds": SECONDS})}
