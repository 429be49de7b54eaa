from __future__ import annotations

from pathlib import Path

import pytest
from dagster import AssetKey, Failure, build_input_context, build_output_context

from notion_backup.pipeline.io import ReferenceIOManager
from notion_backup.pipeline.references import DraftReference, SnapshotReference

KEY = AssetKey(["notion", "snapshot"])
REFERENCE = SnapshotReference(workspace="notion", partition="2025-11-22", snapshot_id="ab" * 16, slot=3, digest="cd")


def write(manager: ReferenceIOManager, value: object, partition: str = "2025-11-22") -> None:
    manager.handle_output(build_output_context(asset_key=KEY, partition_key=partition), value)


def read(manager: ReferenceIOManager, partition: str = "2025-11-22") -> object:
    return manager.load_input(build_input_context(asset_key=KEY, partition_key=partition))


def test_a_reference_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    manager = ReferenceIOManager(tmp_path)
    for value in (REFERENCE, DraftReference(workspace="notion", partition="2025-11-22", draft_id="12")):
        write(manager, value)
        assert read(manager) == value


def test_nothing_but_references_is_taken(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not a reference"):
        write(ReferenceIOManager(tmp_path), {"title": "secret"})

    assert list(tmp_path.iterdir()) == []


def test_a_missing_reference_fails_for_good_and_names_asset_and_partition(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        read(ReferenceIOManager(tmp_path))

    assert not caught.value.allow_retries
    assert "notion/snapshot" in str(caught.value.description)
    assert "2025-11-22" in str(caught.value.description)


def test_a_torn_reference_fails_for_good(tmp_path: Path) -> None:
    manager = ReferenceIOManager(tmp_path)
    write(manager, REFERENCE)
    (stored,) = tmp_path.rglob("*.json")
    stored.write_bytes(stored.read_bytes()[:20])

    with pytest.raises(Failure, match="cannot be read"):
        read(manager)


def test_a_partition_key_cannot_leave_its_folder(tmp_path: Path) -> None:
    write(ReferenceIOManager(tmp_path / "storage"), REFERENCE, partition="../../up")

    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["snapshot"]


def test_no_half_written_file_is_left_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write(ReferenceIOManager(tmp_path), REFERENCE)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
