"""``structure`` and ``content``: one snapshot proven, once by what is stored where and once by reading it back."""

from collections.abc import Iterator
from typing import Literal

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    Config,
    MaterializeResult,
    asset,
)

from notion_backup.pipeline.access import Access
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.names import CONTENT, SNAPSHOT, STRUCTURE, asset_key
from notion_backup.pipeline.partitions import partitions_of
from notion_backup.pipeline.proving import Proof, prove
from notion_backup.pipeline.references import SnapshotReference
from notion_backup.settings import Settings, WorkspaceSettings

FINDINGS_SHOWN = 100


class StructureConfig(Config):
    """``snapshot``: the id of the snapshot to prove; empty for the one the partition holds now."""

    snapshot: str = ""


class ContentConfig(Config):
    """``level``: ``sample`` reads a share of the bytes, ``full`` every byte. ``snapshot`` as for the structure."""

    snapshot: str = ""
    level: Literal["sample", "full"] = "sample"


def structure_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """Chain and signatures of the log, every referenced chunk in the index, every pack there with its size."""
    name = workspace.name

    @asset(
        key=asset_key(name, STRUCTURE),
        ins={SNAPSHOT: AssetIn(key=asset_key(name, SNAPSHOT))},
        description="The log is a whole, signed chain, and every chunk of the snapshot is where the index says.",
        group_name=name,
        partitions_def=partitions_of(settings, workspace),
        check_specs=[_spec(name, STRUCTURE)],
        required_resource_keys={"access"},
    )
    def structure(
        context: AssetExecutionContext, config: StructureConfig, snapshot: SnapshotReference
    ) -> Iterator[MaterializeResult[None]]:
        access: Access = context.resources.access
        with explained(context):
            proof = prove(access.repository, config.snapshot or snapshot.snapshot_id, "structure")
        yield _shown(context, proof)

    return structure


def content_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """Bytes read back, decrypted and compared with their ids; at level ``full`` all of them, and every table."""
    name = workspace.name

    @asset(
        key=asset_key(name, CONTENT),
        ins={SNAPSHOT: AssetIn(key=asset_key(name, SNAPSHOT))},
        description="The snapshot's bytes, read back and compared with their ids: a sample, or all of them.",
        group_name=name,
        partitions_def=partitions_of(settings, workspace),
        check_specs=[_spec(name, CONTENT)],
        required_resource_keys={"access"},
    )
    def content(
        context: AssetExecutionContext, config: ContentConfig, snapshot: SnapshotReference
    ) -> Iterator[MaterializeResult[None]]:
        access: Access = context.resources.access
        with explained(context):
            wanted = config.snapshot or snapshot.snapshot_id
            proof = prove(access.repository, wanted, config.level, sample=settings.verify_sample)
        yield _shown(context, proof)

    return content


def _spec(workspace: str, name: str) -> AssetCheckSpec:
    # Blocking: a run that finds damage must be red in every list, and not only where checks are looked at.
    return AssetCheckSpec(
        "intact", asset=asset_key(workspace, name), blocking=True, description="Nothing damaged, nothing missing."
    )


def _shown(context: AssetExecutionContext, proof: Proof) -> MaterializeResult[None]:
    result = "intact" if proof.ok else f"{len(proof.findings)} findings"
    context.log.info(f"Snapshot {proof.snapshot_id}, level {proof.level}: {result}.")
    findings = [
        {"code": finding.code, "object": finding.object, "what": finding.what, "cure": finding.cure}
        for finding in proof.findings[:FINDINGS_SHOWN]
    ]
    numbers: dict[str, str | int] = {
        "result": result,
        "level": proof.level,
        "snapshot_id": proof.snapshot_id,
        "packs": proof.packs,
        "chunks": proof.chunks,
        "bytes_read": proof.bytes_read,
        "findings": len(proof.findings),
    }
    check = AssetCheckResult(
        check_name="intact",
        passed=proof.ok,
        severity=AssetCheckSeverity.ERROR,
        metadata={**numbers, "first_findings": findings},
    )
    return MaterializeResult(metadata=numbers, check_results=[check])
