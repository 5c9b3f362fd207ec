"""Counted paid plays: the immutable journal rows that accrual nets into the ledger."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms
from royalties.models.windows import Window


class PaidPlay(models.Model):
    """One play, counted and charged once. Accrual sets window, units and pseudonym, once."""

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField(unique=True)  # the quote's id: charged once per quote
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="plays")
    listener = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="paid_plays")
    price_micros = models.PositiveBigIntegerField()
    earns_units = models.BooleanField(default=True)  # not for the track's own payees
    counted_at = models.DateTimeField(db_index=True)
    accrues_at = models.DateTimeField()  # the end of its hold window
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="plays")
    units = models.PositiveIntegerField(null=True)
    # random, one per listener, track and period: what the published bundle calls the listener
    pseudonym = models.CharField(max_length=32, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["accrues_at"], condition=Q(window__isnull=True), name="play_to_accrue"
            ),
            models.Index(fields=["listener", "counted_at"], name="play_of_listener"),
            models.Index(fields=["terms", "counted_at"], name="play_of_terms"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price_micros__gt=0), name="play_has_a_price")
        ]


class Pseudonym(models.Model):
    """What a period's bundle calls one party on one track; it links to no other period or track."""

    id = models.BigAutoField(primary_key=True)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="pseudonyms")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="pseudonyms")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="pseudonyms")
    name = models.CharField(max_length=32)
    salt = models.UUIDField(db_default=RandomUUID())  # of the published commitment to the party

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "terms", "party"], name="pseudonym_once"),
            models.UniqueConstraint(fields=["period", "name"], name="pseudonym_unlike_others"),
        ]
