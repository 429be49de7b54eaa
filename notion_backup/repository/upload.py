"""Packs on their way to the store: a few threads, and never more than a few packs in memory."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from notion_backup.repository.index import FilledPack
from notion_backup.repository.pack import PackWriter, pack_name
from notion_backup.repository.store.protocol import Store

_THREADS = 2
_PACKS_IN_MEMORY = 4


class Uploader:
    """Finishes packs and makes them durable in the background. The first failure is kept and raised to whoever asks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="pack-upload")
        self._room = threading.Semaphore(_PACKS_IN_MEMORY - 2)  # two more are being filled, one a family
        self._running: list[Future[FilledPack]] = []
        self._done: list[FilledPack] = []

    def send(self, writer: PackWriter) -> None:
        """Hand over a full pack. Waits while too many are under way. Raises what an earlier upload failed with."""
        self._room.acquire()
        try:
            self.collect_finished()
            future = self._pool.submit(self._upload, writer)
        except BaseException:
            self._room.release()
            raise
        self._running.append(future)

    def collect_finished(self) -> None:
        """Raise the failure of any upload that ended in one."""
        still = []
        for future in self._running:
            if future.done():
                self._done.append(future.result())
            else:
                still.append(future)
        self._running = still

    def drain(self) -> list[FilledPack]:
        """Wait until every pack handed over is durable, and answer them all."""
        for future in self._running:
            self._done.append(future.result())
        self._running = []
        return list(self._done)

    def close(self) -> None:
        """Give up what has not begun and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _upload(self, writer: PackWriter) -> FilledPack:
        try:
            pack_id, data = writer.finish()
            chunks = tuple(writer.chunks)
            self._store.put(pack_name(pack_id), data)
            return FilledPack(pack_id, len(data), chunks)
        finally:
            self._room.release()
