"""What a database's note says: its tables, its columns, its views and templates, and a link to every row."""

from __future__ import annotations

import json
from collections.abc import Sequence

from notion_backup.export.atlas import Target
from notion_backup.export.content import ContentReader
from notion_backup.export.filters import describe
from notion_backup.export.markdown.escape import code_span, escape
from notion_backup.export.markdown.inline import Inline
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.values import Values
from notion_backup.export.views import View, view_of
from notion_backup.snapshot import Place, Raw, properties_of


def database_lines(
    source: Place | None,
    raw: Raw,
    views: Sequence[Raw],
    vault: Vault,
    inline: Inline,
    reader: ContentReader,
    values: Values,
) -> list[str]:
    """The part of a note about one data source; without one, about the views of data sources that lie elsewhere."""
    if source is None:
        return _linked(views, vault, inline, reader)
    name = vault.name(source)
    lines = [f"## {_line(source.title)}", "", f"![[{name}.base]]", "", f"As a table: [[{name}.csv]]", ""]
    lines += ["### Properties", "", "| Name | Type | Says |", "| --- | --- | --- |"]
    for column, kind in properties_of(raw):
        says = _definition(raw["properties"][column], kind)
        lines.append(f"| {_line(column)} | {_line(kind)} | {says} |")
    mine = [view_of(view, raw, values) for view in views if view.get("data_source_id") in (source.id, None)]
    lines += ["", "### Views", "", *(_view(view) for view in mine)] if mine else []
    templates = reader.templates(source.id)
    if templates:
        lines += ["", "### Templates", ""]
        lines += [
            f"- {_place(vault, inline, str(one.get('id')), str(one.get('name') or 'Untitled'))}" for one in templates
        ]
    rows = source.rows()
    if rows:
        lines += ["", "### Pages", "", *(f"- {inline.link(Target(row), row.title)}" for row in rows)]
    return [*lines, ""]


def _linked(views: Sequence[Raw], vault: Vault, inline: Inline, reader: ContentReader) -> list[str]:
    lines: list[str] = []
    for view in views:
        source = vault.atlas.place(str(view.get("data_source_id")))
        where = inline.link(Target(source), source.title) if source else "data that is not in this export"
        lines += [f"{_line(str(view.get('name') or 'View'))} ({_line(str(view.get('type')))}), a view of {where}", ""]
        if source:
            lines += [f"![[{vault.name(source)}.base]]", ""]
    return lines


def _view(view: View) -> str:
    facts = [view.kind]
    if view.group_by:
        facts.append(f"by {view.group_by}")
    if view.filter:
        facts.append(f"where {describe(view.filter)}")
    if not view.understood:
        facts.append("with a filter that is not understood here")
    facts += [f"sorted by {sort.name}{' from the end' if sort.descending else ''}" for sort in view.sorts]
    return f"- **{_line(view.name)}**: {_line(', '.join(facts))}"


def _definition(definition: Raw, kind: str) -> str:
    """What a property's definition says besides its type: options, formula, target; and its description."""
    inner = definition.get(kind)
    inner = inner if isinstance(inner, dict) else {}
    says = [str(definition["description"])] if definition.get("description") else []
    options = inner.get("options")
    if isinstance(options, list):
        says.append(", ".join(str(one.get("name")) for one in options if isinstance(one, dict)))
        return _line("; ".join(says))
    if inner:
        return code_span(json.dumps(inner, ensure_ascii=False, sort_keys=True)).replace("|", "\\|")
    return _line("; ".join(says))


def _place(vault: Vault, inline: Inline, object_id: str, title: str) -> str:
    target = vault.atlas.find(object_id)
    return inline.link(target, title) if target else escape(title)


def _line(text: str) -> str:
    return escape(text).replace("\n", " ")
