"""One file over HTTP: streamed, resumed where it was cut, and refused when it is not the file.

No request of this module carries the API token.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

from notion_backup.capture.addresses import NotPublic, Resolver, public_address, resolve
from notion_backup.capture.limits import EVERY_FILE, Limits
from notion_backup.capture.waiting import Waiting

_TRANSIENT = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 120.0
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_XML_TYPES = ("application/xml", "text/xml")
_HTML_NAMES = ("html", "htm", "xhtml", "mhtml")
_XML_NAMES = (*_HTML_NAMES, "xml", "svg", "xsl", "xslt", "xsd", "rss", "atom", "kml", "gpx")
_PAGE_START = re.compile(rb"\s*(<!doctype html|<html|<\?xml[^>]*>\s*<error)", re.IGNORECASE)
_FEW_ATTEMPTS = 3
"""For a host that cannot be reached at all, or answers with a page: seldom better a minute later."""
_NOT_A_FILE = "media-not-a-file"
LEFT_OUT = "media-left-out"
"""The code of problems with files that the settings do not want."""


class DownloadFailed(Exception):
    """The file cannot be had. ``status`` is what was answered, if anything.

    ``expired``: a fresh URL may help; ``changed``: it is another file than when the download began.
    """

    def __init__(
        self,
        why: str,
        *,
        status: int | None = None,
        expired: bool = False,
        changed: bool = False,
        code: str = "media-unreachable",
    ) -> None:
        super().__init__(why)
        self.changed = changed
        self.why = why
        self.status = status
        self.expired = expired
        self.code = code


class LeftOut(DownloadFailed):
    """The settings do not want the file; what its host said of it."""

    def __init__(self, why: str, content_type: str | None, size: int | None) -> None:
        super().__init__(why, code=LEFT_OUT)
        self.content_type = content_type
        self.size = size


class _Cut(Exception):
    """The transfer ended early, or could not begin for now; ``wait`` in seconds where the server named a time."""

    def __init__(
        self,
        why: str,
        wait: float | None = None,
        status: int | None = None,
        *,
        hopeful: bool = True,
        code: str = "media-unreachable",
    ) -> None:
        super().__init__(why)
        self.hopeful = hopeful
        self.code = code
        self.why = why
        self.wait = wait
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How files are fetched. ``trusted`` hosts named by the API itself may be anywhere; others must be public."""

    http: httpx.Client
    waiting: Waiting
    attempts: int = 6
    first_delay: float = 0.5
    resolver: Resolver = resolve
    limits: Limits = EVERY_FILE
    slowest: tuple[int, float] = (512, 60.0)
    """Bytes a second, and the seconds over which they are counted, below which a transfer is begun again."""

    def open(self, url: str, name: str, *, hosted: bool) -> Transfer:
        """Begin a download. Raises DownloadFailed."""
        return Transfer(self, url, name, hosted)


