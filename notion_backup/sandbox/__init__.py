"""A Notion-compatible API server with state, limits and faults, and workspaces to fill it.

with running(Sandbox(generate(pages=50, seed=1))) as server:
    notion_client.Client(auth=server.token, base_url=server.url, notion_version="2026-03-11")
"""

from notion_backup.sandbox.clock import SandboxClock
from notion_backup.sandbox.editor import DayOfEdits, Edit, edit_day, edit_days
from notion_backup.sandbox.faults import FaultPlanError, FaultRule
from notion_backup.sandbox.generator import generate
from notion_backup.sandbox.plans import PlanFile, load_plan, random_plan
from notion_backup.sandbox.sandbox import DEFAULT_TOKEN, Sandbox
from notion_backup.sandbox.server import RunningSandbox, SandboxServerError, running, serve
from notion_backup.sandbox.storage import WorkspaceFileError, load_workspace, save_workspace
from notion_backup.sandbox.workspace import HostedFile, Workspace

__all__ = [
    "DEFAULT_TOKEN",
    "DayOfEdits",
    "Edit",
    "FaultPlanError",
    "FaultRule",
    "HostedFile",
    "PlanFile",
    "RunningSandbox",
    "Sandbox",
    "SandboxClock",
    "SandboxServerError",
    "Workspace",
    "WorkspaceFileError",
    "edit_day",
    "edit_days",
    "generate",
    "load_plan",
    "load_workspace",
    "random_plan",
    "running",
    "save_workspace",
    "serve",
]
