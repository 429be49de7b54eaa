"""The single things people do to a workspace, by what they do them to."""

from notion_backup.sandbox.edits import content, pages, rows, talk
from notion_backup.sandbox.edits.desk import Action, Desk

ACTIONS: tuple[Action, ...] = (*pages.ACTIONS, *content.ACTIONS, *rows.ACTIONS, *talk.ACTIONS)
"""What people do, how often compared with each other, and how."""

__all__ = ["ACTIONS", "Action", "Desk"]
