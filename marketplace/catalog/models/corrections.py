"""Corrections: what was changed of a published song, by whom, from what, to what."""

from django.db import models

from marketplace.catalog.models.tracks import Track
from marketplace.users.models import User


class Correction(models.Model):
    """One press of the button; `changes` are [what, from, to], in words."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="corrections")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changes = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="correction_newest")]
