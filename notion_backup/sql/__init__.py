"""SQL over snapshots: DuckDB inside, read only, nothing decrypted on disk."""

from notion_backup.sql.connect import Rows, Sql, connect, streams
from notion_backup.sql.results import write_csv, write_json_lines, write_parquet
from notion_backup.sql.views import tidy_names, tidy_stream

__all__ = [
    "Rows",
    "Sql",
    "connect",
    "streams",
    "tidy_names",
    "tidy_stream",
    "write_csv",
    "write_json_lines",
    "write_parquet",
]