class Transfer:
    """One download under way. Read :attr:`content_type` after, and :attr:`sha256` and :attr:`size` at the end."""

    def __init__(self, fetcher: Fetcher, url: str, name: str, hosted: bool) -> None:
        self._fetcher = fetcher
        self._url = url
        self._name = name
        self._hosted = hosted
        self._hash = hashlib.sha256()
        self._tag: str | None = None
        self._total: int | None = None
        self.size = 0
        self.content_type: str | None = None

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, in hex."""
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes. Goes on where it was cut. Raises DownloadFailed, and LeftOut as soon as it is known."""
        failures = 0
        self._judge(None)
        while True:
            before = self.size
            try:
                for chunk in self._once():
                    self._hash.update(chunk)
                    self.size += len(chunk)
                    if self._total is None:
                        self._judge(self.size)
                    yield chunk
                return
            except _Cut as cut:
                # A transfer that moves on may be cut as often as it likes.
                failures = 1 if self.size > before else failures + 1
                if failures >= (self._fetcher.attempts if cut.hopeful else _FEW_ATTEMPTS):
                    raise DownloadFailed(cut.why, status=cut.status, code=cut.code) from cut
                delay = self._fetcher.first_delay * 2 ** (failures - 1)
                self._fetcher.waiting.sleep(min(_LONGEST_WAIT, cut.wait if cut.wait is not None else delay))

    def _once(self) -> Iterator[bytes]:
        """One attempt: everything after what is held already."""
        with self._response() as response:
            skip = self._check(response)
            try:
                yield from self._body(response, skip)
            except httpx.HTTPError as error:
                raise _Cut(f"the transfer was cut ({type(error).__name__})") from error
        if self._total is not None and self.size != self._total:
            raise _Cut(f"the transfer ended after {self.size} of {self._total} bytes")

    def _body(self, response: httpx.Response, skip: int) -> Iterator[bytes]:
        skipped = hashlib.sha256()
        first = self.size == 0
        pace = _Pace(self._fetcher.slowest)
        for chunk in response.iter_bytes():
            self._fetcher.waiting.check()
            pace.count(len(chunk))
            if skip:
                skipped.update(chunk[:skip])
                chunk, skip = chunk[skip:], skip - min(skip, len(chunk))
                if not skip and skipped.digest() != self._hash.digest():
                    raise DownloadFailed("the file changed while it was being read", changed=True)
            if first and chunk:
                self._refuse_page(chunk)
                first = False
            if chunk:
                yield chunk

    def _check(self, response: httpx.Response) -> int:
        """Judge status and headers; how many bytes of the body are held already."""
        status = response.status_code
        if status in _TRANSIENT:
            raise _Cut(f"the file's host failed (HTTP {status})", _seconds(response), status)
        if status in (400, 401, 403):
            raise DownloadFailed(f"the file's host refuses (HTTP {status})", status=status, expired=True)
        if status not in (200, 206):
            raise DownloadFailed(f"the file's host answers HTTP {status}", status=status)
        encoded = response.headers.get("content-encoding", "identity") not in ("", "identity")
        if status == 206:
            start, total = _range(response)
            if start != self.size:
                raise _Cut("the file's host continued at the wrong place")
            self._same_total(total)
            return 0
        self.content_type = response.headers.get("content-type")
        self._refuse_page_type()
        # A length of encoded bytes says nothing about the file's; the transport checks it all the same.
        self._same_total(None if encoded else _number(response.headers.get("content-length")))
        self._tag = None if encoded else response.headers.get("etag")
        self._judge(self._total)
        return self.size

    def _judge(self, size: int | None) -> None:
        """Leave the file out when the settings say so, by what is known of it by now."""
        why = self._fetcher.limits.objection(self._name, self.content_type, size)
        if why is not None:
            # Of a file whose host does not state its length only the beginning was seen.
            raise LeftOut(why, self.content_type, self._total)

    def _same_total(self, total: int | None) -> None:
        if self._total is not None and total is not None and total != self._total:
            raise DownloadFailed("the file changed while it was being read", changed=True)
        self._total = total if total is not None else self._total

    def _refuse_page_type(self) -> None:
        kind = (self.content_type or "").split(";")[0].strip().lower()
        extension = _extension(self._name)
        if (kind in _HTML_TYPES and extension not in _HTML_NAMES) or (
            kind in _XML_TYPES and extension not in _XML_NAMES
        ):
            raise _Cut(f"the host answered with a page ({kind}), not the file", hopeful=False, code=_NOT_A_FILE)

    def _refuse_page(self, start: bytes) -> None:
        extension = _extension(self._name)
        if extension and extension not in (*_HTML_NAMES, "xml", "txt", "md") and _PAGE_START.match(start):
            raise _Cut("the host answered with a page, not the file", hopeful=False, code=_NOT_A_FILE)

    @contextmanager
    def _response(self) -> Iterator[httpx.Response]:
        headers = {"Accept-Encoding": "identity"}
        if self.size and self._tag is not None and not self._tag.startswith("W/"):
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self._tag}
        elif self.size and self._total is not None and self._tag is None:
            headers |= {"Range": f"bytes={self.size}-"}
        url, hosted = self._url, self._hosted
        for _ in range(_MOST_REDIRECTS + 1):
            with self._send(url, headers, hosted) as response:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    yield response
                    return
                target = urljoin(url, response.headers["location"])
                # Only the API's own word is trusted: where a host sends us on to must be public.
                hosted = hosted and _origin(target) == _origin(url)
                url = target
        raise DownloadFailed("too many redirects")

    @contextmanager
    def _send(self, url: str, headers: dict[str, str], hosted: bool) -> Iterator[httpx.Response]:
        try:
            request = self._request(url, headers, hosted)
            response = self._fetcher.http.send(request, stream=True)
        except httpx.InvalidURL as error:
            raise DownloadFailed("the URL is malformed") from error
        except NotPublic as error:
            raise DownloadFailed(str(error), code="media-not-public") from error
        except (httpx.UnsupportedProtocol, UnicodeError) as error:
            raise DownloadFailed("the URL cannot be fetched") from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Cut(f"the file's host cannot be reached ({type(error).__name__})", hopeful=False) from error
        except httpx.HTTPError as error:
            raise _Cut(f"the file's host did not answer ({type(error).__name__})") from error
        try:
            yield response
        finally:
            response.close()

    def _request(self, url: str, headers: dict[str, str], hosted: bool) -> httpx.Request:
        address = httpx.URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise DownloadFailed("the URL is not one of the web")
        if hosted:
            return self._fetcher.http.build_request("GET", address, headers=headers)
        port = address.port or (443 if address.scheme == "https" else 80)
        pinned = public_address(address.host, port, self._fetcher.resolver)
        extensions: dict[str, Any] = {"sni_hostname": address.host} if address.scheme == "https" else {}
        headers = {**headers, "Host": address.netloc.decode("ascii")}
        return self._fetcher.http.build_request(
            "GET", address.copy_with(host=pinned), headers=headers, extensions=extensions
        )


class _Pace:
    """Gives up a transfer that drips: less than so many bytes a second, over a whole period."""

    def __init__(self, slowest: tuple[int, float]) -> None:
        self._least, self._period = slowest[0] * slowest[1], slowest[1]
        self._began = time.monotonic()
        self._bytes = 0

    def count(self, size: int) -> None:
        self._bytes += size
        now = time.monotonic()
        if now - self._began < self._period:
            return
        if self._bytes < self._least:
            raise _Cut("the transfer nearly stands still")
        self._began, self._bytes = now, 0


def _origin(url: str) -> tuple[str, str]:
    address = httpx.URL(url)
    return address.scheme, address.netloc.decode("ascii")


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and len(extension) <= 10 else ""


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def _range(response: httpx.Response) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
    if match is None:
        return None, None
    return int(match[1]), _number(match[2])


def _seconds(response: httpx.Response) -> float | None:
    value = _number(response.headers.get("retry-after"))
    return float(value) if value is not None else None
