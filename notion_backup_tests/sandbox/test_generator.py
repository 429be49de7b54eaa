from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from notion_backup.sandbox import Workspace, WorkspaceFileError, generate, load_workspace, save_workspace
from notion_backup.sandbox.generator.words import NASTY_TITLES
from notion_backup.sandbox.values import title_of

BLOCK_TYPES = {
    "paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "bulleted_list_item",
    "numbered_list_item", "to_do", "toggle", "quote", "callout", "code", "equation", "divider", "breadcrumb",
    "table_of_contents", "tab", "column_list", "column", "table", "table_row", "synced_block",
    "link_to_page", "embed", "bookmark", "image", "video", "pdf", "audio", "file", "template",
    "link_preview", "child_page", "child_database", "meeting_notes", "unsupported",
}  # fmt: skip
PROPERTY_TYPES = {
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files",
    "checkbox", "url", "email", "phone_number", "relation", "rollup", "formula", "created_time",
    "created_by", "last_edited_time", "last_edited_by", "unique_id", "button", "verification", "place",
}  # fmt: skip
VIEW_TYPES = {
    "table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard",
}  # fmt: skip


@pytest.fixture(scope="module")
def space() -> Workspace:
    return generate(pages=30, seed=11)


def test_every_block_type_is_there(space: Workspace) -> None:
    assert {block["type"] for block in space.all("block")} >= BLOCK_TYPES


def test_every_property_type_is_in_a_schema_and_in_a_row(space: Workspace) -> None:
    schemas = {d["type"] for source in space.all("data_source") for d in source["properties"].values()}
    values = {v["type"] for page in space.all("page") for v in page["properties"].values()}
    assert schemas >= PROPERTY_TYPES
    assert values >= PROPERTY_TYPES
    shown = [value for page in space.all("page") for value in page["properties"].values()]
    rollups = {value["rollup"]["type"] for value in shown if value["type"] == "rollup"}
    assert rollups == {"number", "date", "array", "incomplete", "unsupported"}


def test_every_view_type_mention_and_icon_is_there(space: Workspace) -> None:
    assert {view["type"] for view in space.all("view")} == VIEW_TYPES
    text = json.dumps(space.objects)
    kinds = ("user", "date", "page", "database", "template_mention", "custom_emoji", "link_preview", "link_mention")
    for mention in kinds:
        assert f'"mention": {{"type": "{mention}"' in text, mention
    icons = {(raw.get("icon") or {}).get("type") for raw in space.all("page")}
    assert icons >= {None, "emoji", "file", "external", "custom_emoji", "icon"}


def test_the_oddities_are_there(space: Workspace) -> None:
    titles = {title_of(page) for page in space.all("page")}
    assert set(NASTY_TITLES) <= titles
    assert any(page["is_archived"] for page in space.all("page"))
    assert {raw["object"] for kind in space.objects.values() for raw in kind.values() if raw.get("in_trash")} == {
        "page", "block", "database", "data_source",
    }  # fmt: skip
    assert sorted({len(db["data_sources"]) for db in space.all("database")}) == [0, 1, 2]
    assert space.resolved_discussions
    values = [value for page in space.all("page") for value in page["properties"].values()]
    assert max(len(value["relation"]) for value in values if value["type"] == "relation") > 100


def test_every_child_is_known_and_knows_its_parent(space: Workspace) -> None:
    for holder, ids in space.children.items():
        for child in ids:
            block = space.objects["block"][child]
            assert block["parent"][block["parent"]["type"]] == holder
        known = space.get("block", holder)
        if known is not None and ids:
            assert known["has_children"] is True


def test_size_depth_and_files_are_as_asked() -> None:
    space = generate(pages=40, rows=10_500, databases=1, blocks_per_page=20, depth=7, big_bytes=9_000_000, seed=2)
    assert max(len(space.rows(str(source["id"]))) for source in space.all("data_source")) == 10_500
    assert max(file.size for file in space.files.values()) == 9_000_000
    assert min(file.size for file in space.files.values()) == 0
    plain = generate(pages=40, rows=0, blocks_per_page=20, depth=7, showcase=False, seed=2)

    def below(holder: str) -> int:
        return max((1 + below(child) for child in plain.children.get(holder, ())
                    if plain.objects["block"][child]["type"] != "child_page"), default=0)  # fmt: skip

    assert max(below(str(page["id"])) for page in plain.all("page")) == 7
    urls = [raw[raw["type"]]["file"]["url"] for raw in space.all("block") if raw[raw["type"]].get("type") == "file"]
    assert len(set(urls)) < len(urls)  # the same file in several places


def test_the_same_seed_gives_the_same_workspace(tmp_path: Path) -> None:
    texts = []
    for number, seed in enumerate((4, 4, 5)):
        save_workspace(generate(pages=15, seed=seed), tmp_path / f"{number}.json")
        texts.append((tmp_path / f"{number}.json").read_text())
    assert texts[0] == texts[1] != texts[2]


def test_a_saved_workspace_loads_as_it_was(space: Workspace, tmp_path: Path) -> None:
    save_workspace(space, tmp_path / "a.json")
    again = load_workspace(tmp_path / "a.json")
    assert again.objects == space.objects
    assert (again.children, again.templates, again.files) == (space.children, space.templates, space.files)
    save_workspace(again, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize("given", ["", "[]", '{"objects": {}, "format": "else"}', '{"a": 1}'])
def test_a_file_that_is_no_workspace_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "w.json").write_text(given)
    with pytest.raises(WorkspaceFileError):
        load_workspace(tmp_path / "w.json")


@pytest.mark.campaign
def test_a_hundred_thousand_blocks_take_seconds() -> None:
    start = time.process_time()
    space = generate(pages=8300, rows=2000, seed=1)
    assert len(space.objects["block"]) > 100_000
    assert time.process_time() - start < 30
