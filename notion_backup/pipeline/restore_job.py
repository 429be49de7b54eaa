"""``restore_<workspace>``: a restore that was begun is brought to its end, and seen in Dagster's history.

What it is about stands in the restore's journal; a run names it by id alone. Planning and consent come before, at the
command line. A run that ended early is begun again with the same id, from here too.
"""

from typing import Any

from dagster import (
    AssetMaterialization,
    Config,
    JobDefinition,
    MetadataValue,
    Nothing,
    OpExecutionContext,
    Out,
    TableRecord,
    in_process_executor,
    job,
    op,
)

from notion_backup.capture import Source
from notion_backup.errors import UsageError
from notion_backup.pipeline import names
from notion_backup.pipeline.access import Access
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.progress import ProgressLog
from notion_backup.restore.journal import UNDONE, Header
from notion_backup.restore.restores import Restores
from notion_backup.restore.work import Worked, is_files, origin_of, work
from notion_backup.settings import Settings, WorkspaceSettings


class RestoreConfig(Config):
    """``restore``: the id of a restore, as ``notion-backup restores`` lists it. ``proof``: read everything back."""

    restore: str
    proof: bool = True


def restore_job(settings: Settings, workspace: WorkspaceSettings) -> JobDefinition:
    """A restore by hand. It has a token of its own, and so waits for no backup's connection."""
    name = workspace.name

    @op(
        name=names.op_name(name, names.RESTORED),
        description="Does a restore, or the rest of it; reads it back and reports.",
        out=Out(Nothing),
        required_resource_keys={"access"},
    )
    def restore(context: OpExecutionContext, config: RestoreConfig) -> None:
        access: Access = context.resources.access
        with explained(context):
            # What comes out of files needs no repository; where one is set, it takes a copy of the journal.
            repository = access.repository if settings.repository_url is not None else None
            restores = Restores(settings.restores, repository)
            found = restores.named(config.restore)
            header = found.record.header
            if found.record.state == UNDONE:
                raise UsageError(f"Restore {header.id} was undone.", cure="Begin another with `notion-backup restore`.")
            origin = origin_of(header.commit, lambda: access.repository)
            source = Source(
                token=settings.restore_token().get_secret_value(),
                base_url=header.base_url,
                requests_per_minute=settings.restore_budget(workspace),
                ledger=settings.ledgers,
            )
            tell = ProgressLog(context.log.info, access.listener)
            worked = work(restores, found, origin, source, proof=config.proof, tell=tell)
        context.log_event(AssetMaterialization(names.asset_key(name, names.RESTORED), metadata=_shown(header, worked)))

    @job(
        name=names.restore_job(name),
        description="Brings a restore that was begun with `notion-backup restore` to its end.",
        tags={names.WORKSPACE_TAG: name, names.PURPOSE_TAG: "restore"},
        executor_def=in_process_executor,
    )
    def restoring() -> None:
        restore()

    return restoring


def _shown(header: Header, worked: Worked) -> dict[str, Any]:
    """Counts, codes and ids; the titles stay in the report, which only its owner may read."""
    outcome = worked.outcome
    found: dict[str, Any] = {
        "restore": header.id,
        "snapshot": "files" if is_files(header.commit) else header.commit,
        "into": header.into,
        "complete": outcome["complete"],
        "made": MetadataValue.json(outcome["made"]),
        "unplanned": len(outcome["unplanned"]),
        "requests": outcome["requests_total"],
        "report": MetadataValue.path(outcome["report"]),
        names.JOURNAL_COPIED: worked.copied,
    }
    if outcome["losses"]:
        found["losses"] = MetadataValue.table(
            [
                TableRecord({name: loss[name] for name in ("code", "count", "outcome", "why", "substitute")})
                for loss in outcome["losses"]
            ]
        )
    if "score" in outcome:
        found |= {
            "score": outcome["score"],
            "compared": outcome["compared"],
            "exact": outcome["exact"],
            "files_compared": outcome["files_compared"],
            "differences": len(outcome["differences"]),
        }
    return found
