"""Streams: one sounding of one quote, what was heard of it, and how it ended."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from marketplace.pricing.models import Quote
from marketplace.users.models import User


class Stream(models.Model):
    """Open from its making until it ends; `counted_at` says whether the play was paid."""

    class Ending(models.TextChoices):
        STOPPED = "stopped"  # the listener stopped
        SILENT = "silent"  # no heartbeat for a minute
        REPLACED = "replaced"  # another stream of the same listener began
        UNPAID = "unpaid"  # the balance or the monthly limit did not allow it
        FINISHED = "finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="stream")
    listener = models.ForeignKey(User, on_delete=models.PROTECT, related_name="streams")
    # what the listener said of where it is, then; paid plays and bundles know nothing of it
    country = models.CharField(max_length=2, blank=True, default="")
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # the first heartbeat: wall time runs from here
    last_heartbeat_at = models.DateTimeField(null=True)
    played_seconds = models.FloatField(default=0)  # sum of heartbeats
    # sent without a gap from the beginning; once counted, everything sent
    served_bytes = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True, default="")

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
        rate = self.quote.track.stream_byte_rate
        assert rate is not None
        return max(0.0, min(self.wall_seconds(at), self.played_seconds, self.served_bytes / rate))
