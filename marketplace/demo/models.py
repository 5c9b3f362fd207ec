"""How far the demo's simulated life has come, so that it is lived once and can be gone on with."""

from django.db import models


class Life(models.Model):
    """One row. `lived_until` moves in the transaction that lives the hour before it."""

    started_at = models.DateTimeField()
    lived_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_life")]
