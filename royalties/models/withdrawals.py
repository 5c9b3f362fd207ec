"""Money and units on their way out to a wallet of one's own, once for each request."""

from django.db import models
from django.db.models import Q

from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms
from royalties.models.wallets import ADDRESS


class Withdrawal(models.Model):
    """Asked for, then paid by a final transfer of the token, or released to be spendable again."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        PAID = "paid"
        RELEASED = "released"

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="withdrawals")
    key = models.CharField(max_length=64)  # the request's own: sent twice, it is one
    micros = models.PositiveBigIntegerField()
    address = models.CharField(max_length=42)
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)  # when custody's transaction was
    ended_at = models.DateTimeField(null=True)
    tx_hash = models.CharField(max_length=66, default="", blank=True)  # that paid it
    why_released = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "key"], name="withdrawal_once"),
            models.CheckConstraint(condition=Q(micros__gt=0), name="withdrawal_of_something"),
            models.CheckConstraint(condition=Q(address__regex=ADDRESS), name="withdrawal_address"),
            models.CheckConstraint(
                condition=Q(state="requested", ended_at=None)
                | Q(state__in=["paid", "released"], ended_at__isnull=False),
                name="withdrawal_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", planned_at__isnull=False) & ~Q(tx_hash="")
                | ~Q(state="paid") & Q(tx_hash=""),
                name="withdrawal_paid_by_a_transaction",
            ),
            models.CheckConstraint(
                condition=Q(state="released") | Q(why_released=""), name="withdrawal_kept_or_not"
            ),
        ]


class UnitWithdrawal(models.Model):
    """Units of one track: frozen when asked for, out of the house from a cut-off on, then moved.

    From the cut-off of `period` the house accrues nothing for them; the chain moves them once that
    period's root is active, and before the next one is published.
    """

    class State(models.TextChoices):
        FROZEN = "frozen"
        LEFT = "left"
        MOVED = "moved"
        RELEASED = "released"

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="unit_withdrawals")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="unit_withdrawals")
    key = models.CharField(max_length=64)  # the request's own: sent twice, it is one
    units = models.PositiveIntegerField()
    address = models.CharField(max_length=42)
    state = models.CharField(max_length=8, choices=State.choices, default=State.FROZEN)
    period = models.ForeignKey(
        Period, null=True, on_delete=models.PROTECT, related_name="units_left"
    )  # at whose cut-off they left
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tx_hash = models.CharField(max_length=66, default="", blank=True)  # that moved them

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "key"], name="unit_withdrawal_once"),
            # each is a transaction that the next root waits for
            models.UniqueConstraint(
                fields=["party", "terms"], condition=Q(state="frozen"), name="one_frozen_a_track"
            ),
            models.CheckConstraint(
                condition=Q(units__gt=0, units__lte=1_000_000), name="unit_withdrawal_of_something"
            ),
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS), name="unit_withdrawal_address"
            ),
            models.CheckConstraint(
                condition=Q(state="frozen", period=None, ended_at=None, tx_hash="")
                | Q(state="released", period=None, ended_at__isnull=False, tx_hash="")
                | Q(state="left", period__isnull=False, ended_at=None, tx_hash="")
                | Q(state="moved", period__isnull=False, ended_at__isnull=False) & ~Q(tx_hash=""),
                name="unit_withdrawal_states",
            ),
        ]
