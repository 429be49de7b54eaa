"""A data source as a table: every row in it once, and beside it what each view shows of them.

Without scripts people see all rows and columns. The script draws the first view, or the one that a link asks for, from
the rows of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notion_backup.export.atlas import Target
from notion_backup.export.html.covers import Covers, cover_source
from notion_backup.export.html.data_row import Row, written_row
from notion_backup.export.html.drawn_view import all_rows, dashboard_of, order_of, script_of
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import href, view_anchor
from notion_backup.export.views import View
from notion_backup.snapshot import Place, Raw, properties_of

_SHOWN_COLUMNS = 7
_INLINE_ROWS = 25


def full_table(
    rows: Sequence[Row],
    raw: Raw,
    views: Sequence[View],
    boards: Sequence[View],
    inline: Inline,
    covers: Covers,
    label: str,
) -> Markup:
    """All rows and columns, with a button for each view; ``boards`` are dashboards, which have no rows of their own."""
    columns = [name for name, _ in properties_of(raw)]
    scripts = [(view, script_of(view, rows, columns, raw)) for view in views]
    scripts += [(board, dashboard_of(board)) for board in boards]
    buttons = [_button(view, script) for view, script in scripts]
    if scripts:
        whole = Markup('<button type="button" data-view="{}" aria-pressed="false">All rows</button>')
        buttons.append(whole.format(all_rows(columns)))
    pictured = _pictured(rows, range(len(rows)), views, covers)
    return _table(pictured, columns, _title_column(raw), Markup("").join(buttons), inline, label)


def short_table(
    rows: Sequence[Row], raw: Raw, views: Sequence[View], database: Place, inline: Inline, covers: Covers, label: str
) -> Markup:
    """The beginning of the first view, for a page on which a database lies; the others are a click away."""
    title = _title_column(raw)
    view = views[0] if views else None
    order = order_of(view, rows) if view else list(range(len(rows)))
    kept = order[:_INLINE_ROWS]
    if not order and not (view and view.kind in ("form", "chart")):
        return Markup('<p class="quiet">No rows</p>')
    names = list(view.columns if view else [name for name, _ in properties_of(raw)])
    filled = [name for name in names if name == title or any(not rows[number].values[name].empty for number in kept)]
    placed = [view.date, view.named("end_date_property_id"), view.place] if view else []
    columns = list(dict.fromkeys([title, *filled[:_SHOWN_COLUMNS], *(name for name in placed if name)]))
    bar = [_button(view, script_of(view, rows, columns, raw, set(kept)), anchored=False)] if view else []
    there = href(inline.root, Target(database))
    bar += [Markup('<a href="{}#{}">{}</a>').format(there, view_anchor(one.id), _label(one)) for one in views[1:]]
    pictured = _pictured(rows, kept, views[:1], covers)
    table = _table(pictured, columns, title, Markup("").join(bar), inline, label)
    rest = len(order) - len(kept)
    link = Markup('<p class="quiet"><a href="{}">{} more rows</a></p>').format(there, f"{rest:,}")
    return table + link if rest > 0 else table


def _pictured(
    rows: Sequence[Row], numbers: Sequence[int], views: Sequence[View], covers: Covers
) -> list[tuple[int, Row]]:
    """Rows with their numbers, and with the pictures that the views show on cards."""
    sources = sorted({source for view in views if (source := cover_source(view))})
    if not sources:
        return [(number, rows[number]) for number in numbers]
    found = []
    for number in numbers:
        of_row = {source: covers.of(rows[number].place, source) for source in sources}
        pictures = {source: path for source, path in of_row.items() if path}
        found.append((number, replace(rows[number], pictures=pictures)))
    return found


def _table(
    rows: Sequence[tuple[int, Row]], columns: Sequence[str], title: str, bar: Markup, inline: Inline, label: str
) -> Markup:
    head = Markup("").join(
        Markup('<th scope="col"><button type="button" class="sort">{}</button></th>').format(text_of(name))
        for name in columns
    )
    body = Markup("\n").join(written_row(row, number, columns, title, inline) for number, row in rows)
    views = Markup('<div class="views" role="group" aria-label="Views">{}</div>').format(bar) if bar else Markup("")
    return Markup(
        '<div class="data" data-name="{0}">{1}<p class="view-note quiet" lang="en"></p>'
        '<div class="wide" tabindex="0" role="region" aria-label="{0}">'
        "<table><thead><tr>{2}</tr></thead><tbody>{3}</tbody></table></div></div>"
    ).format(text_of(label), views, head, body)


def _button(view: View, script: str, *, anchored: bool = True) -> Markup:
    anchor = Markup(' id="{}"').format(view_anchor(view.id)) if anchored else Markup("")
    widget = Markup(" hidden") if view.widget else Markup("")
    return Markup('<button type="button"{}{} data-view="{}" aria-pressed="false">{}</button>').format(
        anchor, widget, script, _label(view)
    )


def _label(view: View) -> Markup:
    kind = (
        Markup("")
        if view.kind == view.name.casefold()
        else Markup(' <span class="quiet">{}</span>').format(text_of(view.kind))
    )
    return text_of(view.name) + kind


def _title_column(raw: Raw) -> str:
    return next((name for name, kind in properties_of(raw) if kind == "title"), "")
