"""From a URL to a store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from notion_backup.errors import SettingsError
from notion_backup.repository.store.local import LocalStore
from notion_backup.repository.store.protocol import Store


def open_store(url: str, environ: Mapping[str, str] | None = None) -> Store:
    """The store at a path, ``file://``, ``memory://``, ``s3://bucket/prefix``, or any other fsspec URL.

    Options and credentials come from the environment (``AWS_…`` for S3). Raises SettingsError when the URL itself
    carries credentials: URLs end up in logs and shell histories. Nothing is contacted yet.
    """
    if not url.strip():
        raise SettingsError("The repository has no URL.", cure="Set NOTION_BACKUP_REPOSITORY to a path or a URL.")
    if "://" not in url:
        return LocalStore(Path(url).expanduser())
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            f"The repository's URL ({parts.scheme}://…) carries credentials or options.",
            cure="Take them out of the URL; credentials belong in the environment (AWS_ACCESS_KEY_ID and so on).",
        )
    if parts.scheme in ("file", "local"):
        return LocalStore(Path(unquote(parts.netloc + parts.path)))
    # The fsspec side is heavy to import and most repositories are local.
    from notion_backup.repository.store.remote import open_remote

    return open_remote(url, os.environ if environ is None else environ)
