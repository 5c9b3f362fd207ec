"""Top-ups that can still be taken back by whoever paid them: cards and the like."""

from django.db import models
from django.db.models import F, Q

from royalties.models.ledger import Entry
from royalties.models.parties import Party


class TopUp(models.Model):
    """One reversible top-up; charged back, it says who bore it."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="top_ups")
    micros = models.BigIntegerField()
    at = models.DateTimeField()
    reversible_until = models.DateTimeField()
    charged_back_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    reserve_micros = models.BigIntegerField(default=0)  # of it that neither purse nor plays had

    class Meta:
        indexes = [models.Index(fields=["party", "at"], name="top_up_of_party")]
        constraints = [
            models.CheckConstraint(condition=Q(micros__gt=0), name="top_up_positive"),
            models.CheckConstraint(
                condition=Q(reserve_micros__gte=0) & Q(reserve_micros__lte=F("micros")),
                name="reserve_bears_a_part",
            ),
            models.CheckConstraint(
                condition=Q(charged_back_at=None) | ~Q(reason=""), name="chargeback_has_a_reason"
            ),
        ]
