"""`python -m tests.benchmarks.bucket PORT`: a bucket in memory, as fast as this machine can be one.

What of S3's protocol a store of recordings needs: objects put, read by ranges, looked at, removed.
It believes every signature. moto, which tests use, takes tens of milliseconds for a range.
"""

from __future__ import annotations

import re
import sys

from aiohttp import web

MOST_BYTES = 256 * 1024 * 1024


class Bucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, request: web.Request) -> web.Response:
        self.objects[request.path] = await request.read()
        return web.Response(headers={"ETag": '"kept"'})

    async def get(self, request: web.Request) -> web.Response:
        """Also of HEAD. 200, 206, 404."""
        content = self.objects.get(request.path)
        if content is None:
            return web.Response(status=404)
        span = re.fullmatch(r"bytes=([0-9]+)-([0-9]+)", request.headers.get("Range", ""))
        if span is None:
            return web.Response(body=content)
        first, last = int(span[1]), min(int(span[2]), len(content) - 1)
        told = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return web.Response(status=206, body=content[first : last + 1], headers=told)

    async def delete(self, request: web.Request) -> web.Response:
        self.objects.pop(request.path, None)
        return web.Response(status=204)


def main(port: int) -> None:
    bucket, app = Bucket(), web.Application(client_max_size=MOST_BYTES)
    app.router.add_put("/{name:.*}", bucket.put)
    app.router.add_get("/{name:.*}", bucket.get)
    app.router.add_delete("/{name:.*}", bucket.delete)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
