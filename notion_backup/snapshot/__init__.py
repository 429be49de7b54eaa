"""What a snapshot holds: tables in segments, a catalog over them, a manifest; written, read, compared and proven."""

from notion_backup.snapshot.catalog import (
    CATALOG_SCHEMA,
    UNSHARED,
    Entry,
    entry_of,
    unshared_in,
)
from notion_backup.snapshot.coverage import KINDS, compared, coverage_of, kind_of
from notion_backup.snapshot.diff import PARTS, Change, ChangeKind, count_changes, diff_snapshots
from notion_backup.snapshot.find import Found, find, id_by_path, id_in
from notion_backup.snapshot.live import LiveRows, live_rows
from notion_backup.snapshot.manifest import KindFacts, Manifest, Verdict
from notion_backup.snapshot.model import (
    DETACHED,
    OBJECT_TABLES,
    UNKNOWN_TYPE,
    BlockNode,
    FileRef,
    Media,
    Partition,
    Problem,
    Raw,
    RunFacts,
    Severity,
    Table,
    WorkspaceIdentity,
)
from notion_backup.snapshot.moment import moment_of
from notion_backup.snapshot.normal import canonical, without_query
from notion_backup.snapshot.outline import Outline, outline_of
from notion_backup.snapshot.parts import CatalogParts
from notion_backup.snapshot.place import KIND_NAMES, TREE_TABLES, Place, join_places
from notion_backup.snapshot.proof import prove_tables, references
from notion_backup.snapshot.reader import SnapshotReader, open_snapshot
from notion_backup.snapshot.resolve import (
    Choice,
    is_complete,
    latest_snapshot,
    partition_key,
    point_of,
    resolve_snapshot,
    snapshot_at,
    snapshot_before,
    snapshots_of,
)
from notion_backup.snapshot.rows import NODE_COLUMNS, SCHEMAS, file_from_row, instant, node_from_row
from notion_backup.snapshot.tidy import (
    IDS,
    PAGE_COLUMNS,
    TidyColumn,
    TidyTable,
    names_in,
    printable_name,
    properties_of,
)
from notion_backup.snapshot.tidy_values import Names
from notion_backup.snapshot.titles import block_text, parent_of, rich_text, title_of
from notion_backup.snapshot.whole import whole_page, whole_value
from notion_backup.snapshot.writer import SealedSnapshot, SnapshotWriter

__all__ = [
    "BlockNode",
    "CATALOG_SCHEMA",
    "CatalogParts",
    "Change",
    "ChangeKind",
    "Choice",
    "DETACHED",
    "Entry",
    "FileRef",
    "Found",
    "IDS",
    "KINDS",
    "KIND_NAMES",
    "KindFacts",
    "LiveRows",
    "Manifest",
    "Media",
    "NODE_COLUMNS",
    "Names",
    "OBJECT_TABLES",
    "Outline",
    "PAGE_COLUMNS",
    "PARTS",
    "Partition",
    "Place",
    "Problem",
    "Raw",
    "RunFacts",
    "SCHEMAS",
    "SealedSnapshot",
    "Severity",
    "SnapshotReader",
    "SnapshotWriter",
    "TREE_TABLES",
    "Table",
    "TidyColumn",
    "TidyTable",
    "UNKNOWN_TYPE",
    "UNSHARED",
    "Verdict",
    "WorkspaceIdentity",
    "block_text",
    "canonical",
    "compared",
    "count_changes",
    "coverage_of",
    "diff_snapshots",
    "entry_of",
    "file_from_row",
    "find",
    "id_by_path",
    "id_in",
    "instant",
    "is_complete",
    "join_places",
    "kind_of",
    "latest_snapshot",
    "live_rows",
    "moment_of",
    "names_in",
    "node_from_row",
    "open_snapshot",
    "outline_of",
    "parent_of",
    "partition_key",
    "point_of",
    "printable_name",
    "properties_of",
    "prove_tables",
    "references",
    "resolve_snapshot",
    "rich_text",
    "snapshot_at",
    "snapshot_before",
    "snapshots_of",
    "title_of",
    "unshared_in",
    "whole_page",
    "whole_value",
    "without_query",
]
