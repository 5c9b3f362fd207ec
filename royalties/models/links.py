"""Accounts that belong together, as far as the house knows: a row for each of the two sides."""

from django.db import models
from django.db.models import F, Q

from royalties.models.parties import Party


class PartyLink(models.Model):
    """`party` earns no units of what pays `other`, for good: what was shared once stays so."""

    class Why(models.TextChoices):
        WALLET = "wallet"  # both proved, or are paid at, the same address
        SOURCE = "source"  # topped up by the same card or bank account
        EARNINGS = "earnings"  # what one earned was spent by the other
        DEAL = "deal"  # a label and its artist

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(  # the constraint's index serves
        Party, on_delete=models.PROTECT, related_name="links", db_index=False
    )
    other = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=8, choices=Why.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "other", "why"], name="linked_once"),
            models.CheckConstraint(condition=~Q(party=F("other")), name="linked_to_another"),
        ]


class PaymentSource(models.Model):
    """A card or bank account that topped a purse up, by a hash of what its provider calls it."""

    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="payment_sources", db_index=False
    )
    digest = models.CharField(max_length=64)  # SHA-256, hexadecimal

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "party"], name="payment_source_once")
        ]
