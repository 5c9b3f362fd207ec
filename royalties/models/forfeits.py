"""What forfeited plays brought, from the decision until other songs have it."""

from django.db import models
from django.db.models import F, Q

from royalties.models.periods import Period
from royalties.models.terms import Terms
from royalties.models.windows import Window


class Forfeit(models.Model):
    """A track's forfeited money at one cut-off: what waited, what came to it, what was given."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="forfeits")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    opened_micros = models.PositiveBigIntegerField()
    added_micros = models.PositiveBigIntegerField()
    given_micros = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "terms"], name="forfeit_once"),
            models.CheckConstraint(
                condition=Q(given_micros__lte=F("opened_micros") + F("added_micros")),
                name="forfeit_gives_what_it_has",
            ),
        ]

    @property
    def closed_micros(self) -> int:
        """What waits for the next cut-off."""
        return self.opened_micros + self.added_micros - self.given_micros


class Redistributed(models.Model):
    """A track's part of what others forfeited: revenue of the period's last window."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="redistributed")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    micros = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window", "terms"], name="redistributed_once"),
            models.CheckConstraint(condition=Q(micros__gt=0), name="redistributed_something"),
        ]
