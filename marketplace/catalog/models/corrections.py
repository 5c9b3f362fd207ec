"""Corrections: what was changed of a published song or an artist's page, and by whom."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.models.artists import Artist
from marketplace.catalog.models.tracks import Track
from marketplace.users.models import User


class Correction(models.Model):
    """One press of the button; `changes` are [what, from, to], in words."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey(
        Track, null=True, on_delete=models.PROTECT, related_name="corrections"
    )
    artist = models.ForeignKey(
        Artist, null=True, on_delete=models.PROTECT, related_name="corrections"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changes = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(track=None) ^ Q(artist=None), name="correction_of_one_thing"
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="correction_newest")]
