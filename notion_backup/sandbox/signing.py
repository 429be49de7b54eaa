"""Signed file URLs: hosted files are kept under Notion's own addresses and answered under the sandbox's.

State holds ``https://prod-files-secure.s3…/<space>/<uuid>/<name>`` as Notion does. Every answer rewrites such URLs to
the server's own host with a fresh signature and expiry, and the file endpoint checks both.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from notion_backup.sandbox.clock import to_expiry

FILES_HOST = "https://prod-files-secure.s3.us-west-2.amazonaws.com/"
PUBLIC_HOST = "https://s3-us-west-2.amazonaws.com/public.notion-static.com/"
"""Custom emojis lie here."""
PUBLIC_PREFIX = "public/"
LIFETIME_SECONDS = 3600

_HOSTED = re.compile(
    r'"url": "(?:'
    + re.escape(FILES_HOST)
    + r'([^"?\\]+)(?:\?[^"\\]*)?", "expiry_time": "[^"]*"|'
    + re.escape(PUBLIC_HOST)
    + r'([^"?\\]+)(?:\?[^"\\]*)?")'
)

_IN_TEXT = re.compile(re.escape(FILES_HOST) + r"([^\s\"?()<>]+)")
_OPENED = re.compile(r"https?://[^\s/\"()<>]+/files/([^\s\"?()<>]+)\?X-Amz-[^\s\"()<>]*")


def hosted_again(text: str) -> str:
    """Plain text in which signed addresses of the server stand for the hosted files again that they open."""
    return _OPENED.sub(lambda match: FILES_HOST + match.group(1), text)


def hosted_url(path: str, expiry: str = "2026-09-01T09:00:00.000Z") -> dict[str, str]:
    """The ``file`` object of a hosted file as state keeps it; ``path`` is ``space/uuid/name``, percent-encoded."""
    return {"url": FILES_HOST + path, "expiry_time": expiry}


class Signer:
    """Signs and checks file URLs with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def _signature(self, path: str, date: str, seconds: int) -> str:
        return hmac.new(self._secret, f"{path}\n{date}\n{seconds}".encode(), hashlib.sha256).hexdigest()

    def sign(self, path: str, now: datetime, lifetime: int = LIFETIME_SECONDS) -> str:
        """The query string of a URL that opens ``path`` for ``lifetime`` seconds from ``now``."""
        date = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Date={date}"
            f"&X-Amz-Expires={lifetime}&X-Amz-Signature={self._signature(path, date, lifetime)}"
            "&X-Amz-SignedHeaders=host&x-id=GetObject"
        )

    def refusal(self, path: str, query: str, now: datetime) -> str | None:
        """Why a URL does not open: an S3 error code with its message, or None when it does."""
        given = {key: values[0] for key, values in parse_qs(query).items()}
        date, seconds = given.get("X-Amz-Date", ""), given.get("X-Amz-Expires", "")
        if not date or not seconds.isdigit() or "X-Amz-Signature" not in given:
            return "AccessDenied: Access Denied"
        if not hmac.compare_digest(given["X-Amz-Signature"], self._signature(path, date, int(seconds))):
            return "SignatureDoesNotMatch: The request signature we calculated does not match the one you provided."
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if now >= signed + timedelta(seconds=int(seconds)):
            return "AccessDenied: Request has expired"
        return None

    def open_all(self, text: str, base_url: str, now: datetime, lifetime: int = LIFETIME_SECONDS) -> str:
        """Plain text in which every hosted address is one of the server's own, freshly signed."""
        return _IN_TEXT.sub(lambda m: f"{base_url}/files/{m.group(1)}?{self.sign(m.group(1), now, lifetime)}", text)

    def rewrite(self, text: str, base_url: str, now: datetime, lifetime: int = LIFETIME_SECONDS) -> str:
        """Replace every hosted URL in a JSON text (as ``json.dumps`` writes it) by a freshly signed one."""
        if FILES_HOST not in text and PUBLIC_HOST not in text:
            return text
        expiry = to_expiry(now + timedelta(seconds=lifetime))

        def fresh(match: re.Match[str]) -> str:
            path = match.group(1)
            if path is None:
                path = PUBLIC_PREFIX + match.group(2)
                return f'"url": "{base_url}/files/{path}?{self.sign(path, now, lifetime)}"'
            return f'"url": "{base_url}/files/{path}?{self.sign(path, now, lifetime)}", "expiry_time": "{expiry}"'

        return _HOSTED.sub(fresh, text)
