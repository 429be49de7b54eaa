"""What the repository's tests store: a root that lists the blobs it stands for, as a snapshot's manifest would."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from notion_backup.repository import BlobRef, Commit, Kind, Repository


def store_commit(repository: Repository, seed: int, *, blobs: int = 4, media: int = 60_000) -> Commit:
    """Commit some records and media of which every other commit shares the first."""
    with repository.session() as session:
        refs = [session.put_bytes(Kind.MEDIA, random.Random(0).randbytes(media))]
        for number in range(blobs):
            refs.append(session.put_bytes(Kind.MEDIA, random.Random(f"{seed}/{number}").randbytes(media)))
            refs.append(session.put_bytes(Kind.RECORD, f"record {seed} {number} ".encode() * 50))
        root = session.put_bytes(Kind.MANIFEST, json.dumps([ref.to_json() for ref in refs]).encode())
        draft = session.seal(root, {"seed": seed})
    return repository.commit(draft.id)


def blobs_of(repository: Repository, commit: Commit) -> list[BlobRef]:
    return [BlobRef.from_json(value) for value in json.loads(repository.read(commit.root))]


def references(repository: Repository, commit: Commit) -> Iterator[bytes]:
    yield from repository.chunk_ids(commit.root)
    for ref in blobs_of(repository, commit):
        yield from repository.chunk_ids(ref)


def export(repository: Repository) -> dict[str, list[bytes]]:
    """Every blob of every commit: what a person would get out."""
    return {
        commit.id: [repository.read(ref) for ref in blobs_of(repository, commit)] for commit in repository.commits()
    }
