"""The rows of a data source: read from the snapshot, and written as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from notion_backup.export.atlas import Target
from notion_backup.export.content import ContentReader
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import href
from notion_backup.export.values import Value, Values, icon_emoji
from notion_backup.export.views import sort_key
from notion_backup.snapshot import FileRef, Place, Raw, properties_of

# A list of hundreds is on the row's own page; here it would hide all other rows.
_MOST_IN_CELL = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A page of a data source with its values by property name, and its pictures by where views take them from."""

    place: Place
    emoji: str
    icon: FileRef | None
    values: dict[str, Value]
    pictures: dict[str, str] = field(default_factory=dict)


def rows_of_source(source: Place, raw: Raw, reader: ContentReader, values: Values) -> list[Row]:
    """The rows of a data source that can be read, oldest first."""
    found = []
    for place in sorted(source.rows(), key=lambda row: (row.entry.segment, row.entry.first)):
        page = reader.raw(place)
        if not page:
            continue
        properties = page.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        read = {name: values.of(place.id, properties.get(name)) for name, _ in properties_of(raw)}
        emoji = icon_emoji(page.get("icon"))
        icon = reader.files(place.id).get((place.id, "icon")) if page.get("icon") and not emoji else None
        found.append((str(page.get("created_time")), place.id, Row(place, emoji, icon, read)))
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


def written_row(row: Row, number: int, columns: Sequence[str], title: str, inline: Inline) -> Markup:
    """A row of the table. What the script needs besides the text stands in attributes."""
    cells = []
    for name in columns:
        value = row.values.get(name, Value("text"))
        if name == title:
            cells.append(
                Markup('<th scope="row"{}><div class="cell">{}</div></th>').format(_facts(value), _title(row, inline))
            )
        else:
            content = inline.value(value, _MOST_IN_CELL)
            cells.append(Markup('<td{}><div class="cell">{}</div></td>').format(_facts(value), content))
    pictures = {source: inline.root + path for source, path in row.pictures.items()}
    shown = Markup(' data-pictures="{}"').format(json.dumps(pictures, separators=(",", ":"))) if pictures else ""
    state = Markup(' class="trashed"') if row.place.entry.in_trash else Markup("")
    return Markup('<tr data-row="{}"{}{}>{}</tr>').format(number, state, shown, Markup("").join(cells))


def _facts(value: Value) -> Markup:
    """What a value is sorted by, the end of a range of dates, and where a place is."""
    if value.data is None:
        return Markup("")
    if value.kind == "place":
        return Markup(' data-at="{},{}"').format(*value.data)
    if value.kind not in ("number", "date"):
        return Markup("")
    end = Markup(' data-end="{}"').format(value.data[1]) if value.kind == "date" and value.data[1] else Markup("")
    return Markup(' data-key="{}"{}').format(sort_key(value)[1], end)


def _title(row: Row, inline: Inline) -> Markup:
    icon = inline.icon(row.emoji, row.icon)
    link = href(inline.root, Target(row.place))
    return Markup('{}<a href="{}">{}</a>').format(icon + Markup(" ") if icon else icon, link, text_of(row.place.title))
