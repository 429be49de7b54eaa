"""Any fsspec file system as a store; exclusive creation only where it was measured to be exclusive.

fsspec's generic "create" mode looks first and writes then. S3 through s3fs is different: one small PUT with
``If-None-Match: *``, which the server decides. Bodies from 100 MiB on would become multipart uploads, where servers
ignore the condition, so conditional bodies are kept far below that.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

from notion_backup.errors import (
    ObjectMissing,
    SettingsError,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    StoreUnsuitable,
)
from notion_backup.repository.store.protocol import ObjectInfo, Store, check_name, check_prefix
from notion_backup.repository.store.retry import RetryingStore

_S3 = ("s3", "s3a")
_MOST_CONDITIONAL = 8 * 1024 * 1024
_REFUSALS = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_CURE_REMOTE = "Check the network, the endpoint (AWS_ENDPOINT_URL) and the service, then run again."
_CURE_REFUSED = "Check the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, a profile) and the bucket's policy."

_CURE_NO_BUCKET = "Create the bucket, or correct its name in NOTION_BACKUP_REPOSITORY."
_NO_BUCKET = "NoSuchBucket"

_Result = TypeVar("_Result")


def open_remote(url: str, environ: Mapping[str, str]) -> Store:
    """The store at an fsspec URL, with retries. Raises SettingsError when the kind of URL is unknown."""
    protocol = url.split("://", 1)[0]
    try:
        filesystem, root = fsspec.core.url_to_fs(url, **_options(protocol, environ))
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"URLs that begin with {protocol}:// cannot be opened here ({error}).",
            cure="Use a path or s3://, or install the fsspec package for it.",
        ) from error
    if isinstance(filesystem, MemoryFileSystem):
        return FsspecStore(filesystem, root, url, _create_in_memory)
    create = _create_on_s3 if protocol in _S3 else None
    return RetryingStore(FsspecStore(filesystem, root, url, create), tries=6)


class FsspecStore:
    """Objects as files of an fsspec file system below a root. Never trusts its listing cache."""

    def __init__(self, filesystem: Any, root: str, url: str, create: Callable[[Any, str, bytes], bool] | None) -> None:
        self._fs = filesystem
        self._root = root.rstrip("/")
        self._url = url
        self._create = create

    @property
    def url(self) -> str:
        """As it was given; URLs with credentials in them are refused before."""
        return self._url

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        first = start or 0
        if length == 0:
            return b""
        end = None if length is None else first + length

        def read() -> bytes:
            return bytes(self._fs.cat_file(self._path(name), start=start, end=end))

        try:
            return self._asked("read", name, read)
        except StoreError as error:
            if _is_past_the_end(error.__cause__):
                return b""
            raise

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        self._asked("write", name, lambda: self._fs.pipe_file(self._path(name), data))

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`. Raises StoreUnsuitable where exclusive creation is not known to be exclusive."""
        create = self._create
        if create is None:
            raise StoreUnsuitable(
                f"{self._url} offers no exclusive creation that is known to hold.",
                cure="Use a local path, or an S3 bucket (s3://bucket/prefix).",
            )
        if len(data) > _MOST_CONDITIONAL:
            raise StoreError(f"{name} is too long ({len(data)} bytes) to be created exclusively.")
        if self._asked("write", name, lambda: create(self._fs, self._path(name), data)):
            return True
        # The client library may have won, lost the answer, tried again and met its own object.
        return self.get(name) == data

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`."""
        folder = f"{self._root}/{check_prefix(prefix)}".rstrip("/")

        def find() -> dict[str, dict[str, Any]]:
            self._fs.invalidate_cache()
            try:
                return dict(self._fs.find(folder, detail=True))
            except FileNotFoundError:
                return {}

        cut = len(self._root) + 1
        found = (
            (path[cut:], int(info["size"]))
            for path, info in self._asked("list", prefix, find).items()
            if info["type"] == "file"
        )
        return iter([ObjectInfo(name, size) for name, size in sorted(found) if name.startswith(prefix)])

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""

        def look() -> int | None:
            self._fs.invalidate_cache()
            try:
                info = self._fs.info(self._path(name))
            except FileNotFoundError:
                return None
            return int(info["size"]) if info["type"] == "file" else None

        return self._asked("look at", name, look)

    def delete(self, name: str) -> None:
        """See :class:`Store`."""

        def remove() -> None:
            try:
                self._fs.rm_file(self._path(name))
            except FileNotFoundError:
                return

        self._asked("delete", name, remove)

    def _path(self, name: str) -> str:
        return f"{self._root}/{check_name(name)}"

    def _asked(self, verb: str, name: str, act: Callable[[], _Result]) -> _Result:
        try:
            return act()
        except StoreError:
            raise
        except Exception as error:
            raise self._translated(error, verb, name) from error

    def _translated(self, error: Exception, verb: str, name: str) -> StoreError:
        target = f"{self._url}/{name}"
        number = error.errno if isinstance(error, OSError) else None
        why = _reason(error)
        if isinstance(error, FileNotFoundError) and why not in _REFUSING_CODES:
            return ObjectMissing(f"{target} does not exist.")
        if number in _FULL:
            return StoreFull(f"No room is left to {verb} {target} ({why}).", cure="Free room and run again.")
        if why == _NO_BUCKET:
            return StoreRefused(f"The bucket of {target} does not exist.", cure=_CURE_NO_BUCKET)
        if isinstance(error, PermissionError) or number in _REFUSALS or why in _REFUSING_CODES:
            return StoreRefused(f"The store refused to {verb} {target} ({why}).", cure=_CURE_REFUSED)
        return StoreUnavailable(f"Could not {verb} {target} ({why}).", cure=_CURE_REMOTE)


_REFUSING_CODES = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "NoCredentialsError",
    "NoSuchBucket",
    "InvalidBucketName",
    "ParamValidationError",
}


def _options(protocol: str, environ: Mapping[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    if protocol not in _S3:
        return options
    # Checksums sent as trailers are refused by some S3 servers over https; ours are checked by our own hashes.
    # One layer of retries above s3fs's own is enough; botocore's would multiply with both.
    config: dict[str, Any] = {
        "request_checksum_calculation": "when_required",
        "retries": {"mode": "standard", "total_max_attempts": 1},
        "connect_timeout": 10,
    }
    client: dict[str, Any] = {}
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        config["s3"] = {"addressing_style": "path"}
        client["endpoint_url"] = endpoint
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if region or endpoint:
        client["region_name"] = region or "us-east-1"
    options |= {"config_kwargs": config, "client_kwargs": client}
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        options |= {"key": environ["AWS_ACCESS_KEY_ID"], "secret": environ["AWS_SECRET_ACCESS_KEY"]}
        if environ.get("AWS_SESSION_TOKEN"):
            options["token"] = environ["AWS_SESSION_TOKEN"]
    return options


def _create_on_s3(filesystem: Any, path: str, data: bytes) -> bool:
    try:
        filesystem.pipe_file(path, data, mode="create")
    except FileExistsError:
        return False
    except OSError as error:
        # Ceph's refusal names no condition, so s3fs cannot tell it from another bad request.
        if error.errno == errno.EINVAL and _code(error.__cause__) == "PreconditionFailed":
            return False
        raise
    return True


def _create_in_memory(filesystem: Any, path: str, data: bytes) -> bool:
    file = MemoryFile(filesystem, path, data)
    return filesystem.store.setdefault(path, file) is file


def _is_past_the_end(error: BaseException | None) -> bool:
    return _code(error) == "InvalidRange" or (error is not None and _code(error.__cause__) == "InvalidRange")


def _code(error: BaseException | None) -> str:
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(response.get("Error", {}).get("Code", ""))


def _reason(error: Exception) -> str:
    """A short word for what went wrong: the service's own code, or the kind of error. Never its whole text."""
    return (
        _code(error)
        or _code(error.__cause__)
        or (error.strerror if isinstance(error, OSError) else "")
        or (type(error).__name__)
    )
