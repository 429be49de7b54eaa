"""An S3 server in this process, on a real socket."""

from __future__ import annotations

import uuid
from types import TracebackType

import boto3
from moto.server import ThreadedMotoServer

from notion_backup.repository import Store
from notion_backup.repository.store import RetryingStore
from notion_backup.repository.store.remote import FsspecStore, open_remote


class S3Server:
    """Starts on a free port; each ``bucket()`` is a fresh one."""

    _shared: Store | None = None

    def __enter__(self) -> S3Server:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.environ = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def place(self) -> Store:
        """An empty place in one bucket, reached through one client: a client takes long to make."""
        if self._shared is None:
            self._shared = open_remote(self.bucket(), self.environ)
        inner = self._shared._inner  # type: ignore[attr-defined]
        prefix = uuid.uuid4().hex
        return RetryingStore(FsspecStore(inner._fs, f"{inner._root}/{prefix}", f"{inner.url}/{prefix}", inner._create))

    def bucket(self) -> str:
        """The URL of a place in a bucket made just now."""
        name = f"test-{uuid.uuid4().hex}"
        client = boto3.client(
            "s3",
            endpoint_url=self.environ["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)
        client.close()
        return f"s3://{name}/backups/notion"
