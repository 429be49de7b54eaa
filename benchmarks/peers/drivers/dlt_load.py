"""Loads a workspace with dlt's verified source into DuckDB: every database and every page.

python dlt_load.py CHECKOUT URL TOKEN FOLDER
"""

import sys

checkout, url, token, folder = sys.argv[1:]
sys.path.insert(0, f"{checkout}/sources")

import dlt  # noqa: E402
import notion  # noqa: E402
import notion.helpers.client  # noqa: E402
import notion.settings  # noqa: E402

notion.settings.API_URL = notion.helpers.client.API_URL = f"{url}/v1"
pipeline = dlt.pipeline(
    "notion",
    pipelines_dir=f"{folder}/pipelines",
    destination=dlt.destinations.duckdb(f"{folder}/notion.duckdb"),
    dataset_name="workspace",
)
pages = notion.notion_pages(api_key=token)
pages.apply_hints(write_disposition="replace")
pipeline.run([notion.notion_databases(api_key=token), pages])
