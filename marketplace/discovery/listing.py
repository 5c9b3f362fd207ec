"""Which songs a list shows, as ids in its order; kept for some seconds unless they are personal.

An order by a figure gives the figure beside each id, so that a row can say why it stands there.
The most played of all songs are counted by a worker: a request does so where nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, overload
from uuid import UUID

from django.db import connection

from marketplace.catalog import search
from marketplace.discovery.choosing import FREE, LENGTHS, MOST_MICROS, Asked
from marketplace.kept import keep_anew, kept, named
from marketplace.pricing import free
from marketplace.users.models import User

Value = TypeVar("Value")
Place = tuple[UUID, int]  # a song, and the figure by which it stands there
MOST_PLAYED = Asked(by="played")
TOP, TOP_KEY = 500, "songs:most-played"  # so many are counted at once
NEWEST = "track.published_at DESC, track.id"
PRICE = "JOIN pricing_trackprice price ON price.track_id = track.id"
# plays: of a few songs each by its index, of all of them at once
PLAYS_OF_EACH = """
LEFT JOIN LATERAL (
    SELECT count(*) AS n FROM royalties_paidplay play WHERE play.terms_id = track.terms_id
) played ON true
"""
PLAYS_OF_ALL = """
LEFT JOIN (
    SELECT terms_id, count(*) AS n FROM royalties_paidplay GROUP BY terms_id
) played ON played.terms_id = track.terms_id
"""
TAKEN_BACK = """
LEFT JOIN (
    SELECT play.terms_id, count(*) AS n FROM royalties_reversal back
    JOIN royalties_paidplay play ON play.id = back.play_id
    WHERE back.released_at IS NULL GROUP BY play.terms_id
) back ON back.terms_id = track.terms_id
"""
# as a row says it: since a day ago, or since the week's first price
FALLEN = f"""
{PRICE} AND price.since > %(yesterday)s CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT micros FROM pricing_pricepoint WHERE track_id = track.id
         AND at > %(week)s AND at <= %(yesterday)s ORDER BY at DESC LIMIT 1),
        (SELECT micros FROM pricing_pricepoint WHERE track_id = track.id
         AND at > %(week)s AND at <= %(at)s ORDER BY at LIMIT 1)
    ) - price.micros AS micros
) fallen
"""
OWNED = """EXISTS (
    SELECT FROM royalties_holding held
    WHERE held.terms_id = track.terms_id AND held.party_id = %(party)s AND held.units > 0
)"""


@dataclass
class Question:
    """The parts of a statement over catalog_track, and what it is told."""

    joins: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=lambda: ["track.state = 'published'"])
    told: dict[str, Any] = field(default_factory=dict)
    figure: str = "0"
    order: str = NEWEST

    def join(self, sql: str) -> None:
        if not any(sql in one for one in self.joins):
            self.joins.append(sql)

    @property
    def source(self) -> str:
        return f"FROM catalog_track track {' '.join(self.joins)} WHERE {' AND '.join(self.where)}"

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {self.source}", self.told)
            return int(cursor.fetchone()[0])

    def places(self, part: slice) -> list[Place]:
        limits = {"skipped": part.start or 0, "most": part.stop - (part.start or 0)}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT track.id, {self.figure} {self.source} ORDER BY {self.order} "
                "LIMIT %(most)s OFFSET %(skipped)s",
                self.told | limits,
            )
            return list(cursor.fetchall())


def count_most_played() -> None:
    """Before a request has to."""
    keep_anew(TOP_KEY, _top, lasting=True)


def _top() -> list[Place]:
    question = Question()
    _order_by_plays(question, PLAYS_OF_ALL)
    return question.places(slice(0, TOP))


class Listed(Sequence[Place]):
    """The songs asked for, read by pages."""

    def __init__(self, asked: Asked, listener: User | None, at: datetime) -> None:
        self.asked, self.listener, self.at = asked, listener, at

    def __len__(self) -> int:
        return self._kept("count", lambda: self._question().count())

    @overload
    def __getitem__(self, part: int) -> Place: ...
    @overload
    def __getitem__(self, part: slice) -> list[Place]: ...
    def __getitem__(self, part: int | slice) -> Place | list[Place]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        if self.asked == MOST_PLAYED and part.stop <= TOP:
            return kept(TOP_KEY, _top, lasting=True)[part]
        name = f"{part.start}-{part.stop}"
        return self._kept(name, lambda: self._question().places(part))

    def _kept(self, name: str, make: Callable[[], Value]) -> Value:
        if self.asked.personal:
            return make()
        # what all plays are counted for is kept for minutes
        return kept(f"songs:{named(self.asked.address)}:{name}", make, self.asked.by == "played")

    def _question(self) -> Question:
        """Asked of PostgreSQL only where nothing is kept."""
        question = Question()
        _order(question, self.asked, self.at)
        _filter(question, self.asked, self.listener)
        return question


def _order(question: Question, asked: Asked, at: datetime) -> None:
    if asked.by == "closest":
        question.order = "array_position(%(found)s::uuid[], track.id)"
    if asked.by == "cheapest":
        question.join(PRICE)
        question.order = f"price.micros, {NEWEST}"
    if asked.by == "played":
        few = asked.filtered or asked.query
        _order_by_plays(question, PLAYS_OF_EACH if few else PLAYS_OF_ALL)
    if asked.by == "fallen":
        question.told |= {"at": at, "yesterday": at - timedelta(days=1)}
        question.told["week"] = at - timedelta(days=7)
        question.join(FALLEN)
        question.figure = "fallen.micros"
        question.where.append("fallen.micros > 0")
        question.order = f"2 DESC, {NEWEST}"


def _order_by_plays(question: Question, plays: str) -> None:
    question.join(plays)
    question.join(TAKEN_BACK)
    question.figure = "coalesce(played.n, 0) - coalesce(back.n, 0)"
    question.order = f"2 DESC, {NEWEST}"


def _filter(question: Question, asked: Asked, listener: User | None) -> None:
    if asked.query:
        question.told["found"] = search.song_ids(asked.query)
        question.where.append("track.id = ANY(%(found)s::uuid[])")
    if asked.genre:
        question.told["genre"] = asked.genre
        question.where.append("upper(track.genre) = upper(%(genre)s)")
    if asked.length:
        _, least, most = LENGTHS[asked.length]
        question.told |= {"least": least, "below": most}
        question.where.append("track.duration_seconds >= %(least)s")
        if most is not None:
            question.where.append("track.duration_seconds < %(below)s")
    if asked.price == FREE:
        question.told |= free.told(listener.pk if listener else None)
        question.join("JOIN pricing_freeplays free ON free.track_id = track.id")
        question.where.append(free.LEFT)
    elif asked.price:
        question.told["micros"] = MOST_MICROS[asked.price]
        question.join(PRICE)
        question.where.append("price.micros <= %(micros)s")
    if asked.mine and listener:
        question.told["party"] = listener.party_id
        question.where.append(OWNED)
