"""Writes pages and databases with notion-exporter.

    python notion_exporter_pages.py URL TOKEN FOLDER < lines of "top|page|database ID"

First the way it is meant: everything below the top pages in one go. When that ends in an error nothing is written, and
each page and database is asked for by itself; those that end in an error are left out. It gives texts by id: the files
and their names are ours.
"""

import sys
from pathlib import Path

import notion_client
import notion_exporter.exporter

url, token, folder = sys.argv[1:]
for client in (notion_client.Client, notion_client.AsyncClient):
    client.__init__ = lambda self, connect=client.__init__, **options: connect(self, base_url=url, **options)
asked = [line.split() for line in sys.stdin]


def export(**ids):
    made = notion_exporter.NotionExporter(
        notion_token=token,
        export_child_pages="page_ids" in ids and len(ids["page_ids"]) > 1,
        extract_page_metadata=True,
    ).export_pages(**ids)
    for page, text in made.items():
        (Path(folder) / f"{page}.md").write_text(text, encoding="utf-8")


Path(folder).mkdir()
try:
    export(page_ids=[one for kind, one in asked if kind == "top"])
    print("all in one go", file=sys.stderr)
except Exception as error:
    print(f"all in one go: {error!r}", file=sys.stderr)
    for kind, one in asked:
        try:
            export(**{"database_ids" if kind == "database" else "page_ids": [one]})
        except Exception as problem:
            print(f"{kind} {one}: {problem!r}", file=sys.stderr)
