"""One request to the API, taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NEWEST = "2026-03-11"


@dataclass
class Ask:
    """What a handler is given: in the words of the newest version, whatever version the client speaks."""

    ids: list[str]
    """The variable parts of the path, percent-decoded."""
    query: dict[str, Any]
    """Query parameters; ``filter_properties`` is a list."""
    body: dict[str, Any]
    base_url: str
    """Scheme, host and port the client used."""
    version: str = NEWEST
    """The version the client speaks."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Parts of a multipart body by name."""
    content_type: str = ""
    """The content type of the file among them."""
    file_name: str | None = None
    """Its name."""
    status: int = 200
    """The status of the answer; a handler may set another one."""
