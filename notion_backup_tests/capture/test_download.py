from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from notion_backup.capture.addresses import NotPublic, public_address
from notion_backup.capture.download import DownloadFailed, Fetcher, Transfer
from notion_backup_tests.capture.standing_in import FakeTime

BODY = bytes(range(256)) * 5000


@dataclass
class Host:
    """A file host on real sockets that does as it is told; remembers what it was asked."""

    answer: Callable[[BaseHTTPRequestHandler, int], None]
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def hosting(answer: Callable[[BaseHTTPRequestHandler, int], None]) -> Iterator[Host]:
    host = Host(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host.asked.append({name.lower(): value for name, value in self.headers.items()})
            host.answer(self, len(host.asked))

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some of these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes = BODY,
    *,
    status: int = 200,
    kind: str = "image/png",
    cut: int | None = None,
    **headers: str,
) -> None:
    """Answer; with ``cut`` only so many bytes, and then hang up."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body if cut is None else body[:cut])
    if cut is not None:
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True


def ranged(handler: BaseHTTPRequestHandler, cut: int | None = None) -> None:
    """Answer as S3 does, with ranges."""
    start = int(handler.headers.get("Range", "bytes=0-")[6:-1])
    if not start:
        send(handler, cut=cut, ETag='"e1"')
        return
    span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    send(handler, BODY[start:], status=206, cut=cut, Content_Range=span, ETag='"e1"')


@contextmanager
def fetching(**options: object) -> Iterator[Fetcher]:
    with httpx.Client(timeout=5, trust_env=False) as http:
        yield Fetcher(http, FakeTime().waiting(), **options)  # type: ignore[arg-type]


def fetch(url: str, name: str = "a.png", *, hosted: bool = True, **options: object) -> tuple[bytes, Transfer]:
    with fetching(**options) as fetcher:
        transfer = fetcher.open(url, name, hosted=hosted)
        return b"".join(transfer.chunks()), transfer


def test_a_file_arrives_whole_with_its_digest_size_and_type() -> None:
    with hosting(lambda handler, _: send(handler)) as host:
        body, transfer = fetch(f"{host.url}/a.png?signature=s")
    assert body == BODY
    assert transfer.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (transfer.size, transfer.content_type) == (len(BODY), "image/png")
    assert "authorization" not in host.asked[0]


def test_an_empty_file_is_a_file() -> None:
    with hosting(lambda handler, _: send(handler, b"")) as host:
        assert fetch(host.url)[0] == b""


def test_a_cut_file_goes_on_where_it_was_cut() -> None:
    with hosting(lambda handler, turn: ranged(handler, cut=400_000 if turn < 3 else None)) as host:
        body, transfer = fetch(host.url)
    assert body == BODY
    assert transfer.sha256 == hashlib.sha256(BODY).hexdigest()
    assert len(host.asked) == 3
    assert all(asked["if-range"] == '"e1"' for asked in host.asked[1:])


def test_a_cut_file_of_a_host_without_ranges_is_read_again_and_compared() -> None:
    with hosting(lambda handler, turn: send(handler, cut=400_000 if turn == 1 else None)) as host:
        assert fetch(host.url)[0] == BODY


def test_a_file_that_became_another_between_two_attempts_is_not_glued_together() -> None:
    other = BODY[::-1]
    with (
        hosting(lambda h, turn: send(h, cut=400_000) if turn == 1 else send(h, other)) as host,
        pytest.raises(DownloadFailed, match="changed") as caught,
    ):
        fetch(host.url)
    assert caught.value.changed


def test_a_host_that_cuts_at_the_same_place_for_ever_is_given_up() -> None:
    with hosting(lambda handler, _: send(handler, cut=1000)) as host, pytest.raises(DownloadFailed, match="cut"):
        fetch(host.url, attempts=4)
    assert len(host.asked) == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_host_is_asked_again(status: int) -> None:
    with hosting(lambda h, turn: send(h, b"", status=status) if turn < 3 else send(h)) as host:
        assert fetch(host.url)[0] == BODY


@pytest.mark.parametrize(("status", "expired"), [(403, True), (401, True), (400, True), (404, False), (410, False)])
def test_a_refusal_is_final_and_says_whether_a_fresh_url_may_help(status: int, expired: bool) -> None:
    with hosting(lambda h, _: send(h, b"<Error/>", status=status)) as host, pytest.raises(DownloadFailed) as caught:
        fetch(host.url)
    assert (caught.value.status, caught.value.expired) == (status, expired)
    assert len(host.asked) == 1


PAGE = b"<!DOCTYPE html><html><body>Access denied</body></html>"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "text/html"),
        ("a.svg", "text/html"),
        ("noextension", "text/html"),
        ("a.zip", "text/html; charset=utf-8"),
        ("a.pdf", "application/pdf"),
    ],
)
def test_a_page_in_place_of_a_file_is_refused(name: str, kind: str) -> None:
    with hosting(lambda h, _: send(h, PAGE, kind=kind)) as host, pytest.raises(DownloadFailed, match="page") as caught:
        fetch(host.url, name)
    assert caught.value.code == "media-not-a-file"


@pytest.mark.parametrize(
    ("name", "kind"), [("saved.html", "text/html"), ("data.xml", "text/xml"), ("page.txt", "text/plain")]
)
def test_a_page_that_is_the_file_is_kept(name: str, kind: str) -> None:
    with hosting(lambda h, _: send(h, PAGE, kind=kind)) as host:
        assert fetch(host.url, name)[0] == PAGE


def test_a_drawing_in_xml_is_a_file_and_no_error_page() -> None:
    drawing = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    for kind in ("image/svg+xml", "text/xml"):
        with hosting(lambda h, _, kind=kind: send(h, drawing, kind=kind)) as host:  # type: ignore[misc]
            assert fetch(host.url, "drawing.svg")[0] == drawing


def test_a_page_that_was_there_for_a_moment_is_overcome() -> None:
    with hosting(lambda h, turn: send(h, PAGE, kind="text/html") if turn == 1 else send(h)) as host:
        assert fetch(host.url)[0] == BODY


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fc00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "100.64.0.1", "224.0.0.1", "nonsense"],
)  # fmt: skip
def test_no_address_inside_a_network_is_ever_public(address: str) -> None:
    with pytest.raises(NotPublic):
        public_address("evil.test", 80, lambda _host, _port: ["93.184.216.34", address])


def test_a_public_address_is_connected_to_by_number() -> None:
    assert public_address("good.test", 443, lambda _host, _port: ["93.184.216.34"]) == "93.184.216.34"


def test_a_file_hosted_elsewhere_is_fetched_from_the_very_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notion_backup.capture.addresses._is_public", lambda _: True)
    with hosting(lambda h, _: send(h)) as there:
        port = there.url.rpartition(":")[2]
        body, _ = fetch(f"http://pictures.test:{port}/a.png", hosted=False, resolver=lambda _h, _p: ["127.0.0.1"])
    assert body == BODY
    assert there.asked[0]["host"] == f"pictures.test:{port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_a_file_linked_on_a_page_is_never_fetched_from_this_machine(host: str) -> None:
    with hosting(lambda h, _: send(h)) as there:
        port = there.url.rpartition(":")[2]
        with pytest.raises(DownloadFailed) as caught:
            fetch(f"http://{host}:{port}/a.png", hosted=False)
    assert caught.value.code == "media-not-public"
    assert there.asked == []


def test_a_redirect_to_this_machine_is_not_followed() -> None:
    with hosting(lambda h, _: send(h)) as inside:
        port = inside.url.rpartition(":")[2]
        target = f"http://localhost:{port}/secret"
        with (
            hosting(lambda h, _: send(h, b"", status=302, Location=target)) as outside,
            pytest.raises(DownloadFailed) as caught,
        ):
            fetch(outside.url)
    assert caught.value.code == "media-not-public"
    assert inside.asked == []


def test_a_circle_of_redirects_ends() -> None:
    with (
        hosting(lambda h, _: send(h, b"", status=302, Location="/again")) as host,
        pytest.raises(DownloadFailed, match="redirects"),
    ):
        fetch(host.url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "http://", "http://[bad", "notion:attachment", ""])
def test_only_addresses_of_the_web_are_fetched(url: str) -> None:
    for hosted in (True, False):
        with pytest.raises(DownloadFailed):
            fetch(url, hosted=hosted)
