"""Deals between a label and an artist: how the ledger divides what the artist received.

A deal never changes a track's terms: the contract pays the artist's address, and the house, which
keeps that address for both, divides the money when it arrives.
"""

from django.db import models
from django.db.models import Q

from royalties.models.parties import Party


class Deal(models.Model):
    class State(models.TextChoices):
        INVITED = "invited"
        ACCEPTED = "accepted"
        DECLINED = "declined"

    label = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="deals_as_label")
    artist = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="deals_as_artist")
    label_bps = models.PositiveIntegerField()  # of what the artist receives
    advance_micros = models.PositiveBigIntegerField(default=0)
    recouped_micros = models.PositiveBigIntegerField(default=0)
    starts_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.INVITED)
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(label_bps__lte=10_000), name="deal_bps"),
            models.CheckConstraint(
                condition=Q(recouped_micros__lte=models.F("advance_micros")),
                name="recouped_at_most_the_advance",
            ),
            models.UniqueConstraint(
                fields=["artist"], condition=Q(state="accepted"), name="one_deal_at_a_time"
            ),
        ]


class Division(models.Model):
    """One receipt of an artist under a deal, divided: the label's part, recouped, the artist's."""

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="divisions")
    cutoff_at = models.DateTimeField()  # of the period the money comes from
    received_micros = models.PositiveBigIntegerField()
    label_micros = models.PositiveBigIntegerField()
    recouped_micros = models.PositiveBigIntegerField()  # of the artist's part, to the label
    artist_micros = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    received_micros=models.F("label_micros")
                    + models.F("recouped_micros")
                    + models.F("artist_micros")
                ),
                name="division_is_exact",
            )
        ]
