"""Streams: one sounding of one quote, what was heard of it, and how it ended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When

from marketplace.catalog.models import Rendition, Track
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from royalties.prepared import prepared

# What playing needs, each in the order of its model's fields. A whole song has a waveform and
# features, and reading them took most of a heartbeat's time.
OF_QUOTE = ("id", "track_id", "price_micros")
SLACK_SECONDS = 5.0  # by which a report may come late: as long as players wait between two
OF_TRACK = (
    "id",
    "state",
    "terms_id",
    "sound",
    "duration_seconds",
    "stream_bytes",
    "stream_byte_rate",
)


class StreamQuerySet(models.QuerySet["Stream"]):
    def uncounted(self) -> dict[str, int]:
        """How many ended without being paid, by `Stream.uncounted`; the most frequent first."""
        reasons = Stream.Uncounted
        why = Case(
            When(implausible=True, then=Value(reasons.IMPLAUSIBLE)),
            When(
                played_seconds__gt=F("served_seconds") + SLACK_SECONDS, then=Value(reasons.UNSENT)
            ),
            default=F("ending"),
        )
        ended = self.filter(ended_at__isnull=False, counted_at=None).annotate(why=why)
        found = ended.order_by().values("why").annotate(n=Count("pk"))
        return dict(found.order_by("-n", "why").values_list("why", "n"))


class Stream(models.Model):
    """Open from its making until it ends; `counted_at` says whether the play was paid."""

    class Ending(models.TextChoices):
        STOPPED = "stopped"  # the listener stopped
        SILENT = "silent"  # no heartbeat for a minute
        REPLACED = "replaced"  # another stream of the same listener began
        UNPAID = "unpaid"  # the balance or the monthly limit did not allow it
        FINISHED = "finished"
        REMOVED = "removed"  # the song was taken off sale

    class Uncounted(models.TextChoices):
        """Why an ended stream was not paid, as its listener and the song's artist read it."""

        STOPPED = "stopped", "stopped before paying began"
        SILENT = "silent", "fell silent before paying began"
        REPLACED = "replaced", "another song was started: one pays at a time"
        UNPAID = "unpaid", "balance or monthly limit did not cover it"
        REMOVED = "removed", "the song was taken off sale"
        IMPLAUSIBLE = "implausible", "its player told of more sound than time had passed"
        UNSENT = "unsent", "told as heard, but its sound was not taken from here"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="stream")
    listener = models.ForeignKey(User, on_delete=models.PROTECT, related_name="streams")
    # what the listener said of where it is, then; paid plays and bundles know nothing of it
    country = models.CharField(max_length=2, blank=True, default="")
    # of which session (`keys.session_of`): it ends where that is signed out
    session = models.CharField(max_length=16, blank=True, default="", db_default="")
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # the first heartbeat: wall time runs from here
    last_heartbeat_at = models.DateTimeField(null=True)
    played_seconds = models.FloatField(default=0)  # sum of heartbeats that were believed
    told_seconds = models.FloatField(db_default=0.0)  # sum of all of them
    # whether it once was more than the time passed can have held
    implausible = models.BooleanField(db_default=False)
    # which copy sounds; None: the one that every song has
    rendition = models.ForeignKey(
        Rendition, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # sent without a gap from the beginning; once counted, everything sent
    served_bytes = models.PositiveIntegerField(default=0)
    # how long that can sound; once counted, how far into the song anything was sent
    served_seconds = models.FloatField(db_default=0.0)
    counted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True, default="")

    objects = StreamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listener"], condition=Q(ended_at__isnull=True), name="one_open_stream"
            )
        ]
        indexes = [
            models.Index(
                fields=["opened_at"], condition=Q(ended_at__isnull=True), name="stream_open"
            )
        ]

    def wall_seconds(self, at: datetime) -> float:
        return 0.0 if self.started_at is None else (at - self.started_at).total_seconds()

    def heard_seconds(self, at: datetime) -> float:
        """The least of wall time, reported play and what the sent bytes can sound for."""
        return max(0.0, min(self.wall_seconds(at), self.played_seconds, self.served_seconds))

    @property
    def uncounted(self) -> Uncounted | None:
        """Why it was not paid; None while it may still be, and once it is."""
        if self.ended_at is None or self.counted_at is not None:
            return None
        if self.implausible:
            return self.Uncounted.IMPLAUSIBLE
        if self.served_seconds + SLACK_SECONDS < self.played_seconds:
            return self.Uncounted.UNSENT
        return self.Uncounted(self.ending)

    @classmethod
    def sounding(
        cls, pk: uuid.UUID | str, listener: User | None = None, lock: bool = False
    ) -> Stream | None:
        """The stream, if it is the `listener`'s, with what playing needs of quote and song."""
        with prepared() as cursor:
            cursor.execute(_sounding(lock), [pk, listener.pk if listener else None])
            row = cursor.fetchone()
        if row is None:
            return None
        stream, _ = cls.of_row(row)
        if listener is not None:
            stream.listener = listener
        return stream

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> tuple[Stream, list[Any]]:
        """The stream with quote and song, of `sounding_columns()`, and what follows them."""
        values, own = iter(row), _own()
        stream = cls.from_db("default", own, list(islice(values, len(own))))
        quote = Quote.from_db("default", OF_QUOTE, list(islice(values, len(OF_QUOTE))))
        quote.track = Track.from_db("default", OF_TRACK, list(islice(values, len(OF_TRACK))))
        stream.quote = quote
        return stream, list(values)


@lru_cache
def _own() -> list[str]:
    return [field.attname for field in Stream._meta.concrete_fields]


@lru_cache
def sounding_columns() -> str:
    """What playing needs, of tables named `s` (streams), `q` (quotes) and `t` (tracks)."""
    read = (("s", _own()), ("q", OF_QUOTE), ("t", OF_TRACK))
    return ", ".join(f"{table}.{name}" for table, names in read for name in names)


@lru_cache
def _sounding(lock: bool) -> str:
    return (
        f"SELECT {sounding_columns()} FROM listening_stream s"
        " JOIN pricing_quote q ON q.id = s.quote_id JOIN catalog_track t ON t.id = q.track_id"
        " WHERE s.id = %s AND s.listener_id = coalesce(%s::bigint, s.listener_id)"
        f"{' FOR UPDATE OF s' if lock else ''}"
    )
