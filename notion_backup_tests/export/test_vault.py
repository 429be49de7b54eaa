from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from notion_backup.export.markdown.escape import visible
from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.export.report import ExportReport
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.export import obsidian_vault
from notion_backup_tests.export.conftest import every_file, pieces_of, rows_of_table


class Vault:
    """A written vault, as it is written."""

    def __init__(self, folder: Path, report: ExportReport) -> None:
        self.report = report
        self.files = every_file(folder)
        self.notes = {path: data.decode("utf-8") for path, data in self.files.items() if path.endswith(".md")}

    def front_matter(self, note: str) -> dict[str, Any]:
        _, head, _ = self.notes[note].split("---\n", 2)
        found: dict[str, Any] = yaml.safe_load(head)
        return found

    def by_id(self) -> dict[str, str]:
        """The text of every note by the id in its front matter."""
        return {
            str(self.front_matter(note)["notion-id"]): text
            for note, text in self.notes.items()
            if text.startswith("---\n")
        }


@pytest.fixture(scope="session")
def vault(showcase: SnapshotReader, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    folder = tmp_path_factory.mktemp("vault") / "out"
    return Vault(folder, export_markdown(showcase, folder))


def test_no_object_of_the_snapshot_is_missing(vault: Vault, showcase: SnapshotReader) -> None:
    notes = vault.by_id()
    assert {entry.id for table in (Table.PAGES, Table.DATABASES) for entry in showcase.entries(table)} == set(notes)
    counts = vault.report.counts
    assert counts["blocks"] == sum(1 for _ in rows_of_table(showcase, Table.BLOCKS))
    assert counts["comments"] == sum(1 for _ in rows_of_table(showcase, Table.COMMENTS))
    assert counts["data_sources"] == len(list(showcase.entries(Table.DATA_SOURCES)))
    about = vault.notes["About this export.md"]
    everything = "\n".join(vault.notes.values())
    for table in (Table.USERS, Table.CUSTOM_EMOJIS, Table.VIEWS):
        for raw in showcase.objects(table):
            assert _words(raw.get("name")) <= _words(about if table is not Table.VIEWS else everything), raw


def test_every_text_of_every_block_and_comment_is_in_its_note(vault: Vault, showcase: SnapshotReader) -> None:
    notes = {object_id: _words(text) for object_id, text in vault.by_id().items()}
    about = _words(vault.notes["About this export.md"])
    for row in rows_of_table(showcase, Table.BLOCKS):
        for piece in pieces_of(row["raw"]):
            assert _words(piece) <= notes.get(row["owner_id"], about), (row["raw"], piece)
    for row in rows_of_table(showcase, Table.COMMENTS):
        assert all(_words(piece) <= notes[row["owner_id"]] for piece in pieces_of(row["raw"]))


def test_every_attachment_opens_and_is_what_was_kept(vault: Vault, showcase: SnapshotReader) -> None:
    contents = {data for path, data in vault.files.items() if not path.endswith(".md")}
    kept = {file.media.sha256: file.media for file in showcase.files() if file.media}
    assert kept
    for media in kept.values():
        assert showcase.open_media(media).read() in contents


def test_front_matter_says_who_when_where_and_every_property_typed(vault: Vault, showcase: SnapshotReader) -> None:
    [note] = [note for note in vault.notes if re.search(r"/Mower 2 \w{6}\.md$", note)]
    facts = vault.front_matter(note)
    raw = showcase.object(Table.PAGES, facts["notion-id"])
    assert raw is not None
    assert set(raw["properties"]) - {"Name"} - set(facts) <= {
        name for name, value in raw["properties"].items() if not value[value["type"]] or value["type"] == "rollup"
    }
    assert facts["aliases"] == ["Mower 2"]
    assert facts["Number"] == raw["properties"]["Number"]["number"]
    assert facts["Checkbox"] is raw["properties"]["Checkbox"]["checkbox"]
    assert len(facts["Parts"]) == 60
    assert all(re.fullmatch(r"\[\[Part \d+ \w{6}\]\]", link) for link in facts["Parts"])
    assert str(facts["notion-created"]) == raw["created_time"][:16].replace("T", " ") + ":00"
    trashed = [note for note in vault.notes if "Thrown away" in note]
    assert trashed
    assert all(vault.front_matter(note)["notion-in-trash"] is True for note in trashed)


def test_every_data_source_has_a_table_and_a_base_whose_columns_are_in_the_notes(
    vault: Vault, showcase: SnapshotReader
) -> None:
    bases = [path for path in vault.files if path.endswith(".base")]
    assert len(bases) == len(list(showcase.entries(Table.DATA_SOURCES)))
    [machines] = [path for path in bases if re.search(r"/Machines \w{6}\.base$", path)]
    base = yaml.safe_load(vault.files[machines])
    [board] = [view for view in base["views"] if view["name"] == "By status"]
    assert board["groupBy"] == {"property": "note.Status", "direction": "ASC"}
    assert board["sort"] == [{"property": "note.Number", "direction": "DESC"}]
    assert board["filters"] == {"and": ['note["Checkbox"] == true', 'note["Select"] == "A"']}
    rows = list(csv.reader(io.StringIO(vault.files[machines.replace(".base", ".csv")].decode("utf-8"))))
    assert len(rows) - 1 == sum(f"notion-data-source: {_source(base)}" in text for text in vault.notes.values())


def test_the_same_snapshot_gives_the_same_bytes_and_touches_nothing_twice(
    vault: Vault, showcase: SnapshotReader, tmp_path: Path
) -> None:
    export_markdown(showcase, tmp_path / "out")
    assert every_file(tmp_path / "out") == vault.files
    again = export_markdown(showcase, tmp_path / "out", prune=True)
    assert (again.changes.written, again.changes.removed, again.changes.left) == (0, 0, 0)


def test_a_part_is_a_vault_of_its_own(showcase: SnapshotReader, tmp_path: Path) -> None:
    [root] = [entry for entry in showcase.entries(Table.PAGES) if entry.title == "Every property"]
    report = export_markdown(showcase, tmp_path / "out", root=root.id)
    part = Vault(tmp_path / "out", report)
    assert "Every block" not in str(list(part.notes))
    assert any("Mower 1 " in note for note in part.notes)
    opened = obsidian_vault.Vault(tmp_path / "out")
    assert [broken for note in opened.notes for broken in opened.broken(note)] == []


def _source(base: dict[str, Any]) -> str:
    return str(base["filters"]["and"][0]).split('"')[3]


def _words(text: Any) -> set[str]:
    """The words of a text, marks of Markdown and its escapes taken away."""
    return set(re.findall(r"[^\W_]+", visible(str(text or "")).replace("\\", "")))
