"""The table of losses: one place for it, in the program, the page made from it, and every row of it met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from notion_backup.repository import Repository, open_store
from notion_backup.restore import LOSSES, Selection, SnapshotOrigin, chosen, losses_as_markdown, prove, whole
from notion_backup.restore.facts import Facts
from notion_backup.restore.job import Job
from notion_backup.restore.losses import UNPLANNED
from notion_backup.restore.planning import PlanTarget
from notion_backup.restore.steps import run
from notion_backup.sandbox import FaultRule, Sandbox, generate, running
from notion_backup.sandbox.generator.properties import row
from notion_backup.sandbox.generator.show_views import view
from notion_backup.sandbox.maker import mention, text
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.restore.notebook import Notebook, value
from notion_backup_tests.restore.restoring import Restoring, snapshot_of, target_sandbox, top_of
from notion_backup_tests.restore.scenes import LARGEST_UPLOAD, NOBODY, everything_lost

PAGE = Path(__file__).parents[2] / "docs" / "restore.md"
PLANNED = sorted(LOSSES.keys() - UNPLANNED)


def test_the_page_shows_the_table_that_the_program_goes_by() -> None:
    told = PAGE.read_text(encoding="utf-8").partition("<!-- losses -->\n")[2].partition("<!-- /losses -->")[0]
    assert told.strip() == losses_as_markdown().strip()


# --- planned ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Losses of a generated workspace as planned, and of the scenes of loss as restored and read back."""
    repository, _ = Repository.init(open_store("memory://losses"), PASSPHRASE, kdf=CHEAP)
    space = generate(pages=4, seed=1, media_bytes=500, blocks_per_page=2)
    origin = SnapshotOrigin(snapshot_of(repository, Sandbox(space)))
    people = {str(user["id"]): str(user["id"]) for user in origin.people()}
    plan = Job(origin, PlanTarget(), Facts(top_of(target_sandbox()), users=people), whole(origin))
    run(plan)

    book = Notebook()
    wanted = everything_lost(book)
    snapshot = book.snapshot(repository)
    target = target_sandbox(largest_upload=LARGEST_UPLOAD)
    target.workspace.id = NOBODY
    with running(target) as server:
        selection = chosen(SnapshotOrigin(snapshot), wanted)
        applied = Restoring(snapshot, server, tmp_path_factory.mktemp("r"), selection=selection).go()
        proof = prove(source(server.url, server.token), applied.job)
    assert [finding.to_json() for finding in proof.unplanned] == []
    assert not [loss for loss in applied.job.losses if not loss.planned]
    return {loss.code for job in (plan, applied.job) for loss in job.losses}


@pytest.mark.parametrize("code", PLANNED)
def test_a_loss_that_a_plan_knows_is_met(code: str, met: set[str]) -> None:
    assert code in met


# --- on refusal ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """A scene, and what the target refuses in it."""

    scene: Callable[[Notebook], Any]
    rules: tuple[FaultRule, ...] = ()
    target: dict[str, Any] = field(default_factory=dict)


def refused(method: str, path: str, **when: Any) -> tuple[FaultRule, ...]:
    when = {"times": None, **when}
    return (FaultRule("status", path=f"^/v1/{path}", method=method, status=400, code="validation_error", **when),)


def _guilty_block(book: Notebook) -> None:
    book.paragraph([mention("date", {"start": "no date", "end": None, "time_zone": None}, "soon")])


def _guilty_value(book: Notebook) -> None:
    table = book.database("Table", book.builder.property("Day", "date"))
    row(book.builder, table, "One", 0, **value(table, "Day", {"start": "no day", "end": None, "time_zone": None}))


def _column(kind: str, inner: dict[str, Any]) -> Callable[[Notebook], Any]:
    return lambda book: book.database("Table", book.builder.property("Odd", kind, inner))


def _list_view(book: Notebook) -> None:
    """A database whose first view is no table: it is made, and that which the database came with taken away."""
    table = book.database("Table")
    (first,) = (one for one in book.space.all("view") if one["data_source_id"] == table["id"])
    sorts = [{"property": table["properties"]["Name"]["id"], "direction": "ascending"}]
    first |= {"type": "list", "configuration": None, "sorts": sorts}


def _two_views(book: Notebook) -> None:
    table = book.database("Table")
    view(book.builder, book.space.objects["database"][table["parent"]["database_id"]], table, "list", "More")


def _image(book: Notebook) -> None:
    book.block("image", {"caption": [], "type": "file", "file": book.builder.hosted("photo.png", 60)})


def _copy_of_a_late_original(book: Notebook) -> None:
    copy = book.block("synced_block", {"synced_from": None})
    late = book.child("Late")
    original = book.block("synced_block", {"synced_from": None}, late)
    book.paragraph("The same in both", original)
    copy["synced_block"] = {"synced_from": {"type": "block_id", "block_id": original["id"]}}
    copy["has_children"] = True


REFUSALS = {
    "block-refused": Refusal(_guilty_block),
    "page-refused": Refusal(lambda book: book.child("Below"), refused("POST", "pages$", after=1)),
    "database-refused": Refusal(lambda book: book.database("Table"), refused("POST", "databases$")),
    "file-refused": Refusal(_image, refused("POST", "file_uploads$")),
    "value-refused": Refusal(_guilty_value),
    "schema-refused": Refusal(
        _column("number", {"format": "euro"}),
        (*refused("POST", "databases$", times=1), *refused("PATCH", "data_sources/", times=1)),
    ),
    "formula-impossible": Refusal(
        _column("formula", {"expression": "1 + 1"}), refused("PATCH", "data_sources/", times=1)
    ),
    "view-impossible": Refusal(_two_views, refused("POST", "views$")),
    "view-plain": Refusal(_list_view, refused("POST", "views$", times=1)),
    "view-left": Refusal(_list_view, refused("DELETE", "views/")),
    "comment-refused": Refusal(lambda book: book.maker.comment(book.page, text("Well?")), refused("POST", "comments$")),
    "finish-refused": Refusal(lambda book: book.page.update(is_locked=True), refused("PATCH", "pages/")),
    "patch-refused": Refusal(lambda book: book.database(""), refused("PATCH", "databases/")),
    "synced-in-place": Refusal(_copy_of_a_late_original, refused("POST", "pages$", after=1)),
}


@pytest.mark.parametrize("code", sorted(UNPLANNED))
def test_a_refusal_costs_what_the_table_says_and_is_told(code: str, repository: Repository, tmp_path: Path) -> None:
    told = REFUSALS[code]
    book = Notebook()
    told.scene(book)
    snapshot = book.snapshot(repository)
    selection: Selection = chosen(SnapshotOrigin(snapshot), [book.page["id"]])
    with running(target_sandbox(**told.target)) as server:
        restoring = Restoring(snapshot, server, tmp_path / "r", selection=selection)
        server.sandbox.faults.add(*told.rules)
        applied = restoring.go()
        server.sandbox.faults.clear()
        proof = prove(source(server.url, server.token), applied.job)
    assert code in {loss.code for loss in applied.job.losses}
    assert proof.unplanned
    assert book.page["id"] in applied.job.made
