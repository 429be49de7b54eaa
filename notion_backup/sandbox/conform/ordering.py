"""What comes first where the API leaves it open: rows made in one minute, search results edited in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.newest import old_source
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import QUERY, SEARCH, results, told
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Workspace


def put_in_order(space: Workspace, evidence: Evidence) -> None:
    """Put pages in such an order that searches and queries answer them in the recorded one, as far as it is theirs."""
    _for_search(space, evidence)
    for source in space.all("data_source"):
        _for_query(space, evidence, str(source["id"]))


def _for_search(space: Workspace, evidence: Evidence) -> None:
    """Search answers by time of edit; of the same minute, what was put in first."""
    for kind in ("page", "data_source"):
        known = space.objects[kind]
        ids = [one for one in _merged(_searches(evidence)) if one in known]
        space.objects[kind] = {one: known[one] for one in [*ids, *known]}


def _searches(evidence: Evidence) -> Iterator[list[str]]:
    for part in _chains(exchange for exchange in evidence.exchanges if SEARCH.fullmatch(exchange.path)):
        sort = told(part[0]).get("sort")
        ids = [str(one.get("id")) for exchange in part for one in results(exchange)]
        yield ids if not isinstance(sort, dict) or sort.get("direction") != "ascending" else ids[::-1]


def _for_query(space: Workspace, evidence: Evidence, source_id: str) -> None:
    """A query without sorts answers the newest row first, and of the same minute the one that was put in last."""
    asked = [exchange for exchange in evidence.exchanges if _source_asked(exchange) == source_id]
    plain = [one for one in asked if not told(one).get("sorts")]
    lists = [
        [str(one.get("id")) for exchange in part for one in results(exchange)]
        for part in (*_chains(plain), *_chains(one for one in asked if told(one).get("sorts")))
    ]
    places = {row: place for place, row in enumerate(_merged(lists))}
    rows = space.rows(source_id)
    rows.sort(key=lambda row: -places.get(str(row["id"]), len(places)))
    for row in sorted(rows, key=lambda row: str(row.get("created_time"))):
        space.put("page", row)


def _source_asked(exchange: Exchange) -> str | None:
    found = QUERY.fullmatch(exchange.path)
    given = normalise(found.group(1)) if found else None
    return old_source(given) if given and "/databases/" in exchange.path else given


def _chains(exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """Listings with their parts: what follows by cursor belongs to what came before."""
    current: list[Exchange] = []
    for exchange in exchanges:
        if current and not told(exchange).get("start_cursor"):
            yield current
            current = []
        current.append(exchange)
    if current:
        yield current


def _merged(lists: Iterable[list[str]]) -> list[str]:
    """One order out of many partial ones; the earlier ones count more."""
    order: list[str] = []
    for one in lists:
        before = -1
        for item in one:
            if item in order:
                before = order.index(item)
            else:
                before += 1
                order.insert(before, item)
    return order
