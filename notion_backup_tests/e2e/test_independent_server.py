"""Backups by real processes of a server that was written without knowing the product, held against its truth."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from notion_backup.export.json_export import export_json
from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import open_snapshot
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.e2e.independent_scenes import furnish
from notion_backup_tests.e2e.independent_server import TOKEN, Service
from notion_backup_tests.e2e.independent_wire import serving
from notion_backup_tests.e2e.independent_workspace import Raw, Workspace

pytestmark = pytest.mark.slow

KINDS = ("page", "database", "data_source", "block", "view", "comment", "user", "custom_emoji")
COMPLETE, FAILED, INCOMPLETE = 0, 1, 3


@dataclass
class Shell:
    """The command line of a person whose settings name the server."""

    folder: Path
    service: Service

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("NOTION", "DAGSTER", "PYTEST", "COV"))
        }
        config = self.folder / "settings.toml"
        config.write_text('[[workspace]]\nname = "notion"\nrequests_per_minute = 100000\n', encoding="utf-8")
        environ = {
            "NOTION_TOKEN": TOKEN,
            "NOTION_BASE_URL": self.service.url,
            "NOTION_BACKUP_REPOSITORY": str(self.folder / "repository"),
            "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
            "NOTION_BACKUP_HOME": str(self.folder / "home"),
            "NOTION_BACKUP_CONFIG": str(config),
        }
        command = [str(Path(sys.executable).parent / "notion-backup"), *words]
        done = subprocess.run(
            command, env={**kept, **environ}, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        assert self.service.violations == []
        return done

    def must(self, *words: str, status: int = COMPLETE) -> str:
        done = self.run(*words)
        assert done.returncode == status, done.stderr
        return done.stdout

    def backup(self, status: int) -> Raw:
        found: Raw = json.loads(self.must("backup", "--json", status=status))
        return found

    def export(self) -> Export:
        """The newest snapshot written out in this process; a process of its own costs two seconds and is tried once."""
        repository = Repository.open(open_store(str(self.folder / "repository")), PASSPHRASE)
        export_json(open_snapshot(repository, repository.commits()[-1]), self.folder / "out", lambda *_: None)
        return Export(self.folder / "out", self.service)


@dataclass
class Export:
    """An export, with addresses and moments of signing taken out so that it compares with the truth."""

    folder: Path
    service: Service

    def lines(self, name: str) -> Iterator[Raw]:
        with (self.folder / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as lines:
            yield from (json.loads(line) for line in lines)

    def objects(self, kind: str) -> dict[str, Raw]:
        listed = [self._plain(raw) for raw in self.lines(f"objects/{kind}")]
        found = {raw["id"]: raw for raw in listed}
        assert len(found) == len(listed), f"a {kind} is there twice"
        return found

    def _plain(self, raw: Any) -> Any:
        if isinstance(raw, list):
            return [self._plain(one) for one in raw]
        if not isinstance(raw, dict):
            return raw
        made = {name: self._plain(value) for name, value in raw.items() if name != "request_id"}
        if isinstance(address := made.get("url"), str) and address.startswith(f"{self.service.url}/s3/"):
            made["url"] = self.media_name(address)
            if "expiry_time" in made:
                made["expiry_time"] = None
        return made

    def media_name(self, address: str) -> str:
        return "@" + unquote(address.removeprefix(f"{self.service.url}/s3/").partition("?")[0])

    def problems(self, severity: str) -> dict[str, Raw]:
        return {row["object_id"]: row for row in self.lines("problems") if row["severity"] == severity}


@contextmanager
def shell(folder: Path, service: Service) -> Iterator[Shell]:
    with serving(service):
        Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)
        yield Shell(folder, service)


def agrees(export: Export, *, without: tuple[str, ...] = ()) -> None:
    """Hold everything in the export against the truth, apart from the kinds that the server did not give."""
    world = export.service.world
    for kind in KINDS:
        if kind in without:
            continue
        found, truth = export.objects(kind), dict(world.of(kind))
        if "template" in without:  # only the list of templates leads to the pages that are templates
            truth = {one: raw for one, raw in truth.items() if one not in _template_parts(world)}
        # A page may also be known as a block, such as one that lies in no body.
        extra = {one for one in found.keys() - truth.keys() if kind != "block" or one not in world.of("page")}
        assert (sorted(truth.keys() - found.keys()), sorted(extra)) == ([], []), kind
        differing = [one for one in truth if found[one] != truth[one]]
        assert differing == [], kind
    if "template" not in without:
        listed = [one for many in world.templates.values() for one in many]
        assert sorted(export.objects("template")) == sorted(one["id"] for one in listed)
    _agrees_on_order(export, without)
    items = {(row["page_id"], row["property_id"]): row["items"] for row in export.lines("properties")}
    assert {key: items.get(key) for key in world.values} == world.values
    _agrees_on_media(export, without)


def _agrees_on_order(export: Export, without: tuple[str, ...]) -> None:
    world = export.service.world
    found = {row["id"]: row["children"] for row in export.lines("children")}
    wanted = {one: listed for one, listed in world.children.items() if one not in world.refused}
    if "template" in without:
        wanted = {one: listed for one, listed in wanted.items() if one not in _template_parts(world)}
    assert {one: found.get(one) for one in wanted} == wanted
    for parent in found.keys() - wanted.keys():
        assert found[parent] == world.children.get(world.echoes.get(parent, ""), [])
    assert not found.keys() & world.refused.keys()


def _template_parts(world: Workspace) -> set[str]:
    """The pages that are templates, and the blocks in them."""
    pages = {listed["id"] for many in world.templates.values() for listed in many}
    return pages.union(*(world.children[page] for page in pages))


def _agrees_on_media(export: Export, without: tuple[str, ...]) -> None:
    world = export.service.world
    rows = {(row["owner"], export.media_name(row["url"])): row for row in export.lines("files")}
    wanted = [
        (one, name)
        for kind in KINDS
        if kind not in without
        for one, raw in world.of(kind).items()
        for name in _addresses(raw)
    ]
    assert len(wanted) > 30
    for owner, name in wanted:
        row = rows[owner, name]
        if name[1:] in world.refused:
            assert (row["sha256"], row["path"]) == (None, None)
            continue
        content = (export.folder / row["path"]).read_bytes()
        assert content == world.media[name[1:]]
        assert row["sha256"] == hashlib.sha256(content).hexdigest() == row["path"].removeprefix("media/")
        assert row["bytes"] == len(content)


def _addresses(raw: Any) -> Iterator[str]:
    if isinstance(raw, dict):
        if str(raw.get("url")).startswith("@"):
            yield raw["url"]
        raw = list(raw.values())
    if isinstance(raw, list):
        for one in raw:
            yield from _addresses(one)


def test_all_that_can_be_read_is_kept_through_faults_and_exactly_what_cannot_is_named(tmp_path: Path) -> None:
    service = Service(furnish(5, gaps=True), fault_rate=0.08)
    with serving(service):
        person = Shell(tmp_path, service)
        person.must("init")
        assert person.backup(INCOMPLETE)["verdict"] == "incomplete"
        person.must("verify", "--level", "full")
        person.must("export", "latest", str(tmp_path / "out"))
    export = Export(tmp_path / "out", service)
    assert set(service.faults) == {"429", "500", "502", "503", "504", "529", "cut", "html", "drop"}
    assert service.expired > 0
    agrees(export)
    assert export.problems("missing").keys() == service.world.missing
    assert export.problems("outside").keys() == service.world.outside


def test_a_personal_token_gets_all_and_its_second_backup_is_next_to_nothing(tmp_path: Path) -> None:
    # Such a token may not list the members, only read those that are met: said in a notice, nothing is missing.
    service = Service(furnish(6, gaps=False, small=True), without=("users",))
    with shell(tmp_path, service) as person:
        first = person.backup(COMPLETE)
        downloads = service.downloads
        second = person.backup(COMPLETE)
        assert service.downloads == downloads
        export = person.export()
    assert first["missing"] == second["missing"] == 0
    assert second["stored_bytes"] < 0.01 * first["stored_bytes"]
    agrees(export)
    assert export.problems("missing") == {}
    assert "users" in export.problems("notice")


def test_what_an_older_server_and_a_poorer_token_do_not_give_is_named_and_the_rest_is_whole(tmp_path: Path) -> None:
    without = ("views", "custom_emojis", "templates", "comments")
    service = Service(furnish(7, gaps=False, small=True), without=without)
    with shell(tmp_path, service) as person:
        person.backup(INCOMPLETE)
        export = person.export()
    agrees(export, without=("view", "custom_emoji", "template", "comment"))
    said = json.dumps(list(export.lines("problems")))
    for word in without:
        assert word in said


def test_a_token_revoked_half_way_commits_nothing_and_the_next_backup_is_whole(tmp_path: Path) -> None:
    service = Service(furnish(8, gaps=False, small=True), revoked_after=150)
    with shell(tmp_path, service) as person:
        failed = person.run("backup")
        assert failed.returncode == FAILED
        assert "token" in failed.stderr
        assert person.must("snapshots", "--json") == ""
        service.revoked_after = None
        person.backup(COMPLETE)
        agrees(person.export())
