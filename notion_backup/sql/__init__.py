"""SQL over snapshots: DuckDB inside, read only, nothing decrypted on disk."""

from notion_backup.sql.connect import Rows, Sql, connect, streams, tidy_names
from notion_backup.sql.results import write_csv, write_json_lines, write_parquet

__all__ = ["Rows", "Sql", "connect", "streams", "tidy_names", "write_csv", "write_json_lines", "write_parquet"]
