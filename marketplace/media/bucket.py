"""A bucket of S3 or of whatever speaks its protocol, as a store. Imported only where a setting asks
for it: boto3 takes half a second.

Invariant: nothing in it is public and no address of it is handed out; every byte goes through a
view that looks at what is paid for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from marketplace.media.away import AWAY, NOT_KEPT, StoreAway
from marketplace.media.private import TRACKS, Listed, Private

CONNECT_SECONDS, ANSWER_SECONDS, ATTEMPTS = 2, 5, 3
CONNECTIONS = 32  # of a process, kept open
PARTS_AT_ONCE = 2  # of an upload
MISSING = {"404", "NoSuchKey", "NotFound"}


class Bucket(Private, S3Storage):  # type: ignore[misc]
    """django-storages', with pooled range reads, short patience and one kind of error."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        transfer = TransferConfig(max_concurrency=PARTS_AT_ONCE)
        super().__init__(client_config=config, transfer_config=transfer, **options)

    @cached_property
    def connection(self) -> Any:
        """One for all threads: each of its own would take a tenth of a second to make."""
        return super().connection

    @property
    def client(self) -> Any:
        """With the pool of connections; threads may share it."""
        return self.connection.meta.client

    def read(self, name: str, first: int, n_bytes: int) -> bytes:
        """So many bytes from `first`; fewer at the end. Raises StoreAway, FileNotFoundError."""
        span = f"bytes={first}-{first + n_bytes - 1}"
        with told():
            answer = self.client.get_object(Bucket=self.bucket_name, Key=self.key(name), Range=span)
            found: bytes = answer["Body"].read()
            return found

    @contextmanager
    def at_hand(self, name: str, workplace: Path) -> Iterator[Path]:
        """A copy on this machine, for as long as it is needed."""
        with TemporaryDirectory(prefix="copy-", dir=workplace) as folder:
            path = Path(folder, "copy")
            with told():
                self.client.download_file(
                    self.bucket_name, self.key(name), str(path), Config=self.transfer_config
                )
            yield path

    def names(self, within: str = TRACKS) -> Iterator[str]:
        """Everything that is kept in a folder of it."""
        return (one.name for one in self.listed(within))

    def listed(self, within: str) -> Iterator[Listed]:
        pages = self.client.get_paginator("list_objects_v2")
        asked = {"Bucket": self.bucket_name, "Prefix": self.key(f"{within}/")}
        with told():
            for page in pages.paginate(**asked):
                for entry in page.get("Contents", ()):
                    yield Listed(self._name(entry["Key"]), entry["LastModified"])

    def drop_parts(self, within: str, before: datetime) -> None:
        """Give up uploads in parts whose process was killed."""
        pages = self.client.get_paginator("list_multipart_uploads")
        asked = {"Bucket": self.bucket_name, "Prefix": self.key(f"{within}/")}
        with told():
            for page in pages.paginate(**asked):
                for begun in page.get("Uploads", ()):
                    if begun["Initiated"] < before:
                        named = {"Key": begun["Key"], "UploadId": begun["UploadId"]}
                        self.client.abort_multipart_upload(Bucket=self.bucket_name, **named)

    def _name(self, key: str) -> str:
        return key.removeprefix(self.location).lstrip("/")

    def key(self, name: str) -> str:
        return str(self._normalize_name(name))

    def _save(self, name: str, content: File[Any]) -> str:
        with told(NOT_KEPT):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with told():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with told():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with told():
            return int(super().size(name))


@contextmanager
def told(sentence: str = AWAY) -> Iterator[None]:
    """Whatever the store, the line to it or its keys are at fault for, as one error."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError(str(error)) from error
        raise StoreAway(sentence) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StoreAway(sentence) from error
