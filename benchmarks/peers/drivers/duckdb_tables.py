"""Prints every table of a DuckDB file as JSON: ``python duckdb_tables.py FILE``."""

import json
import sys

import duckdb

with duckdb.connect(sys.argv[1], read_only=True) as connection:
    found = {}
    tables = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
    for schema, name in tables:
        if schema == "workspace":
            cursor = connection.execute(f'select * from "{schema}"."{name}"')
            columns = [column[0] for column in cursor.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    json.dump(found, sys.stdout, default=str)
