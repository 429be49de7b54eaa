"""A query that names what it wants reads no more than that, and finds the same as one that reads everything."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import SnapshotReader
from notion_backup.sql import Sql, streams
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.snapshot.building import identity, take

PAGES = 40
DAYS = 8
LONG = [identity(number) for number in range(1, 31)]


class Counting(SnapshotReader):
    """Notes which segments are read, and whether the whole catalog is."""

    segments: list[bytes]
    catalogs = 0

    def segment(self, number: int) -> pa.Table:
        self.segments.append(self.manifest.segments[number].ref.root)
        return super().segment(number)

    def catalog(self) -> pa.Table:
        self.catalogs += 1
        return super().catalog()


def _history(repository: Repository) -> list[Counting]:
    """On each day one page more is changed: page 2 on the second, the fourth, the sixth."""
    contents = {number: f"page {number}" for number in range(1, PAGES)}
    found = []
    for day in range(DAYS):
        contents[2 if day % 2 else 10 + day] += "!"
        commit, _ = take(repository, contents)
        found.append(Counting(repository, commit))
        found[-1].segments = []
    return found


@pytest.fixture
def days(repository: Repository) -> list[Counting]:
    return _history(repository)


def _read(days: Sequence[Counting], query: str) -> tuple[list[dict[str, object]], int, int]:
    rows = Sql(days).query(query).to_table().to_pylist()
    segments = {root for day in days for root in day.segments}
    catalogs = sum(day.catalogs for day in days)
    for day in days:
        day.segments, day.catalogs = [], 0
    return rows, len(segments), catalogs


@pytest.mark.parametrize(("table", "column", "rows"), [("pages", "id", 1), ("blocks", "owner_id", 3)])
def test_the_history_of_one_page_reads_its_versions_alone(
    days: list[Counting], table: str, column: str, rows: int
) -> None:
    everything, all_segments, catalogs = _read(days, f"SELECT snapshot FROM {table}")
    assert catalogs == DAYS
    named = f"SELECT snapshot, {column} FROM {table} WHERE {column} = '{identity(2)}'"
    found, segments, catalogs = _read(days, named)
    assert len(found) == DAYS * rows < len(everything)
    assert (segments, catalogs) == (1 + DAYS // 2, 0)  # as it was at first, and each change
    assert segments < all_segments
    ids = ", ".join(f"'{identity(number)}'" for number in (2, 5, 777))
    found, segments, catalogs = _read(days, f"SELECT {column} FROM {table} WHERE {column} IN ({ids})")
    assert (len(found), catalogs) == (2 * DAYS * rows, 0)
    one = f"{named} AND snapshot = '{days[3].commit.id}'"
    assert _read(days, one)[1:] == (1, 0)
    found, segments, catalogs = _read(days, f"SELECT * FROM {table} WHERE snapshot = '{days[3].commit.id}'")
    assert (len(found), catalogs) == (len(everything) // DAYS, 1)


def test_when_a_page_was_verified_is_known_though_few_segments_are_read(days: list[Counting]) -> None:
    found, segments, _ = _read(days, f"SELECT verified_at, captured_at FROM pages WHERE id = '{identity(2)}'")
    assert all(row["verified_at"] is not None for row in found)
    assert (len(found), segments) == (DAYS, 1 + DAYS // 2)


def test_the_first_rows_come_without_the_rest_being_read(days: list[Counting]) -> None:
    found, _, _ = _read(days, "SELECT id FROM pages LIMIT 3")
    assert len(found) == 3


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sql, duckdb.DuckDBPyConnection, list[str]]:
    """The same history twice: asked as people do, and loaded whole into a DuckDB of its own."""
    store = open_store(str(tmp_path_factory.mktemp("pushdown") / "repository"))
    days = _history(Repository.init(store, PASSPHRASE, kdf=CHEAP)[0])
    plain = duckdb.connect(":memory:")
    plain.execute("SET TimeZone = 'UTC'")
    for name in ("pages", "blocks"):
        plain.register(name, streams(days)[name].reader().read_all())
    return Sql(days), plain, [day.commit.id for day in days]


def _conditions(snapshots: list[str]) -> st.SearchStrategy[str]:
    ids = st.sampled_from([identity(number) for number in (2, 3, 12, 777)])
    some = st.one_of(st.just(LONG), st.lists(ids, min_size=1, max_size=3))
    quoted = some.map(lambda values: ", ".join(f"'{value}'" for value in values))
    atoms = st.one_of(
        st.builds("{key} = '{}'".format, ids, key=st.just("{key}")),
        st.builds("{key} {} '{}'".format, st.sampled_from([">", "<>", "<=", ">="]), ids, key=st.just("{key}")),
        st.builds("{key} IN ({})".format, quoted, key=st.just("{key}")),
        st.builds("{key} NOT IN ({})".format, quoted, key=st.just("{key}")),
        st.builds("snapshot {} '{}'".format, st.sampled_from(["=", "<>", ">"]), st.sampled_from(snapshots)),
        st.sampled_from(
            [
                f"snapshot IN ('{snapshots[0]}', '{snapshots[-1]}')",
                "{key} IS NULL",
                "{key} IS NOT NULL",
                "{key} LIKE '0000000%'",
                "{key} || '' = '" + identity(2) + "'",
                "id = '" + identity(3) + "'",
                "{text} = 'page 3'",
                "{text} LIKE 'page 2%'",
                "{text} IS NULL",
                "NOT in_trash",
                "last_edited_time >= TIMESTAMPTZ '2026-11-01'",
                "raw LIKE '%\"id\"%'",
            ]
        ),
    )
    joined = st.sampled_from(["({}) AND ({})", "({}) OR ({})", "NOT (({}) AND ({}))"])
    return st.recursive(
        atoms, lambda inner: st.builds(lambda how, a, b: how.format(a, b), joined, inner, inner), max_leaves=4
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_condition_finds_what_it_finds_when_everything_is_read(
    both: tuple[Sql, duckdb.DuckDBPyConnection, list[str]], data: st.DataObject
) -> None:
    asked, plain, snapshots = both
    condition = data.draw(_conditions(snapshots))
    for table, key, text in (("pages", "id", "title"), ("blocks", "owner_id", "text")):
        columns = data.draw(st.sampled_from(["*", f"snapshot, {key}", text]))
        query = f"SELECT {columns} FROM {table} WHERE {condition.replace('{key}', key).replace('{text}', text)}"
        found = asked.query(query).to_table().to_pylist()
        wanted = plain.sql(query).to_arrow_table().to_pylist()
        assert sorted(map(str, found)) == sorted(map(str, wanted)), query
