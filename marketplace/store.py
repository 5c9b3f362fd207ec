"""Valkey behind Django's caches. Invariant: a process has one pool of connections to each server.

Django keeps a cache's connections with its object, and makes the object anew for each request: so
every page would first connect, once for its session and once for its parts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis


class Client(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self.url = servers[0]

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        return connected(self.url)


class Store(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client


@lru_cache(maxsize=8)
def connected(url: str) -> Redis:
    return Redis.from_url(url)
