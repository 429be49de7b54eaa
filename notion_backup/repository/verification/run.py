"""A verification from beginning to end. Damage is found, never raised; only a store that fails is an error."""

from __future__ import annotations

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, get_args

from notion_backup.errors import UsageError
from notion_backup.repository.codec import Codec
from notion_backup.repository.commit import Commit
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.history import History
from notion_backup.repository.index import FOLDER as INDEXES
from notion_backup.repository.index import ChunkIndex
from notion_backup.repository.pack import pack_name
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.trust import Trust
from notion_backup.repository.verification.anchors import check_clear_files, check_drafts, check_log
from notion_backup.repository.verification.content import PackVerdict, read_pack
from notion_backup.repository.verification.places import Needs, check_sizes, listed_packs, read_indexes
from notion_backup.repository.verification.report import CURE_COPY, Finding, Progress, References, VerifyReport

Level = Literal["structure", "sample", "full"]
_READERS = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """What is verified: a store, and what opening it gave."""

    store: Store
    keys: Keys
    trust: Trust
    history: History
    commits: list[Commit]


def verify(
    subject: Subject,
    level: str,
    references: References,
    *,
    only: list[Commit] | None,
    sample: float,
    chooser: random.Random,
    progress: Progress | None,
) -> VerifyReport:
    """Verify all commits, or ``only`` some. Raises UsageError on an unknown level or a share outside of 0 to 1."""
    if level not in get_args(Level) or not 0 <= sample <= 1:
        raise UsageError(f"{level!r} with a sample of {sample} is no verification.", cure="structure, sample or full.")
    store, keys = subject.store, subject.keys
    findings: list[Finding] = []
    fresh = History(store, keys, subject.trust)
    fresh.load()
    findings += check_clear_files(store, keys, fresh)
    findings += check_log(fresh, subject.history)

    index = ChunkIndex()
    relied_on = [name for commit in subject.commits for name in commit.indexes]
    damaged_indexes = list(read_indexes(dict.fromkeys(relied_on), store, keys, index))
    present = listed_packs(store)
    needs = Needs(index, references)
    commits = subject.commits if only is None else only
    unreadable = [finding for commit in commits for finding in needs.gather(commit)]
    hurt_by_index = sorted({one for finding in unreadable for one in finding.snapshots})
    findings += [replace(finding, snapshots=hurt_by_index) for finding in damaged_indexes]
    findings += unreadable

    expected = index.packs()
    packs = list(expected) if only is None else [pack for pack in expected if pack in needs.packs]
    misplaced = dict(check_sizes(expected, present, packs))
    verdicts: list[PackVerdict] = []
    if level != "structure":
        chosen = packs if level == "full" else _sampled(packs, sample, chooser)
        if level == "full" and only is None:
            findings += _check_strays(subject, index, relied_on)
            chosen = chosen + [pack for pack in present if pack not in expected]
        verdicts = _read_all(chosen, store, keys, index, progress)
    findings += _pack_findings(misplaced, verdicts, needs)
    read = [verdict for verdict in verdicts if verdict.bytes_read]
    return VerifyReport(
        level=level,
        findings=findings,
        packs=len(packs) if level == "structure" else len(verdicts),
        chunks=needs.chunks if level == "structure" else sum(verdict.chunks for verdict in read),
        bytes_read=sum(verdict.bytes_read for verdict in read),
    )


def _sampled(packs: list[bytes], share: float, chooser: random.Random) -> list[bytes]:
    return chooser.sample(packs, min(len(packs), ceil(len(packs) * share)))


def _check_strays(subject: Subject, index: ChunkIndex, relied_on: Iterable[str]) -> list[Finding]:
    """Drafts, and index fragments that no commit lists: theirs, or those of sessions that died."""
    findings = [finding for _, finding in check_drafts(subject.store, subject.keys) if finding is not None]
    listed = set(relied_on)
    strays = [info.name for info in subject.store.list(INDEXES) if info.name not in listed]
    findings += read_indexes(strays, subject.store, subject.keys, ChunkIndex())
    return findings


def _read_all(
    packs: list[bytes], store: Store, keys: Keys, index: ChunkIndex, progress: Progress | None
) -> list[PackVerdict]:
    codec = Codec()
    verdicts = []
    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        running = [pool.submit(read_pack, pack, store, keys, codec, index) for pack in packs]
        try:
            for future in as_completed(running):
                verdicts.append(future.result())
                if progress is not None:
                    progress(len(verdicts), len(packs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return verdicts


def _pack_findings(misplaced: dict[bytes, Finding], verdicts: list[PackVerdict], needs: Needs) -> list[Finding]:
    lost: dict[bytes, frozenset[bytes] | None] = dict.fromkeys(misplaced)
    for verdict in verdicts:
        if verdict.wrong:
            lost[verdict.pack] = verdict.lost
    hurt = needs.hurt_by(lost)
    findings = [replace(finding, snapshots=hurt[pack]) for pack, finding in misplaced.items()]
    for verdict in verdicts:
        if verdict.wrong and verdict.pack not in misplaced:
            what = " ".join(verdict.wrong[:3]) + (" …" if len(verdict.wrong) > 3 else "")
            findings.append(Finding(verdict.code, pack_name(verdict.pack), what, CURE_COPY, hurt[verdict.pack]))
    return findings
