from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_READ = """
import io, os
import pyarrow as pa, pyarrow.parquet as pq
from notion_backup.repository.parquet_read import read_parquet
sink = io.BytesIO()
pq.write_table(pa.table({"a": [1, 2, 3], "b": ["x", "y", "z"]}), sink)
before = len(os.listdir("/proc/self/task"))
assert read_parquet(sink.getvalue()).to_pydict() == {"a": [1, 2, 3], "b": ["x", "y", "z"]}
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
def test_reading_a_table_leaves_no_thread_that_could_abort_the_process_at_its_end() -> None:
    done = subprocess.run([sys.executable, "-c", _READ], capture_output=True, encoding="ascii", check=True)
    assert done.stdout.strip() == "0"
