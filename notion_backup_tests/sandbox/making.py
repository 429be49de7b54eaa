"""What the tests of writes send."""

from __future__ import annotations

from typing import Any

from notion_client import Client

Raw = dict[str, Any]


def span(content: str) -> Raw:
    return {"type": "text", "text": {"content": content}}


def paragraph(content: str) -> Raw:
    return {"type": "paragraph", "paragraph": {"rich_text": [span(content)] if content else []}}


def said(block: Raw) -> str:
    return "".join(part["plain_text"] for part in block[block["type"]]["rich_text"])


def page_in(client: Client, parent: str | None = None, title: str = "Field notes") -> Raw:
    """A page, below another or at the top of the workspace (for which a person's token is needed)."""
    home: Raw = {"page_id": parent} if parent else {"workspace": True}
    made: Raw = client.pages.create(parent=home, properties={"title": [span(title)]})
    return made


def database_in(client: Client, page_id: str, properties: Raw, title: str = "Fleet") -> tuple[Raw, str]:
    """A database and the id of its data source."""
    made: Raw = client.databases.create(
        parent={"type": "page_id", "page_id": page_id},
        title=[span(title)],
        initial_data_source={"properties": {"Name": {"title": {}}, **properties}},
    )
    return made, made["data_sources"][0]["id"]


def row_in(client: Client, source_id: str, name: str, **properties: Any) -> Raw:
    made: Raw = client.pages.create(
        parent={"data_source_id": source_id}, properties={"Name": {"title": [span(name)]}, **properties}
    )
    return made
