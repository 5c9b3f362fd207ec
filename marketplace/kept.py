"""What pages show alike is made once and kept for `settings.PAGE_KEPT_SECONDS`.

Invariant: nothing kept depends on who looks unless the key names them. Without Valkey nothing is
kept and every page is made anew: a lost store costs time, never an answer. What a process has seen
in the store it holds until that is made anew there; nobody may change what is kept.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from marketplace.store import Store

log = logging.getLogger(__name__)

Key = TypeVar("Key")
Value = TypeVar("Value")
Made = tuple[float, Any]  # when, and what
LASTING = 40  # times as long
MOST_HELD = 1_000
_near: dict[str, Made] = {}


class Pages(Store):
    """The store of pages' parts: when it can't be reached, it holds nothing."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError:
            log.warning("nothing is kept: the store can't be reached")
            return default

    def set(self, key: Any, value: Any, timeout: Any = 0, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError:
            log.warning("nothing is kept: the store can't be reached")

    def add(self, key: Any, value: Any, timeout: Any = 0, version: int | None = None) -> bool:
        try:
            return super().add(key, value, timeout, version)
        except RedisError:
            return True

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        try:
            return super().get_many(keys, version)
        except RedisError:
            return {}

    def clear(self) -> None:
        _near.clear()
        super().clear()

    def set_each(self, made: Mapping[str, tuple[Any, float]]) -> None:
        """Each value for as many seconds as stand beside it, in one exchange."""
        if not made:
            return
        exchange = self._cache.get_client(None, write=True).pipeline(transaction=False)
        for key, (value, seconds) in made.items():
            data = self._cache._serializer.dumps(value)  # type: ignore[attr-defined]
            exchange.set(self.make_and_validate_key(key), data, px=max(1, round(1_000 * seconds)))
        try:
            exchange.execute()
        except RedisError:
            log.warning("nothing is kept: the store can't be reached")


@dataclass
class Exchange:
    """What one page has read at once and will write at once."""

    read: dict[str, Made | None]
    made: dict[str, tuple[Made, float]]


_exchange: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class Sheet:
    """Parts of one page with one key: read and written together, each made when first asked for."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.parts = dict(parts)
        self.has_grown = False

    def part(self, name: str, make: Callable[[], Value]) -> Value:
        if name not in self.parts:
            self.parts[name] = make()
            self.has_grown = True
        return self.parts[name]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Part:
    """A part of a page: `key` names all that it depends on, `make` gives its context.

    In a sheet it depends on the sheet's key as well.
    """

    key: str
    make: Callable[[], dict[str, Any]]
    sheet: Sheet | None = None

    def shown(self, draw: Callable[[], Value]) -> Value:
        return self.sheet.part(self.key, draw) if self.sheet else kept(self.key, draw)


@contextmanager
def together(*keys: str) -> Iterator[None]:
    """For a page that keeps much: these are read from the store at once, and what is made within is
    written at once, at its end.
    """
    if not settings.PAGE_KEPT_SECONDS:
        yield
        return
    far = [key for key in keys if key not in _near]
    stored = caches["pages"].get_many(far) if far else {}
    one = Exchange({key: stored.get(key) for key in far}, {})
    before = _exchange.set(one)
    try:
        yield
    finally:
        _exchange.reset(before)
    _store(one.made)


def kept(key: str, make: Callable[[], Value], lasting: bool = False) -> Value:
    """What `make` gives, at most so many seconds old.

    Halfway one request makes it anew; those that come meanwhile are still shown the old one, so a
    part that takes long is not made by everybody at once. `lasting`: some minutes old.
    """
    if not settings.PAGE_KEPT_SECONDS:
        return make()
    seconds = settings.PAGE_KEPT_SECONDS * (LASTING if lasting else 1)
    found = _found(key, seconds)
    if found is not None:
        return found[1]  # type: ignore[no-any-return]
    made_at = time.time()
    value = make()
    _store({key: ((made_at, value), seconds)})
    return value


def keep_anew(key: str, make: Callable[[], Any], lasting: bool = False) -> None:
    """For a worker that makes it again before a request has to: see `kept`."""
    if seconds := settings.PAGE_KEPT_SECONDS * (LASTING if lasting else 1):
        made_at = time.time()
        _store({key: ((made_at, make()), seconds)})


@contextmanager
def sheet(key: str, lasting: bool = False) -> Iterator[Sheet]:
    """The sheet as it is kept; what is made of it meanwhile is kept as well, no longer than it."""
    seconds = settings.PAGE_KEPT_SECONDS * (LASTING if lasting else 1)
    found = _found(key, seconds) if seconds else None
    made_at, parts = found or (time.time(), {})
    one = Sheet(parts)
    yield one
    age = time.time() - made_at
    if one.has_grown and age < seconds / 2:  # an older one is being made anew by somebody
        _store({key: ((made_at, one.parts), seconds - age)})
        if found is not None:
            _hold(key, (made_at, one.parts))


def _found(key: str, seconds: float) -> Made | None:
    """What is kept and may be shown; None for whoever is to make it."""
    half = seconds / 2
    found: Made | None = _held(key, half) or _stored(key)
    if found is None or _age(found) < half:
        if found is not None:
            _hold(key, found)
        return found
    return None if caches["pages"].add(f"making:{key}", 1, half) else found


def kept_of_each(
    kind: str,
    ids: Iterable[Key],
    make: Callable[[list[Key]], Mapping[Key, Value]],
    lasting: bool = False,
) -> dict[Key, Value]:
    """The same for many things at once: only those that aren't kept are made."""
    wanted = list(dict.fromkeys(ids))
    seconds = settings.PAGE_KEPT_SECONDS * (LASTING if lasting else 1)
    if not seconds:
        return dict(make(wanted))
    names = {one: f"{kind}:{one}" for one in wanted}
    found = {one: _held(names[one], seconds) for one in wanted}
    if far := [one for one in wanted if found[one] is None]:
        stored = caches["pages"].get_many([names[one] for one in far])
        for one in far:
            found[one] = new = stored.get(names[one])
            if new is not None:
                _hold(names[one], new)
    if missing := [one for one in wanted if found[one] is None]:
        made_at = time.time()
        made = {one: (made_at, value) for one, value in make(missing).items()}
        fresh = {names[one]: (made[one], seconds) for one in missing if one in made}
        _store(fresh)
        found |= {one: made.get(one) for one in missing}
    return {one: value[1] for one, value in found.items() if value is not None}


def _stored(key: str) -> Made | None:
    one = _exchange.get()
    if one is not None and key in one.read:
        return one.read[key]
    return caches["pages"].get(key)  # type: ignore[no-any-return]


def _store(made: Mapping[str, tuple[Made, float]]) -> None:
    """Each for so many seconds: at once, or with all else that its page makes."""
    if (one := _exchange.get()) is None:
        _pages().set_each(made)
        return
    one.read |= {key: new for key, (new, _) in made.items()}
    one.made |= made


def _pages() -> Pages:
    pages = caches["pages"]
    assert isinstance(pages, Pages)
    return pages


def _held(key: str, seconds: float) -> Made | None:
    """This process's own copy, while it is younger."""
    found = _near.get(key)
    return found if found is not None and _age(found) < seconds else None


def _hold(key: str, made: Made) -> None:
    if len(_near) >= MOST_HELD:
        _near.clear()
    _near[key] = made


def _age(made: Made) -> float:
    return time.time() - made[0]


def named(*asked: str) -> str:
    """A part of a key, of whatever stands in the address."""
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def touch(name: str) -> None:
    """What is kept under `touched(name)` from before is not shown again."""
    if settings.PAGE_KEPT_SECONDS:
        caches["pages"].set(name, time.time_ns(), settings.PAGE_KEPT_SECONDS * LASTING)


def touched(name: str) -> int:
    """A part of a key: when it was last touched, as far as anything older could still be kept."""
    if not settings.PAGE_KEPT_SECONDS:
        return 0
    last: int = caches["pages"].get(name, 0)
    return last
