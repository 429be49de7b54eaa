"""What a restore cannot give back as it was: every kind of loss, why, and what stands in its place.

This table is the one place where a loss is described; plans, reports and ``docs/restore.md`` are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LossKind:
    """One kind of loss. ``possible``: the object itself comes back, with something missing; else only a substitute."""

    possible: bool
    why: str
    substitute: str


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss at one object of the snapshot (``id`` is its old id). ``detail`` names what, never its text.

    ``planned`` losses follow from the snapshot and the target and are in the plan; others came about on the way.
    """

    code: str
    object_kind: str
    id: str
    detail: str = ""

    @property
    def planned(self) -> bool:
        """Whether a plan can know it."""
        return self.code not in UNPLANNED

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, its kind's words included."""
        kind = LOSSES[self.code]
        return {
            "code": self.code,
            "object": self.object_kind,
            "id": self.id,
            "detail": self.detail,
            "outcome": "loss" if kind.possible else "impossible",
            "why": kind.why,
            "substitute": kind.substitute,
        }


LOSSES: dict[str, LossKind] = {
    # blocks
    "template-block": LossKind(False, "The API refuses template blocks.", "A toggle with the same text and content."),
    "link-preview": LossKind(False, "Link previews cannot be created.", "A bookmark of the same address."),
    "meeting-notes": LossKind(
        False, "Meeting notes are made from a recording only.", "A toggle with title, summary, notes and transcript."
    ),
    "unsupported-block": LossKind(
        False, "The API does not give this block's content.", "A callout that names the block and where it stood."
    ),
    "unknown-block": LossKind(
        False, "This version does not know the block's type.", "A callout with its text; what stood inside follows."
    ),
    "comment-link": LossKind(True, "A link to a comment is made before the comment.", "A link to the comment's page."),
    "link-outside": LossKind(
        False, "What it links to is not part of the restore.", "A line of text with the old address."
    ),
    "synced-own": LossKind(
        True, "The original of the synced block is not part of the restore.", "An original with the same content."
    ),
    "synced-in-place": LossKind(
        True, "The original comes later in a place that could not be waited for.", "A copy of the content."
    ),
    "nested-page": LossKind(
        True,
        "A page cannot be created inside a block.",
        "It stands below the page; a link in its old place leads to it.",
    ),
    "nested-database": LossKind(
        True,
        "A database cannot be created inside a block.",
        "It stands below the page; a link in its old place leads to it.",
    ),
    "child-missing": LossKind(False, "The snapshot does not hold this page or database.", "A callout with its title."),
    "list-numbers": LossKind(True, "Where a list begins to count, and how, is read only.", "Numbers from 1."),
    "callout-icon": LossKind(True, "A callout sent without an icon gets Notion's own.", "The usual light bulb."),
    "one-column": LossKind(True, "A column list needs two columns.", "The column's content, without the column."),
    "table-cells": LossKind(True, "A row has another number of cells than its table is wide.", "Cells added or cut."),
    "code-language": LossKind(True, "The API does not take this language.", "Plain text."),
    "equation-length": LossKind(False, "An equation has at most 1,000 characters.", "A code block in LaTeX."),
    "url-length": LossKind(False, "An address has at most 2,000 characters.", "A line of text."),
    "tab-item": LossKind(True, "A tab holds only paragraphs.", "A paragraph as the tab, the block inside it."),
    # text
    "mention-person": LossKind(True, "The person is not in the target workspace.", "The name as text."),
    "mention-outside": LossKind(True, "What is mentioned is not part of the restore.", "Its title as a link."),
    "mention-link": LossKind(True, "Mentions of links cannot be written.", "The same text as a link."),
    "mention-emoji": LossKind(True, "The target has no custom emoji of this name.", "Its name between colons."),
    "link-block": LossKind(True, "The block a link leads to has no known place yet.", "A link to its page."),
    "text-plain": LossKind(
        True, "A text has at most 100 pieces of different form.", "What comes after is one plain text."
    ),
    "text-continued": LossKind(True, "A text has at most 100 pieces of different form.", "A second block goes on."),
    # files
    "file-missing": LossKind(False, "The snapshot does not hold this file's content.", "A callout with its name."),
    "file-too-big": LossKind(
        False, "The file is larger than the target's plan allows.", "A callout with its name; the backup keeps it."
    ),
    "file-refused": LossKind(False, "The target refused the file.", "A callout with its name; the backup keeps it."),
    "file-renamed": LossKind(
        True, "Notion does not take this type of file by the API.", "The same bytes under the name with .txt added."
    ),
    "file-as-file": LossKind(True, "The file's type does not suit its block.", "A file block."),
    "icon-missing": LossKind(True, "The icon or cover cannot be given.", "None."),
    # databases
    "property-impossible": LossKind(False, "Properties of this type cannot be created.", "None; their name is here."),
    "property-as-text": LossKind(True, "Properties of this type cannot be created.", "A text property of that name."),
    "property-computed": LossKind(True, "Notion fills it in itself.", "It shows times and authors of the restore."),
    "unique-id": LossKind(True, "Notion gives the numbers.", "Rows are numbered anew in their old order."),
    "status-group": LossKind(True, "A status has the three built-in groups only.", "The group at the same place."),
    "options-many": LossKind(
        True, "At most 100 options can be given a colour.", "The others come back where a row uses them."
    ),
    "relation-outside": LossKind(
        True, "The data source it points to is not part of the restore.", "A text property with the titles."
    ),
    "relation-sides": LossKind(
        True, "The two sides of the relation disagree in the snapshot.", "What either side says, on both."
    ),
    "source-title": LossKind(
        True, "A data source alone in its database is called like it.", "The title of the database."
    ),
    "relation-target": LossKind(True, "A row it points to is not part of the restore.", "The others."),
    "relation-many": LossKind(True, "A relation to one side only takes 100 rows.", "The first 100."),
    "rollup-impossible": LossKind(True, "What it rolls up cannot be created.", "A text property of that name."),
    "formula-impossible": LossKind(True, "The target does not take the formula.", "A text property of that name."),
    "people-missing": LossKind(True, "A person is not in the target workspace.", "The names in a text property."),
    "value-refused": LossKind(True, "The target does not take the value.", "None."),
    "schema-refused": LossKind(True, "The target does not take the property's settings.", "A plainer property."),
    "wiki": LossKind(True, "Wikis cannot be created.", "An ordinary database beside it."),
    "template-page": LossKind(
        False, "The API cannot make a page a template.", "None; restore it by its id to have it as a page."
    ),
    "view-impossible": LossKind(
        False, "The target does not take the view.", "The default view where it is the only one."
    ),
    "view-part": LossKind(
        True, "A property it goes by cannot be created.", "The view without what went by that property."
    ),
    "view-plain": LossKind(True, "The target does not take all of the view's settings.", "The view without them."),
    "view-left": LossKind(True, "The target kept a view that the database came with.", "One view too many."),
    "dashboard": LossKind(True, "Where widgets stand on a dashboard is chosen anew.", "The widgets, one row each."),
    "linked-view": LossKind(
        False, "The data source of the linked view is not part of the restore.", "A callout that says so."
    ),
    # pages and comments
    "public-link": LossKind(True, "Sharing is not in the API.", "None; share it again by hand."),
    "row-alone": LossKind(True, "A row needs its database.", "Its database with only the chosen rows."),
    "comment-author": LossKind(
        True, "A comment is always the connection's own, and of now.", "Author as display name, time in the text."
    ),
    "comment-place": LossKind(True, "The block it stands on did not come back.", "A comment on the page."),
    "comment-thread": LossKind(
        True, "Notion joins what is said about a page to its last discussion.", "One discussion in the old order."
    ),
    "comment-refused": LossKind(False, "The target does not take the comment.", "None; the backup keeps it."),
    "attachment-missing": LossKind(True, "An attachment's content cannot be given.", "The comment without it."),
    "verification": LossKind(True, "Pages are verified in wikis only.", "A text property."),
    # on the way
    "block-refused": LossKind(False, "The target refused the block.", "A callout with its text."),
    "page-refused": LossKind(False, "The target refused the page.", "None; the backup keeps it."),
    "database-refused": LossKind(False, "The target refused the database.", "None; the backup keeps it."),
    "finish-refused": LossKind(True, "The target refused to archive or lock it.", "It is neither."),
    "patch-refused": LossKind(True, "The target refused a change to what it had made.", "It stays as it was made."),
}

UNPLANNED = frozenset(
    {
        "block-refused",
        "page-refused",
        "database-refused",
        "file-refused",
        "value-refused",
        "schema-refused",
        "view-plain",
        "view-impossible",
        "view-left",
        "comment-refused",
        "finish-refused",
        "patch-refused",
        "formula-impossible",
        "synced-in-place",
    }
)
"""Losses that only the target's refusals bring about: no plan knows them, and any of them makes exit status 3."""


def losses_as_markdown() -> str:
    """The table of losses as it stands in ``docs/restore.md``."""
    lines = ["| code | comes back | why | in its place |", "| --- | --- | --- | --- |"]
    for code, kind in LOSSES.items():
        known = " (only on refusal)" if code in UNPLANNED else ""
        lines.append(f"| `{code}`{known} | {'with loss' if kind.possible else 'no'} | {kind.why} | {kind.substitute} |")
    return "\n".join(lines) + "\n"
