"""A listener's limit: the only standing one. Money itself lies in the royalties' ledger."""

from django.db import models

from marketplace.users.models import User


class Limit(models.Model):
    """Set at the first top-up: the most that may be spent in a calendar month (UTC)."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="limit"
    )
    monthly_cap_micros = models.PositiveBigIntegerField()
    changed_at = models.DateTimeField()
