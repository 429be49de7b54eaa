"""Fixtures for whoever tests a Notion client: a sandbox on a free port (see docs/sandbox.md).

pytest finds them by entry point wherever this package is installed. Nothing of the sandbox is imported before a test
asks for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from notion_backup.sandbox import RunningSandbox, Workspace

    SandboxFactory = Callable[..., RunningSandbox]


@pytest.fixture
def notion_sandbox_factory() -> Iterator[SandboxFactory]:
    """Starts sandboxes; each runs until the test ends.

    ``factory(workspace=None, *, pages=20, seed=0, faults=None, **options)`` gives a running server. ``workspace`` is a
    ``Workspace`` or the path of a workspace file (None: one is generated, of ``pages`` and by ``seed``), ``faults`` the
    path of a fault plan, and ``options`` are those of ``notion_backup.sandbox.Sandbox``.
    """
    with ExitStack() as servers:
        yield lambda *given, **options: servers.enter_context(_started(*given, **options))


@pytest.fixture
def notion_sandbox(notion_sandbox_factory: SandboxFactory) -> RunningSandbox:
    """A running sandbox with a small generated workspace: ``.url``, ``.token``, ``.sandbox`` and ``.stats``."""
    return notion_sandbox_factory()


def _started(
    workspace: Workspace | str | Path | None = None,
    *,
    pages: int = 20,
    seed: int = 0,
    faults: str | Path | None = None,
    **options: Any,
) -> Any:
    from notion_backup.sandbox import Sandbox, generate, load_plan, load_workspace, running

    if workspace is None:
        workspace = generate(pages=pages, seed=seed)
    elif isinstance(workspace, str | Path):
        workspace = load_workspace(workspace)
    sandbox = Sandbox(workspace, **options)
    if faults is not None:
        sandbox.apply_plan(load_plan(faults))
    return running(sandbox)
