"""Withdrawals: songs that were taken off sale."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.models.tracks import Track
from marketplace.users.models import User

REASON_LENGTH = 200


class Withdrawal(models.Model):
    """A song off sale, and why; its own people or an operator took it off."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="withdrawals")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_operator = models.BooleanField()  # then only an operator ends it
    reason = models.CharField(max_length=REASON_LENGTH)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["track"], condition=Q(ended_at=None), name="withdrawn_once"
            )
        ]
