"""A data source as a table: every row in it once, and beside it what each view shows of them.

The page holds all rows in the order of the first view. A small script shows another view: which rows in which order,
which columns, in which groups; all of that is worked out here. Without scripts the first view is what people see.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from markupsafe import Markup

from notion_backup.export.atlas import Target
from notion_backup.export.content import ContentReader
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.site import href
from notion_backup.export.values import Value, Values, icon_emoji
from notion_backup.export.views import View, describe, holds, sort_key
from notion_backup.snapshot import Place, Raw, properties_of

_SHOWN_COLUMNS = 7
# A list of hundreds is on the row's own page; here it would hide all other rows.
_MOST_IN_CELL = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A page of a data source with its values by property name."""

    place: Place
    icon: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a view shows: numbers of rows in order, numbers of columns, a note, groups with their sizes."""

    rows: list[int]
    columns: list[int]
    note: str
    groups: tuple[tuple[str, int], ...] = ()

    def script(self) -> str:
        """The same for the script."""
        return json.dumps(asdict(self), separators=(",", ":"))


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
        found.append((str(page.get("created_time")), place.id, Row(place, icon_emoji(page.get("icon")), read)))
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


def full_table(rows: Sequence[Row], raw: Raw, views: Sequence[View], inline: Inline, label: str) -> Markup:
    """All rows and columns, with a button for each view."""
    columns = [name for name, _ in properties_of(raw)]
    title = _title_column(raw)
    shown = [_shown(view, rows, columns) for view in views]
    buttons = Markup("").join(
        Markup('<button type="button" data-view="{}" aria-pressed="false">{}</button>').format(
            one.script(), text_of(f"{view.name} ({view.kind})")
        )
        for view, one in zip(views, shown, strict=True)
    )
    first = shown[0] if shown else _Shown(list(range(len(rows))), list(range(len(columns))), "")
    hidden_rows = set(range(len(rows))) - set(first.rows)
    hidden_columns = set(range(len(columns))) - set(first.columns)
    head = Markup("").join(
        Markup('<th scope="col"{}><button type="button" class="sort">{}</button></th>').format(
            _hidden(number in hidden_columns), text_of(name)
        )
        for number, name in enumerate(columns)
    )
    body = Markup("\n").join(
        _row(rows[number], number, columns, title, hidden_columns, inline, hidden=number in hidden_rows)
        for number in (*first.rows, *sorted(hidden_rows))
    )
    return Markup(
        '<div class="data"><div class="views">{}</div><p class="view-note quiet">{}</p>'
        '<div class="wide" tabindex="0" role="region" aria-label="{}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></div>"
    ).format(buttons, first.note, text_of(label), head, body)


def short_table(rows: Sequence[Row], raw: Raw, view: View | None, inline: Inline, label: str, limit: int) -> Markup:
    """The beginning of a table for a page on which a database lies: the first rows and columns of one view."""
    title = _title_column(raw)
    kept = [rows[number] for number in _order(view, rows)] if view else list(rows)
    names = list(view.columns if view else [name for name, _ in properties_of(raw)])
    filled = [name for name in names if name == title or any(not row.values[name].empty for row in kept[:limit])]
    columns = filled[:_SHOWN_COLUMNS]
    if not kept:
        return Markup("")
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text_of(name)) for name in columns)
    body = Markup("\n").join(_row(row, None, columns, title, set(), inline, hidden=False) for row in kept[:limit])
    rest = len(kept) - limit
    more = Markup('<p class="quiet">{} more rows</p>').format(f"{rest:,}") if rest > 0 else Markup("")
    return Markup(
        '<div class="wide" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>{}"
    ).format(text_of(label), head, body, more)


def view_note(view: View) -> str:
    """What a view does, in words."""
    parts = []
    if view.kind not in ("table", "list"):
        by = view.group_by or view.date
        parts.append(f"A {view.kind} in Notion{f', by {by}' if by else ''}, shown as a table")
    elif view.group_by:
        parts.append(f"By {view.group_by}")
    if view.filter:
        parts.append(f"where {describe(view.filter)}")
    if not view.understood:
        parts.append("with a filter that is not understood here: all rows are shown")
    parts += [f"sorted by {sort.name}{', last first' if sort.descending else ''}" for sort in view.sorts]
    return "; ".join(parts)


def _shown(view: View, rows: Sequence[Row], columns: Sequence[str]) -> _Shown:
    order = _order(view, rows)
    numbers = [columns.index(name) for name in view.columns if name in columns]
    if not view.group_by:
        return _Shown(order, numbers, view_note(view))
    groups: dict[str, list[int]] = {}
    for number in order:
        value = rows[number].values.get(view.group_by)
        groups.setdefault((value.text if value else "") or f"No {view.group_by}", []).append(number)
    grouped = [number for name in sorted(groups) for number in groups[name]]
    return _Shown(grouped, numbers, view_note(view), tuple((name, len(groups[name])) for name in sorted(groups)))


def _order(view: View, rows: Sequence[Row]) -> list[int]:
    order = [number for number, row in enumerate(rows) if holds(view.filter, row.values)]
    if view.date and not view.sorts:
        order.sort(key=lambda number: sort_key(rows[number].values[str(view.date)]))
    for sort in reversed(view.sorts):
        full = [number for number in order if not rows[number].values[sort.name].empty]
        empty = [number for number in order if rows[number].values[sort.name].empty]
        full.sort(key=lambda number: sort_key(rows[number].values[sort.name]), reverse=sort.descending)
        order = full + empty
    return order


def _row(
    row: Row,
    number: int | None,
    columns: Sequence[str],
    title: str,
    hidden_columns: set[int],
    inline: Inline,
    *,
    hidden: bool,
) -> Markup:
    cells = []
    for place, name in enumerate(columns):
        value = row.values.get(name, Value("text"))
        key = sort_key(value)[1] if value.kind in ("number", "date") and not value.empty else None
        mark = Markup(' data-key="{}"').format(key) if key is not None else Markup("")
        content = (
            _title(row, inline)
            if name == title
            else Markup('<div class="cell">{}</div>').format(inline.value(value, _MOST_IN_CELL))
        )
        shape = Markup('<th scope="row"{}{}>{}</th>') if name == title else Markup("<td{}{}>{}</td>")
        cells.append(shape.format(mark, _hidden(place in hidden_columns), content))
    identity = Markup(' data-row="{}"').format(number) if number is not None else Markup("")
    state = Markup(' class="trashed"') if row.place.entry.in_trash else Markup("")
    return Markup("<tr{}{}{}>{}</tr>").format(identity, state, _hidden(hidden), Markup("").join(cells))


def _title(row: Row, inline: Inline) -> Markup:
    icon = Markup("{} ").format(text_of(row.icon)) if row.icon else Markup("")
    link = href(inline.root, Target(row.place))
    return Markup('{}<a href="{}">{}</a>').format(icon, link, text_of(row.place.title))


def _title_column(raw: Raw) -> str:
    return next((name for name, kind in properties_of(raw) if kind == "title"), "")


def _hidden(hidden: bool) -> Markup:
    return Markup(" hidden") if hidden else Markup("")
