"""Answers that break on the way: cut in the middle, or no answer at all."""

from __future__ import annotations

import asyncio

from starlette.types import Send

HTML_PAGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


def _transport(send: Send) -> asyncio.Transport | None:
    # uvicorn hands out a bound method of its request cycle, which knows the connection.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if isinstance(transport, asyncio.Transport) else None


def drop_connection(send: Send) -> None:
    """Close the connection at once, without another byte. Raises ``RuntimeError`` on a server without sockets."""
    transport = _transport(send)
    if transport is None:
        raise RuntimeError("Dropping a connection needs a real socket: run the sandbox with `running(...)`.")
    transport.abort()


async def trickle(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, size: int, seconds: float
) -> None:
    """Send ``body`` in pieces of ``size`` bytes, ``seconds`` apart."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for at in range(0, len(body), size):
        await send({"type": "http.response.body", "body": body[at : at + size], "more_body": True})
        await asyncio.sleep(seconds)
    await send({"type": "http.response.body", "body": b""})


async def close_after(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, wrong_by: int) -> None:
    """Promise ``wrong_by`` bytes more than there are, or as many less, and close the connection after them."""
    promised = max(0, len(body) + wrong_by)
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    # To the client a shorter answer is a whole one: it must not send its next request into a closed connection.
    length = [(b"content-length", str(promised).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": kept + length})
    await send({"type": "http.response.body", "body": body[:promised], "more_body": wrong_by > 0})
    transport = _transport(send)
    if transport is None:
        raise RuntimeError("A wrong length needs a real socket: run the sandbox with `running(...)`.")
    transport.close()


async def break_off(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """Promise the whole ``body`` in Content-Length, send half of it and close the connection."""
    length = [(b"content-length", str(len(body)).encode())]
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": kept + length})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport = _transport(send)
    if transport is None:
        raise RuntimeError("Cutting an answer needs a real socket: run the sandbox with `running(...)`.")
    transport.close()
