"""Units on their way back from a wallet, once for each transfer that the chain tells of."""

from django.db import models
from django.db.models import Q

from royalties.models.outbox import ChainEvent
from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms
from royalties.models.wallets import ADDRESS


class UnitDeposit(models.Model):
    """Units of one track that came to custody from a wallet, and count from a period's cut-off.

    `micros`: what custody is paid for them from `paid_up_to_micros` of the track's cumulative
    revenue, up to which the wallet was, to that cut-off; it is their holder's.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.OneToOneField(ChainEvent, on_delete=models.PROTECT, related_name="unit_deposit")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="unit_deposits")
    address = models.CharField(max_length=42, db_index=True)
    party = models.ForeignKey(  # none before somebody proves that the wallet is theirs
        Party, null=True, on_delete=models.PROTECT, related_name="unit_deposits"
    )
    units = models.PositiveIntegerField()
    paid_up_to_micros = models.PositiveBigIntegerField()
    arrived_at = models.DateTimeField()
    period = models.ForeignKey(
        Period, null=True, on_delete=models.PROTECT, related_name="unit_deposits"
    )
    micros = models.PositiveBigIntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gt=0, units__lte=1_000_000), name="unit_deposit_of_something"
            ),
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS), name="unit_deposit_address"
            ),
            models.CheckConstraint(
                condition=Q(period=None, micros=None, claimed_at=None)
                | Q(party__isnull=False, period__isnull=False, micros__isnull=False),
                name="unit_deposit_counts_with_its_holder",
            ),
        ]
        indexes = [
            models.Index(fields=["terms"], condition=Q(period=None), name="unit_deposit_waits")
        ]
