"""What a database shows: its data sources as tables with their views, views of data that lie elsewhere, dashboards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Template

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.content import ContentReader
from notion_backup.export.html.covers import Covers
from notion_backup.export.html.data_row import rows_of_source
from notion_backup.export.html.data_table import full_table, short_table
from notion_backup.export.html.drawn_view import view_note
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import SiteMedia, href, view_anchor
from notion_backup.export.values import Values
from notion_backup.export.views import View, view_of
from notion_backup.snapshot import FileRef, Place, Raw, properties_of


@dataclass(frozen=True, slots=True)
class _Source:
    """A data source with the views that one database has of it."""

    place: Place
    raw: Raw
    views: list[View]


class Databases:
    """Writes databases. ``template`` is that of a data source on the page of its database."""

    def __init__(
        self, atlas: Atlas, reader: ContentReader, values: Values, media: SiteMedia, template: Template
    ) -> None:
        self._atlas = atlas
        self._reader = reader
        self._values = values
        self._covers = Covers(reader, media)
        self._template = template

    def page(self, database: Place, inline: Inline) -> list[Markup]:
        """The sections of a database's own page: its data sources, then what its other views show."""
        views = self._reader.views.get(database.id, [])
        # A dashboard has no data of its own: it stands with the first table.
        boards = [view_of(view, {}, self._values) for view in views if view.get("type") == "dashboard"]
        own = database.data_sources()
        shown: list[Markup] = []
        for source in own:
            anyone = source is own[0]
            mine = [one for one in views if one.get("data_source_id") == source.id or (anyone and _of_any(one))]
            shown.append(self._section(database, self._source(source, mine), boards if not shown else [], inline))
        for source in self._others(own, views):
            told = self._source(source, [one for one in views if one.get("data_source_id") == source.id])
            shown.append(self._linked(told, boards if not shown else [], inline))
        lost = [
            view_of(one, {}, self._values) for one in views if one.get("data_source_id") and self._found(one) is None
        ]
        return shown + [_lost(one) for one in [*lost, *(boards if not shown else [])]]

    def on_page(self, database_id: str, inline: Inline) -> Markup:
        """The beginning of a database that lies open on a page, as its first view shows it."""
        place = self._atlas.place(database_id)
        if place is None or self._reader.raw(place).get("is_inline") is not True:
            return Markup("")
        views = [one for one in self._reader.views.get(place.id, []) if not one.get("dashboard_view_id")]
        source = self._first_source(place, views)
        if source is None:
            return Markup("")
        told = self._source(source, [one for one in views if one.get("data_source_id") == source.id])
        rows = rows_of_source(source, told.raw, self._reader, self._values)
        return short_table(rows, told.raw, told.views, place, inline, self._covers, source.title)

    def _source(self, source: Place, views: Sequence[Raw]) -> _Source:
        raw = self._reader.raw(source)
        return _Source(source, raw, [view_of(view, raw, self._values) for view in views])

    def _section(self, database: Place, source: _Source, boards: Sequence[View], inline: Inline) -> Markup:
        place, raw = source.place, source.raw
        several = len(database.data_sources()) > 1
        text = self._template.render(
            anchor="s" + place.id.replace("-", ""),
            title=text_of(place.title),
            heading=text_of(place.title if several or place.title != database.title else ""),
            pictures=[inline.file(file, file.name) for file in self._pictures(place, database)],
            table=self._table(source, boards, inline),
            properties=[_property(raw["properties"][name], name, kind) for name, kind in properties_of(raw)],
            views=[
                {"name": text_of(one.name), "kind": text_of(one.kind), "note": text_of(view_note(one))}
                for one in [*source.views, *boards]
            ],
            templates=[self._page_template(one, inline) for one in self._reader.templates(place.id)],
        )
        return Markup(text)  # rendered with autoescape

    def _linked(self, source: _Source, boards: Sequence[View], inline: Inline) -> Markup:
        names = text_of(", ".join(view.name for view in [*source.views, *boards]))
        link = Markup('<a href="{}">{}</a>').format(
            href(inline.root, Target(source.place)), text_of(source.place.title)
        )
        return Markup('<div class="source"><p><b>{}</b>, {} of {}</p>{}</div>').format(
            names, "a view" if len(source.views) == 1 else "views", link, self._table(source, boards, inline)
        )

    def _table(self, source: _Source, boards: Sequence[View], inline: Inline) -> Markup:
        rows = rows_of_source(source.place, source.raw, self._reader, self._values)
        return full_table(rows, source.raw, source.views, boards, inline, self._covers, source.place.title)

    def _pictures(self, source: Place, database: Place) -> list[FileRef]:
        """Icon and cover of a data source, where they are not those of its database."""
        own = {file.media.sha256 for file in self._reader.files(database.id).values() if file.media}
        mine = self._reader.files(source.id).values() if source is not database else ()
        return [file for file in mine if file.media is None or file.media.sha256 not in own]

    def _page_template(self, template: Raw, inline: Inline) -> Markup:
        name = text_of(str(template.get("name") or "Untitled"))
        target = self._atlas.find(str(template.get("id")))
        return Markup('<a href="{}">{}</a>').format(href(inline.root, target), name) if target else name

    def _found(self, view: Raw) -> Place | None:
        return self._atlas.place(str(view.get("data_source_id")))

    def _others(self, own: Sequence[Place], views: Sequence[Raw]) -> list[Place]:
        """The data sources of other databases that the views are of."""
        found = {place.id: place for view in views if (place := self._found(view))}
        return [place for place in found.values() if place not in own]

    def _first_source(self, database: Place, views: Sequence[Raw]) -> Place | None:
        """The first data source of a database as Notion lists them; of a linked one, that of its first view."""
        listed = self._reader.raw(database).get("data_sources")
        ids = [str(one.get("id")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        ids += [str(view.get("data_source_id")) for view in views]
        return next((place for object_id in ids if (place := self._atlas.place(object_id))), None)


def _of_any(view: Raw) -> bool:
    """Whether a view names no data, and should."""
    return view.get("data_source_id") is None and view.get("type") != "dashboard"


def _lost(view: View) -> Markup:
    return Markup('<p id="{}"><b>{}</b>: a view of data that is not in this export.</p>').format(
        view_anchor(view.id), text_of(view.name)
    )


def _property(definition: Raw, name: str, kind: str) -> dict[str, Any]:
    inner = definition.get(kind)
    inner = inner if isinstance(inner, dict) else {}
    says = [str(definition["description"])] if definition.get("description") else []
    options = inner.get("options")
    if isinstance(options, list):
        says.append(", ".join(str(one.get("name")) for one in options if isinstance(one, dict)))
    elif inner:
        says.append(json.dumps(inner, ensure_ascii=False, sort_keys=True))
    return {"name": text_of(name), "kind": text_of(kind), "says": text_of("; ".join(says))}
