"""Takes every document of elastic's Notion connector, with comments and attachments, and writes them as JSON lines.

    python elastic_docs.py CHECKOUT TOKEN OUTPUT COMMENTS

The connector is told where Notion is by OVERRIDE_URL; the service around it (jobs, Elasticsearch) is left out.
"""

import asyncio
import json
import sys
from pathlib import Path

checkout, token, output, comments = sys.argv[1:]
sys.path[:0] = [f"{checkout}/app/connectors_service", f"{checkout}/libs/connectors_sdk"]

from connectors.sources.notion.datasource import NotionDataSource  # noqa: E402
from connectors_sdk.config import DataSourceFrameworkConfig  # noqa: E402
from connectors_sdk.source import DataSourceConfiguration  # noqa: E402

AT_ONCE = 30
LARGEST_FILE = 10 * 1024 * 1024
"""Downloads at a time and the most bytes of one: the service's defaults."""


async def main() -> None:
    settings = NotionDataSource.get_default_configuration()
    given = {"notion_secret_key": token, "databases": ["*"], "pages": ["*"], "index_comments": comments == "yes"}
    for name, value in given.items():
        settings[name]["value"] = value
    source = NotionDataSource(DataSourceConfiguration(settings))
    source.set_framework_config(DataSourceFrameworkConfig(LARGEST_FILE))
    places, downloads = asyncio.Semaphore(AT_ONCE), set()
    with Path(output).open("w", encoding="utf-8") as lines:

        async def download(lazy) -> None:
            async with places:
                found = await lazy(doit=True, timestamp=None)
            if found:
                lines.write(json.dumps(found) + "\n")

        try:
            await source.ping()
            async for document, lazy in source.get_docs():
                lines.write(json.dumps(document) + "\n")
                if lazy is not None:
                    downloads.add(asyncio.create_task(download(lazy)))
            await asyncio.gather(*downloads)
        finally:
            await source.close()


asyncio.run(main())
