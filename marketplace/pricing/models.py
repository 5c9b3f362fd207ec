"""One price for each track, its history, and the quotes listeners were given.

A quote that was accepted or declined is one observation for the engine if it `teaches`; a partial
unique index keeps that to one for each listener, track and UTC day of issue.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from marketplace.catalog.models import Track
from marketplace.users.models import User


class TrackPrice(models.Model):
    """The price that holds now, the same for every listener."""

    track = models.OneToOneField(
        Track, primary_key=True, on_delete=models.CASCADE, related_name="price"
    )
    micros = models.PositiveIntegerField()
    since = models.DateTimeField()


class PricePoint(models.Model):
    """What the price was after a step, and what the engine knew of the track."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="price_points")
    at = models.DateTimeField()
    micros = models.PositiveIntegerField()
    quotes = models.PositiveIntegerField(default=0)
    accepts = models.PositiveIntegerField(default=0)
    explanation = models.JSONField(default=dict)

    class Meta:
        constraints = [
            # with the price, so that a song's week is read from here alone
            models.UniqueConstraint(
                fields=["track", "at"], include=["micros"], name="one_point_a_step"
            )
        ]


class FreePlays(models.Model):
    """The first `plays` of a song cost nothing, as its artist chose when it was uploaded.

    Each is a quote of 0: it earns nobody anything and teaches nothing.
    """

    track = models.OneToOneField(
        Track, primary_key=True, on_delete=models.CASCADE, related_name="free_plays"
    )
    plays = models.PositiveIntegerField()
    # how many are set aside, being heard or were; a quote's change changes it (`pricing.free`)
    given = models.PositiveIntegerField(default=0, db_default=0)


class Quote(models.Model):
    """A price offered to one listener for one play, valid for some minutes, used at most once."""

    class State(models.TextChoices):
        OFFERED = "offered"
        SPENT = "spent"  # the first heartbeat was heard: the money is held
        ACCEPTED = "accepted"  # the play counted
        DECLINED = "declined"  # stopped before it counted
        EXPIRED = "expired"
        VOID = "void"  # could not be paid (balance, cap, another stream): teaches nothing

    class Surface(models.TextChoices):
        TRACK = "track"
        PRESS = "press"
        QUEUE = "queue"
        RADIO = "radio"

    TEACHING_SURFACES = (Surface.TRACK, Surface.PRESS)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="quotes")
    listener = models.ForeignKey(User, on_delete=models.PROTECT, related_name="quotes")
    price_micros = models.PositiveIntegerField()
    surface = models.CharField(max_length=8, choices=Surface.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OFFERED)
    teaches = models.BooleanField(default=False)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()  # the UTC day of issue
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    learned_at = models.DateTimeField(null=True)  # the engine step that took it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listener", "track", "issued_on"],
                condition=Q(teaches=True),
                name="one_lesson_a_day",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state="offered"), name="quote_to_expire"
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(teaches=True, learned_at__isnull=True),
                name="quote_to_learn",
            ),
            models.Index(
                fields=["track", "listener"],
                condition=Q(price_micros=0, state__in=["offered", "spent", "accepted"]),
                name="free_play_of_listener",
            ),
        ]


class EngineStep(models.Model):
    """A step of the engine: its state afterwards, so that the next one goes on from it.

    `state` is also what is published of it (engine.published), for as long as PRICE_INPUTS_KEPT;
    then it is empty, and its hash stays. Steps made before inputs were published have no formula.
    """

    hour = models.PositiveBigIntegerField(unique=True)  # hours since 1970-01-01T00:00Z
    at = models.DateTimeField()
    observations = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(default=0)  # of the observations
    moved = models.PositiveIntegerField()
    seconds = models.FloatField(null=True)  # how long the step took
    reasons = models.JSONField(default=dict)  # songs by why their price is what it is
    state = models.BinaryField()
    formula = models.PositiveSmallIntegerField(null=True)
    inputs_sha256 = models.CharField(max_length=64, default="")
    follows_sha256 = models.CharField(max_length=64, default="")  # of the step it went on from

    @property
    def starts_at(self) -> datetime:
        """When the hour began that it set the prices of."""
        return datetime.fromtimestamp(self.hour * 3600, UTC)


class MonthReport(models.Model):
    """What prices did in a month, as its page and file show it; for good once it is whole."""

    month = models.DateField(primary_key=True)  # its first day
    document = models.JSONField()
    whole = models.BooleanField(default=False)  # the month was over when it was made
    made_at = models.DateTimeField()


class PriceStop(models.Model):
    """An operator took all prices back to those of an earlier step, and holds them there."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200)
    back_to = models.ForeignKey(EngineStep, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="one_price_stop"
            )
        ]
