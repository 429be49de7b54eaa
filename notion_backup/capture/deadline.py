"""An end to answers that never end: a timeout between two bytes lets a server drip for days."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx


def end_in_time(response: httpx.Response, seconds: float) -> None:
    """Have the reading of an answer's body end after ``seconds`` in all, with ``httpx.ReadTimeout``.

    Meant for a response hook of ``httpx``, which is called before the body is read.
    """
    assert isinstance(response.stream, httpx.SyncByteStream)
    response.stream = _Timed(response.stream, time.monotonic() + seconds, time.monotonic, response.request)


class _Timed(httpx.SyncByteStream):
    def __init__(
        self, inner: httpx.SyncByteStream, until: float, monotonic: Callable[[], float], request: httpx.Request
    ) -> None:
        self._inner = inner
        self._until = until
        self._monotonic = monotonic
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._inner:
            if self._monotonic() > self._until:
                raise httpx.ReadTimeout("the answer took too long", request=self._request)
            yield piece

    def close(self) -> None:
        self._inner.close()
