"""A bucket on this machine that remembers what was asked of it, and can be made slow or silent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

NAME = "refrain-test"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
Answer = Callable[..., Any]


class S3:
    """`url`, what was asked (`GET name bytes=0-9`), and a way to let every request fail."""

    name = NAME

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.asked: list[str] = []
        self.fails = False
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        self._watched(self._server._server)
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **KEYS)
        self.client.create_bucket(Bucket=NAME)

    def _watched(self, server: Any) -> None:
        answer: Answer = server.app

        def watch(environ: dict[str, Any], start: Answer) -> Any:
            if self.fails:
                start("503 Service Unavailable", [("Content-Length", "0")])
                return [b""]
            name = environ["PATH_INFO"].rpartition("/")[2]
            span = environ.get("HTTP_RANGE", "")
            self.asked.append(f"{environ['REQUEST_METHOD']} {name} {span}".strip())
            return answer(environ, start)

        server.app = watch

    @property
    def address(self) -> str:
        """As MEDIA_STORAGE names it."""
        return f"s3://{NAME}/media?endpoint={self.url}&region=us-east-1"

    def ranges(self, name: str) -> list[tuple[int, int]]:
        """First and last bytes of a file that were asked for."""
        last = name.rpartition("/")[2]
        spans = [one.rpartition("bytes=")[2] for one in self.asked if one.startswith(f"GET {last}")]
        return [(int(a), int(b)) for a, _, b in (span.partition("-") for span in spans)]

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=NAME).get("Contents", ())
        return [entry["Key"] for entry in found]

    def clear(self) -> None:
        """As it was in the beginning."""
        self.fails = False
        for key in self.keys():
            self.client.delete_object(Bucket=NAME, Key=key)
        self.asked.clear()

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def bucket() -> Iterator[S3]:
    s3 = S3()
    try:
        yield s3
    finally:
        s3.stop()
