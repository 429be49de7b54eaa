"""The note about an export: of which snapshot it is, where to begin, who is in it, what is missing."""

from __future__ import annotations

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.content import ContentReader
from notion_backup.export.facts import problems_of, snapshot_facts
from notion_backup.export.markdown.escape import escape
from notion_backup.export.markdown.inline import Inline
from notion_backup.export.markdown.vault import ABOUT, Vault
from notion_backup.export.report import Losses
from notion_backup.snapshot import SnapshotReader


def about_note(
    snapshot: SnapshotReader, atlas: Atlas, vault: Vault, reader: ContentReader, losses: Losses
) -> list[str]:
    """All of its lines."""
    inline = Inline(vault, f"{ABOUT}.md")
    lines = [f"# {ABOUT}", "", *(f"- **{name}**: {_line(value)}" for name, value in snapshot_facts(snapshot))]
    lines += ["", "## Where to begin", "", *(f"- {inline.link(Target(top.document), top.title)}" for top in atlas.tops)]
    if reader.users:
        lines += ["", "## People", "", "| Name | Kind | E-mail | Id |", "| --- | --- | --- | --- |"]
    for user_id, user in sorted(reader.users.items()):
        person = user.get("person")
        mail = str(person.get("email") or "") if isinstance(person, dict) else ""
        cells = (str(user.get("name") or ""), str(user.get("type") or ""), mail, user_id)
        lines.append(f"| {' | '.join(_line(cell) for cell in cells)} |")
    if reader.emojis:
        lines += ["", "## Custom emojis", ""]
    for emoji_id, emoji in sorted(reader.emojis.items()):
        picture = vault.emoji(emoji_id)
        lines.append(f"- {f'![[{picture}|20]] ' if picture else ''}{_line(str(emoji.get('name') or emoji_id))}")
    problems = problems_of(snapshot, losses)
    if problems:
        lines += [
            "",
            "## What is missing or odd",
            "",
            "| Severity | Object | Why | Cure |",
            "| --- | --- | --- | --- |",
        ]
    for one in problems:
        target = atlas.find(one.object_id)
        shown = f"{one.object_kind} {one.object_id}"
        link = inline.link(target, target.place.title, in_table=True) if target else _line(shown)
        lines.append(f"| {one.severity.value} | {link} | {_line(one.why)} | {_line(one.cure)} |")
    if atlas.loose:
        lines += ["", "## Blocks that lie on no page", ""]
    return lines


def _line(text: str) -> str:
    return escape(text).replace("\n", " ")
