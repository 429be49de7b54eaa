"""Cursors that no recorded answer gave: the recording begins in the middle of a listing."""

from __future__ import annotations

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.items import asked_properties
from notion_backup.sandbox.conform.words import PROPERTY, answer, cursor


def unknown_cursors(evidence: Evidence) -> dict[str, str]:
    """Our cursor for each recorded one that came from nowhere: it leads to what its answer begins with."""
    found = asked_properties(evidence)[1]
    given: set[str] = set()
    for exchange in evidence.exchanges:
        told, body = cursor(exchange), answer(exchange)
        listed = body.get("results") or body.get("templates") or []
        if told and told not in given and listed and not PROPERTY.fullmatch(exchange.path):
            found.setdefault(told, str(listed[0].get("id")) if isinstance(listed[0], dict) else told)
        if isinstance(body.get("next_cursor"), str):
            given.add(body["next_cursor"])
    return found
